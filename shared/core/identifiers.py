"""Ids that callers give, and text without control characters: one rule for HTTP, the command line and imports."""

import re
from collections.abc import Container, Iterable, Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from shared.core.decider import Rejected
from shared.core.facts import ID, Fact

ID_RULE = "An id is 1 to 64 characters, each one of A-Z a-z 0-9 . _ ~ -, and neither . nor .. alone."
ID_RULE_VI = "Mã gồm 1 đến 64 ký tự trong A-Z a-z 0-9 . _ ~ -, và không phải chỉ là . hay .."
_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}", re.ASCII)
_SITE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_IN_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_IN_MANY_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class BadId(Rejected):
    """An id is 1 to 64 characters, each one of A-Z a-z 0-9 . _ ~ -, and neither . nor .. alone."""

    title_vi = ID_RULE_VI


def is_id(text: str) -> bool:
    """Whether the text can be an id: it stands in addresses, headers and files as it is."""
    return _ID.fullmatch(text) is not None


def is_site_id(text: str) -> bool:
    """Whether the text can be the id of a site: it stands in names of logs, keys and members of bundles as it is."""
    return _SITE_ID.fullmatch(text) is not None


def check_id(field: str, value: str) -> None:
    """Raise BadId where the value cannot be an id."""
    if not is_id(value):
        raise BadId(field=field, value=value[:80])


def find_control_character(text: str, many_lines: bool = False) -> str:
    """The first control character, as `U+000A`; with `many_lines`, line breaks and tabs are allowed. Empty: none."""
    if text.isprintable():
        return ""
    found = (_IN_MANY_LINES if many_lines else _IN_ONE_LINE).search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def check_ids(fact: Fact, known: Iterable[Fact] = (), only: Container[str] | None = None) -> None:
    """Raise BadId for the first id of a fact that cannot be one. Ids of `known` facts, recorded before there was this
    rule, may be named again. `only`: the fields to look at."""
    for field, value in _bad_ids(fact):
        if (only is None or field in only) and value not in {each for old in known for _, each in _ids(old)}:
            raise BadId(field=field, value=value[:80])


def _bad_ids(fact: Fact) -> list[tuple[str, str]]:
    return [(field, value) for field, value in _ids(fact) if value and not is_id(value)]


def _ids(struct: Struct) -> Iterator[tuple[str, str]]:
    """(name of the outermost field, id) of every id in a fact and in the structs inside it."""
    for field, is_id_field in _fields(type(struct)):
        for value in _texts(getattr(struct, field)) if is_id_field else ():
            yield field, value
        for inner in () if is_id_field else _structs(getattr(struct, field)):
            for _, value in _ids(inner):
                yield field, value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (each for each in value.values() if isinstance(each, str))
    elif isinstance(value, tuple):
        yield from (each for each in value if isinstance(each, str))


def _structs(value: object) -> Iterator[Struct]:
    if isinstance(value, Struct):
        yield value
    elif isinstance(value, tuple):
        yield from (each for each in value if isinstance(each, Struct))


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, bool], ...]:
    """(name, whether it holds ids) of every field that can hold ids."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        (name, marked)
        for name, hint in hints.items()
        if name in kind.__struct_fields__ and ((marked := _has_mark(hint)) or _has_struct(hint))
    )


def _has_mark(hint: Any) -> bool:
    return ID in getattr(hint, "__metadata__", ()) or any(_has_mark(each) for each in get_args(hint))


def _has_struct(hint: Any) -> bool:
    return (isinstance(hint, type) and issubclass(hint, Struct)) or any(
        _has_struct(each) for each in get_args(hint)
    )
