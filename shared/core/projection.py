"""The shape of every read model: a pure step function from one event to changed rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from shared.core.facts import Corrected, F, Recorded, Topic
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of a projection that is true over the half-open time [valid_from, valid_to) in the world.

    Where dates are partial, these bounds are the widest ones; it is certain only over [certain_from, certain_to).
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
    """The public side of a projection: its name and the type of its rows, whose fields are its columns."""

    name: str
    row: type[R]

    def require_columns(self, columns: Iterable[str]) -> None:
        """Raise UnknownColumn if the row has no column of one of these names."""
        if unknown := sorted(set(columns) - set(self.row.__struct_fields__)):
            raise UnknownColumn(f"{self.name} has no {', '.join(unknown)}")

    def require_among(self, projections: "Mapping[str, View[Any]]") -> None:
        """Raise UnknownView unless the projection of this name has rows of this type."""
        projection = projections.get(self.name)
        if projection is None or projection.row is not self.row:
            raise UnknownView(f"no projection {self.name} has rows of {self.row.__name__}")


@dataclass(frozen=True, kw_only=True)
class Projection(View[R], Generic[F, R]):
    """A table computed from the events of a topic, with a pure function `step` from the rows of a stream and its next
    event to changed rows.

    Events come in effective order; a change to None removes the row. A column of an index written `+name` is only
    included in it, so that queries can be answered from the index alone (SQLite); one written `!name` keeps rows out of
    the index where that text is empty, and queries that use the index must do so too.
    """

    follows: Topic[F]
    step: Callable[[Rows[R], Recorded[F]], Changes[R]]
    indexes: tuple[tuple[str, ...], ...] = ()
    version: int = 1
    """Raised when the same facts give other rows than before, so that stored rows are computed anew."""
    is_stored: Callable[[R], bool] | None = None
    """Whether a row is stored; others are what `step` itself must remember. None: all are."""
    may_store: Callable[[Sequence[Recorded[F]]], bool] | None = None
    """Whether these events of a stream, in any order, may ever give a stored row; asked before they are folded, where
    most streams give none. None: they are folded."""
    ineffective_row: Callable[[Recorded[Any], Sequence[Recorded[F]]], R] | None = None
    """The row about a correction that counts and changes nothing, from it and all events of its stream known with it;
    `step` gets no corrections. None: there is none."""
    handles: tuple[type[Any], ...] = ()
    """The kinds of fact that can change a row: `step` gets no others. Empty: all."""

    @cached_property
    def kinds(self) -> frozenset[type[Any]]:
        """The kinds of fact that are folded: those handled, and corrections, which may concern any of them. Empty:
        all."""
        return frozenset((*self.handles, Corrected)) if self.handles else frozenset()

    def fold(self, timeline: Iterable[Recorded[F]]) -> dict[str, R]:
        """The rows of one stream after these events, which are in effective order."""
        rows: dict[str, R] = {}
        step = self.step
        for event in timeline:
            apply_changes(rows, step(rows, event))
        if self.is_stored is not None:
            return {key: row for key, row in rows.items() if self.is_stored(row)}
        return rows


AnyProjection = Projection[Any, Any]
"""A projection of any topic into any rows."""


def apply_changes(rows: dict[str, R], changes: Changes[R]) -> None:
    """Change rows in place; None removes one."""
    for key, row in changes.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row
