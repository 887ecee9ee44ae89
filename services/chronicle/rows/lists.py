"""Lists inside one column of a row, as JSON: no value can be mistaken for a separator."""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec

from shared.core.facts import Finding

T = TypeVar("T")


class FindingsOfFact(NamedTuple):
    """The findings that are stored with one fact."""

    event_id: str
    findings: tuple[Finding, ...]


def list_to_text(values: Iterable[object]) -> str:
    """The values as a JSON array, structs and tuples included; empty where there are none."""
    values = list(values)
    return msgspec.json.encode(values, order="deterministic").decode() if values else ""


def list_from_text(text: str, of: type[T]) -> list[T]:
    """The values that `list_to_text` wrote, each as the type `of`."""
    return msgspec.json.decode(text, type=list[of]) if text else []  # type: ignore[valid-type]  # a type at run time
