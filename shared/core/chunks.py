"""Cutting a sequence of anything into lists of a limited length."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one perhaps shorter; read only as far as the lists are asked for."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
