"""Whether rows were made from the logs beside them: a log that was rolled back, cut off or replaced is found."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from shared.core.errors import LogBehindRows
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.readmodel.row_store import RowStore, foreign_follower, rows_follower


class MissingFacts(msgspec.Struct, frozen=True):
    """The facts of one topic that rows were made from and that its log does not have."""

    topic: str
    rows_position: int
    """The position up to which the rows were made."""
    log_position: int
    """The position of the last fact in the log."""
    rows_chain: str
    """The chain hash of the log that the rows were made from, in hexadecimal; empty: not remembered."""
    log_chain: str
    """The chain hash of the log that is there, at the last position that both have."""

    def __str__(self) -> str:
        known = f" (chain {self.rows_chain[:16]}…)" if self.rows_chain else ""
        if self.rows_position > self.log_position:
            lacking = self.rows_position - self.log_position
            return (
                f"{self.topic}: rows were made from {self.rows_position} facts{known}, the log has "
                f"{self.log_position}: facts {self.log_position + 1} to {self.rows_position} "
                f"({lacking}) are missing"
            )
        return (
            f"{self.topic}: fact {self.rows_position} in the log (chain {self.log_chain[:16]}…) is not the one "
            f"that rows were made from{known}: this is another log, or its past was changed"
        )


REMEDY = (
    "restore the log that belongs to these rows, or run `cadre rebuild` to go on with the log that is there"
)


def find_missing_facts(
    logs: Mapping[str, EventLog[Any]], tables: RowStore, follower: Callable[[str], str] = rows_follower
) -> Iterator[MissingFacts]:
    """The topics whose rows stand on facts that the log does not have, or has others in their place.

    `follower` names the position up to which the facts of a topic have come here.
    """
    sources = tables.load_sources() if logs else {}
    for topic, log in logs.items():
        position, remembered = sources.get(follower(topic), (0, b""))
        if not position:
            continue
        chain = log.chain_hash(position)
        if chain is None or (remembered and chain != remembered):
            yield MissingFacts(
                topic=topic,
                rows_position=position,
                log_position=log.position(),
                rows_chain=remembered.hex(),
                log_chain=chain.hex() if chain else "",
            )


def require_rows_in_logs(
    logs: Mapping[str, EventLog[Any]], tables: RowStore, follower: Callable[[str], str] = rows_follower
) -> None:
    """Raise LogBehindRows, naming every topic that lacks facts and the way out."""
    if missing := list(find_missing_facts(logs, tables, follower)):
        raise LogBehindRows(f"{'; '.join(map(str, missing))}. Nothing is written: {REMEDY}")


def require_rows_in_foreign(topics: Iterable[str], foreign: ForeignEvents, tables: RowStore) -> None:
    """Raise LogBehindRows where rows were made from changes of events of other sites that the store does not have."""
    positions = tables.load_positions() if foreign is not NO_FOREIGN_EVENTS else {}
    missing = [
        f"{topic}: rows were made from {made} changes of events of other sites, their store has {held}"
        for topic in topics
        if (made := positions.get(foreign_follower(topic), 0)) and (held := foreign.position(topic)) < made
    ]
    if missing:
        raise LogBehindRows(
            f"{'; '.join(missing)}. Nothing is written: restore the store that belongs to these rows, or run "
            "`cadre rebuild` to go on with the one that is there"
        )


def remember_chains(logs: Mapping[str, EventLog[Any]], tables: RowStore) -> None:
    """Add the chain hash to positions that were stored before rows remembered it."""
    sources = tables.load_sources()
    if all(sources.get(rows_follower(topic), (0, b""))[1] for topic in logs):
        return
    with tables.transaction() as connection:
        for topic, log in logs.items():
            position, remembered = sources.get(rows_follower(topic), (0, b""))
            if position and not remembered and (chain := log.chain_hash(position)):
                tables.set_position(connection, rows_follower(topic), position, chain)


def raise_last_failure(logs: Iterable[EventLog[Any]]) -> None:
    """Raise what the last write of one of these logs failed with, a moment ago."""
    for log in logs:
        if failure := log.failure:
            raise failure
