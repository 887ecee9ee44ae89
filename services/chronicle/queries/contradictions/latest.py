"""The contradictions as known lately, brought forward by the streams that have changed since."""

from bisect import insort
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from threading import Lock
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.candidates import Found
from services.chronicle.queries.contradictions.changes import Changes, Reach, find_reach
from services.chronicle.queries.contradictions.detection import DETECTORS, Detector, find_contradictions
from services.chronicle.queries.contradictions.holders import (
    find_holders_of_missing,
    find_holders_out_of_service,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.contradictions.moves import find_tenures_without_move
from services.chronicle.queries.contradictions.overlaps import find_tenure_overlaps
from services.chronicle.queries.contradictions.tenures import find_exceeded_seats, find_shared_tenure_ids
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import Instant
from shared.database.sql import TABLE_VIEWS, TableViews, quote_text

MOST_CHANGES = 1_000
"""After more facts, and where more ids are reached, everything is found anew."""
PARTS: dict[Detector, str] = {
    find_tenure_overlaps: "cadre",
    find_holders_out_of_service: "cadre",
    find_holders_of_missing: "cadre",
    find_tenures_without_move: "cadre",
    find_exceeded_seats: "post",
    find_shared_tenure_ids: "tenure",
}
"""By what the findings about tenures fall into parts that do not depend on each other: each is found from the tenures of
its cadre, post or id alone. The other functions read few rows, and are asked again as a whole."""
_LATELY = 4
"""So many answers are kept, so that the pages of one list are parts of the same."""


class ChangeReader(Protocol):
    """Reads what was recorded between two instants; see LoggedChanges."""

    def find_positions(self, known: Instant) -> dict[str, int]: ...
    def read(self, positions: Mapping[str, int], known: Instant, most: int) -> Changes | None: ...


class _State(NamedTuple):
    """Everything found as known at an instant, by kind and sorted."""

    known: Instant
    found: Mapping[ContradictionKind, list[Found]]
    files: MergedFiles
    positions: Mapping[str, int]


class LatestContradictions:
    """Keeps what was found as known at an instant. For a later one only what changed facts reach is found again, by the
    same functions, over those rows of tenures that are reached."""

    def __init__(self, changes: ChangeReader) -> None:
        self._changes, self._lock = changes, Lock()
        self._state: _State | None = None
        self._lately: dict[Instant, list[Found]] = {}

    def find(self, connection: Connection, known: Instant) -> list[Found]:
        """All contradictions as known at an instant that is not after the watermark, by their order.

        The connection reads all rows: what a reader may not see is left out afterwards.
        """
        with self._lock:  # others wait for the one who is finding them
            if known not in self._lately and (self._state is None or known > self._state.known):
                self._state = self._advance(connection, known)
                self._lately[known] = _in_order(self._state.found)
                for old in sorted(self._lately)[:-_LATELY]:
                    del self._lately[old]
            found = self._lately.get(known)
        return find_contradictions(connection, known) if found is None else found

    def _advance(self, connection: Connection, known: Instant) -> _State:
        state = self._state
        changes = self._changes.read(state.positions, known, MOST_CHANGES) if state else None
        if state is None or changes is None:
            return self._begin(connection, known)
        if not any(changes.streams.values()):
            return state._replace(known=known)
        files = MergedFiles(connection, known)
        reach = find_reach(connection, changes, state.files, files)
        if max(map(len, reach)) > MOST_CHANGES:
            return self._begin(connection, known)
        found = _find_again(connection, known, files, reach, state.found)
        return _State(known, found, files, changes.positions)

    def _begin(self, connection: Connection, known: Instant) -> _State:
        found: dict[ContradictionKind, list[Found]] = {kind: [] for kind in ContradictionKind}
        for each in find_contradictions(connection, known):
            found[each.kind].append(each)
        return _State(known, found, MergedFiles(connection, known), self._changes.find_positions(known))


def _find_again(
    connection: Connection,
    known: Instant,
    files: MergedFiles,
    reach: Reach,
    before: Mapping[ContradictionKind, list[Found]],
) -> dict[ContradictionKind, list[Found]]:
    """What is found now: of parts, what is not reached as before, and what is reached anew."""
    found: dict[ContradictionKind, list[Found]] = {}
    for kind, detect in DETECTORS.items():
        part = PARTS.get(detect)
        ids = getattr(reach, part) if part else frozenset()
        found[kind] = [each for each in before[kind] if not each.is_about(part, ids)] if part else []
    for detect in dict.fromkeys(DETECTORS.values()):
        with _only_reached(connection, reach, PARTS.get(detect, "")) as rows:
            for each in detect(rows, known, files):
                insort(found[each.kind], each, key=attrgetter("order"))
    return found


@contextmanager
def _only_reached(connection: Connection, reach: Reach, part: str) -> Iterator[Connection]:
    """The connection, meanwhile without other tenures than those of the part that is reached; empty: with all."""
    if not part:
        yield connection
        return
    ids = ", ".join(map(quote_text, sorted(getattr(reach, part)))) or "''"
    others = {"post": {"posts": "post_id"}, "tenure": {"ignored_appointment": "subject"}}
    tables = {"tenures": f"{part}_id"} | others.get(part, {})
    views = TableViews(
        {table: f"SELECT * FROM {table} WHERE {column} IN ({ids})" for table, column in tables.items()}
    )
    try:
        yield connection.execution_options(**{TABLE_VIEWS: views})
    finally:
        connection.execution_options(**{TABLE_VIEWS: None})


def _in_order(found: Mapping[ContradictionKind, list[Found]]) -> list[Found]:
    return [each for kind in sorted(found, key=lambda kind: kind.value) for each in found[kind]]
