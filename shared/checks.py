"""What every proposed fact goes through before it is judged: text in NFC and of sane length, dates that exist."""

from functools import cache
from typing import Any, get_args, get_type_hints

from msgspec.structs import replace

from shared.dates import Day, PDate, civil_day, partial_date
from shared.decider import Rejected
from shared.facts import F
from shared.text import nfc

LONGEST = 10_000
"""Characters of one text field; the longest real note is far below."""


class BadDate(Rejected):
    """This is not a date of the calendar."""

    title_vi = "Ngày không hợp lệ"


class TooLong(Rejected):
    """This text is longer than any real one."""

    title_vi = "Văn bản quá dài"


class Missing(Rejected):
    """This field may not be empty."""

    title_vi = "Trường này không được để trống"


def cleaned(fact: F) -> F:
    """The fact with normal text and checked dates; BadDate or TooLong names the field."""
    changes: dict[str, Any] = {}
    for name, kind in _text_fields(type(fact)):
        value = getattr(fact, name)
        if type(value) is not str:
            continue
        if len(value) > LONGEST:
            raise TooLong(field=name, length=len(value), longest=LONGEST)
        try:
            clean: str = (
                civil_day(value)
                if kind is Day
                else partial_date(value)
                if kind is PDate
                else nfc(value).strip()
            )
        except ValueError as error:
            raise BadDate(field=name, value=value[:40], reason=str(error)) from error
        if clean != value:
            changes[name] = clean
    return replace(fact, **changes) if changes else fact


def required(**values: str) -> None:
    for name, value in values.items():
        if not value.strip():
            raise Missing(field=name)


@cache
def _text_fields(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    found = []
    for name, hint in get_type_hints(kind).items():
        options = (hint, *get_args(hint))
        if name in kind.__struct_fields__ and any(option in options for option in (PDate, Day, str)):
            found.append((name, PDate if PDate in options else Day if Day in options else str))
    return tuple(found)
