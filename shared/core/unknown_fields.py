"""Finds a field of a request, or of an entry of another site, that a fact of this program does not have."""

from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec


class UnknownField(NamedTuple):
    """Where a field is that is not known, the known one that looks most like it (or empty), and all that are known."""

    where: str
    nearest: str
    known: tuple[str, ...]


def find_unknown_field(decoded: Any, given: Any, where: str = "") -> UnknownField | None:
    """The first field of `given`, as it was sent, that the struct decoded from it does not have; None if there is
    none. Structs inside are looked at too."""
    if isinstance(decoded, msgspec.Struct) and isinstance(given, dict):
        return _of_struct(decoded, given, where)
    if isinstance(decoded, tuple) and isinstance(given, list):
        for index, (item, sent) in enumerate(zip(decoded, given, strict=False)):
            if found := find_unknown_field(item, sent, f"{where}[{index}]"):
                return found
    if isinstance(decoded, dict) and isinstance(given, dict):
        for name, item in decoded.items():
            if found := find_unknown_field(item, given.get(name), f"{where}.{name}"):
                return found
    return None


def _of_struct(decoded: msgspec.Struct, given: dict[str, Any], where: str) -> UnknownField | None:
    known = decoded.__struct_fields__
    tag = decoded.__struct_config__.tag_field
    for name in given:
        if name not in known and name != tag:
            near = get_close_matches(name, known, 1)
            return UnknownField(f"{where}.{name[:80]}".lstrip("."), near[0] if near else "", known)
    for name, sent in given.items():
        if isinstance(sent, dict | list) and (
            found := find_unknown_field(getattr(decoded, name), sent, f"{where}.{name}".lstrip("."))
        ):
            return found
    return None
