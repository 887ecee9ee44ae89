"""The shape of every read model: one pure step, used live, in bulk and after synchronisation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from shared.core.facts import Corrected, F, Recorded, Topic
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is true over a half-open time [valid_from, valid_to) in the world.

    Partial dates make the bounds wide: it is certain only over [certain_from, certain_to).
    """

    valid_from: Day = FIRST_DAY
    valid_to: Day = LAST_DAY
    certain_from: Day = FIRST_DAY
    certain_to: Day = LAST_DAY


R = TypeVar("R", bound=Row)
Rows = Mapping[str, R]
Changes = Mapping[str, R | None]


@dataclass(frozen=True, kw_only=True)
class Projection(Generic[F, R]):
    """`step` gets the rows of one stream and its next fact in effective order; returns what changes (None removes).

    A column of an index written `+name` is only carried along in it, for answers from the index alone (SQLite);
    one written `!name` keeps rows out of it where that text is empty, and so must the questions that use it.
    """

    name: str
    follows: Topic[F]
    row: type[R]
    step: Callable[[Rows[R], Recorded[F]], Changes[R]]
    indexes: tuple[tuple[str, ...], ...] = ()
    handles: tuple[type[Any], ...] = ()
    """The kinds of fact that change a row: `step` is given no others. Empty: all."""

    @cached_property
    def kinds(self) -> frozenset[type[Any]]:
        """What is folded: the kinds that are looked at, and corrections, of which any may concern them."""
        return frozenset((*self.handles, Corrected)) if self.handles else frozenset()

    def fold(self, timeline: Iterable[Recorded[F]]) -> dict[str, R]:
        rows: dict[str, R] = {}
        step = self.step
        for event in timeline:
            apply(rows, step(rows, event))
        return rows


AnyProjection = Projection[Any, Any]
"""A projection among others, whatever topic it follows and whatever rows it makes."""


def apply(rows: dict[str, R], changes: Changes[R]) -> None:
    for key, row in changes.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row
