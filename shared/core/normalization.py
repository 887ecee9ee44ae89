"""Normalizes a proposed fact before it is judged: text in NFC, dates that exist, sizes within limits."""

from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from shared.core.decider import Rejected
from shared.core.facts import F
from shared.core.identifiers import find_control_character
from shared.core.partial_dates import Day, PDate, civil_day, partial_date
from shared.core.text import nfc

_S = TypeVar("_S", bound=Struct)

MAX_TEXT_LENGTH = 10_000
"""Characters of one text field; real notes are far shorter."""

MAX_NUMBER = 1_000_000_000
"""The largest number of a fact; every database can store it."""


class BadDate(Rejected):
    """This is not a date of the calendar."""

    title_vi = "Ngày không hợp lệ"


MANY_LINE_FIELDS = frozenset(
    {
        "confidence",
        "detail",
        "evidence",
        "excluded",
        "ground",
        "grounds",
        "inputs",
        "legal_basis",
        "note",
        "reason",
        "remedy_plan",
        "result",
        "rule_set",
        "signed",
        "source",
    }
)
"""Fields that are words of several lines. All others stand in one line of lists, files and headers."""


class BadText(Rejected):
    """This text holds a control character, such as a line break or a tab, which is no part of a name or a code."""

    title_vi = "Văn bản chứa ký tự không hợp lệ"


class TooLong(Rejected):
    """This text is longer than any real one."""

    title_vi = "Văn bản quá dài"


class TooLarge(Rejected):
    """This number is larger than any real one."""

    title_vi = "Số quá lớn"


class Missing(Rejected):
    """This field may not be empty."""

    title_vi = "Trường này không được để trống"


def normalize_fact(fact: F) -> F:
    """The fact with normalized text and checked dates and numbers, nested structs included; a rejection names the
    field."""
    return _normalize_struct(fact)


def _normalize_struct(struct: _S) -> _S:
    changes = {}
    for name, kind in _checked_fields(type(struct)):
        value = getattr(struct, name)
        if (value or kind is Day) and (normal := _normalize(name, kind, value)) is not value:
            changes[name] = normal
    return replace(struct, **changes) if changes else struct


def _normalize(name: str, kind: Any, value: Any) -> Any:
    normal: Any
    if type(value) is str:
        normal = _normalize_text(name, kind, value)
        return value if normal == value else normal
    if type(value) is int and abs(value) > MAX_NUMBER:
        raise TooLarge(field=name, value=value, largest=MAX_NUMBER)
    if isinstance(value, tuple):
        normal = tuple([_normalize(name, kind, item) for item in value])
        return value if normal == value else normal
    if isinstance(value, dict):
        normal = {
            _normalize_key(name, key): _normalize(key if name == "new_values" else name, kind, item)
            for key, item in value.items()
        }
        return value if normal == value else normal
    return _normalize_struct(value) if isinstance(value, Struct) else value


def _normalize_key(name: str, key: Any) -> Any:
    return _normalize_text(name, str, key) if isinstance(key, str) else key


def _normalize_text(name: str, kind: Any, value: str) -> str:
    if len(value) > MAX_TEXT_LENGTH:
        raise TooLong(field=name, length=len(value), longest=MAX_TEXT_LENGTH)
    try:
        if kind is Day:
            return civil_day(value)
        if kind is PDate:
            return partial_date(value)
    except ValueError as error:
        raise BadDate(field=name, value=value[:40], reason=str(error)) from error
    normal = nfc(value).strip()
    if character := find_control_character(normal, name in MANY_LINE_FIELDS):
        raise BadText(field=name, character=character)
    return normal


def require_fields(**values: str) -> None:
    """Raise Missing for the first value that is empty."""
    for name, value in values.items():
        if not value.strip():
            raise Missing(field=name)


@cache
def _checked_fields(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Name and kind of every field that can hold text, a number, or a container of them; Day and PDate as such."""
    fields = []
    for name, hint in get_type_hints(kind).items():
        options = (hint, *get_args(hint))
        fixed = (
            hint is bool or get_origin(hint) is Literal or (isinstance(hint, type) and issubclass(hint, Enum))
        )
        if name in kind.__struct_fields__ and not fixed:
            fields.append((name, PDate if PDate in options else Day if Day in options else str))
    return tuple(fields)
