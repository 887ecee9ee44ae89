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


class UnknownView(LookupError):
    """No projection has this name and this type of row."""


class UnknownColumn(LookupError):
    """The rows of this view have no such column."""


@dataclass(frozen=True)
class View(Generic[R]):
    """What others may ask of a projection: its name and the type of its rows, whose fields are the columns."""

    name: str
    row: type[R]

    def require_columns(self, columns: Iterable[str]) -> None:
        """Raises UnknownColumn where one of these is none of the row's."""
        if unknown := sorted(set(columns) - set(self.row.__struct_fields__)):
            raise UnknownColumn(f"{self.name} has no {', '.join(unknown)}")

    def require_among(self, projections: "Mapping[str, View[Any]]") -> None:
        """Raises UnknownView unless the projection of this name has rows of this type."""
        projection = projections.get(self.name)
        if projection is None or projection.row is not self.row:
            raise UnknownView(f"no projection {self.name} has rows of {self.row.__name__}")


@dataclass(frozen=True, kw_only=True)
class Projection(View[R], Generic[F, R]):
    """`step` gets the rows of one stream and its next fact in effective order; returns what changes (None removes).

    A column of an index written `+name` is only carried along in it, for answers from the index alone (SQLite);
    one written `!name` keeps rows out of it where that text is empty, and so must the questions that use it.
    """

    follows: Topic[F]
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
            apply_changes(rows, step(rows, event))
        return rows


AnyProjection = Projection[Any, Any]
"""A projection among others, whatever topic it follows and whatever rows it makes."""


def apply_changes(rows: dict[str, R], changes: Changes[R]) -> None:
    for key, row in changes.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row
