"""Rebuilds all rows into a second schema straight from the logs, compares them with the live ones, and swaps the
two."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from shared.core.bitemporal import fold_periods
from shared.core.chunks import chunked
from shared.core.facts import F
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.union import Histories, UnionReader
from shared.messaging.gap_filler import GapFiller
from shared.messaging.inbox import Inbox
from shared.readmodel.projector import project_streams, projections_of
from shared.readmodel.row_store import RowStore, foreign_follower
from shared.runtime.ledger import Progress

_STREAMS_PER_TRANSACTION = 2000
log = logging.getLogger(__name__)


class RebuildResult(msgspec.Struct):
    """Of one projection: the number of rows now, and how many old and new ones were not in both."""

    rows: int
    changed: int


def rebuild_shadow(
    logs: Mapping[str, EventLog[Any]],
    inbox: Inbox,
    foreign: ForeignEvents,
    live: RowStore,
    shadow: RowStore,
    progress: Progress,
) -> dict[str, RebuildResult]:
    """Workers go on meanwhile; in the last transaction they wait, streams with new events, own ones or of other sites,
    are folded again, and tables are swapped.

    `shadow` has the projections as this program knows them, in an empty schema of its own.
    """
    with live.transaction() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {shadow.schema} CASCADE"))
    shadow.create()
    ends, changes = dict[str, int](), dict[str, int]()
    for topic, source in logs.items():
        ends[topic], changes[topic] = source.position(), foreign.position(topic)
        GapFiller(source, inbox).backfill(ends[topic])
        _fold(UnionReader(source, foreign), ends[topic], shadow, progress)
    with live.transaction() as connection:
        for topic in logs:
            inbox.lock_partitions(connection, topic)
        for topic, source in logs.items():
            changed, last = _find_changed_elsewhere(foreign, topic, changes[topic])
            changed |= _changed_streams(source, ends[topic])
            histories = inbox.load_histories(connection, topic, changed)
            if last or live.position(connection, foreign_follower(topic)):
                live.set_position(connection, foreign_follower(topic), last)
            with _search_path(connection, shadow.schema, live.schema):
                project_streams(shadow, connection, topic, histories)
        results = {name: _compare_tables(connection, name, live, shadow) for name in live.projections}
        for name in live.projections:
            _copy_privileges(connection, name, live, shadow)
            connection.execute(text(f"DROP TABLE IF EXISTS {live.schema}.{name}"))
            connection.execute(text(f"ALTER TABLE {shadow.schema}.{name} SET SCHEMA {live.schema}"))
        connection.execute(text(f"DROP SCHEMA {shadow.schema} CASCADE"))
        live.mark_current(connection)
    return results


def _fold(union: UnionReader[F], end: int, shadow: RowStore, progress: Progress) -> None:
    source, done = union.log, 0
    topic = source.topic.name
    projections = projections_of(shadow.projections.values(), topic)

    def complete(own: Histories[F]) -> Histories[F]:
        return union.complete_readable(own, lambda _, error: log.warning("%s", error))

    for chunk in chunked(source.iterate_streams(upto=end), _STREAMS_PER_TRANSACTION):
        histories = complete({events[0].stream: events for events in chunk})
        with shadow.transaction() as connection:
            for projection in projections:
                rows = {stream: fold_periods(projection, events) for stream, events in histories.items()}
                shadow.store(connection, projection.name, rows, fresh=True)
        done += sum(map(len, chunk))
        progress(topic, done, end)
    for streams in union.iterate_foreign_streams(_STREAMS_PER_TRANSACTION):
        with shadow.transaction() as connection:
            project_streams(shadow, connection, topic, complete({stream: [] for stream in streams}))


def _find_changed_elsewhere(foreign: ForeignEvents, topic: str, after: int) -> tuple[set[str], int]:
    """The streams in which events of other sites came to count after a change, or ceased to, and the last change."""
    streams = set[str]()
    while page := foreign.read_changes(topic, after, _STREAMS_PER_TRANSACTION):
        streams |= {stream for _, stream in page}
        after = page[-1][0]
    return streams, after


def _changed_streams(source: EventLog[F], position: int) -> set[str]:
    """Streams with events after this position."""
    streams: set[str] = set()
    while page := source.read_stored(position, 5000):
        streams |= {stream for _, stream, _, _ in page}
        position = page[-1][0]
    return streams


@contextmanager
def _search_path(connection: Connection, schema: str, back: str) -> Iterator[None]:
    """Table names without a schema mean this one inside the block."""
    connection.execute(text(f"SET LOCAL search_path TO {schema}"))
    yield
    connection.execute(text(f"SET LOCAL search_path TO {back}"))


def _copy_privileges(connection: Connection, name: str, live: RowStore, shadow: RowStore) -> None:
    """Give the new table the privileges of the old one."""
    granted = text(
        "SELECT privilege_type, grantee FROM information_schema.role_table_grants "
        "WHERE table_schema = :schema AND table_name = :name AND grantee <> current_user"
    )
    for privilege, role in connection.execute(granted, {"schema": live.schema, "name": name}).all():
        connection.execute(text(f'GRANT {privilege} ON {shadow.schema}.{name} TO "{role}"'))


def _compare_tables(connection: Connection, name: str, live: RowStore, shadow: RowStore) -> RebuildResult:
    """Count the rows, and those that are only in one of the two tables."""
    old, new = f"{live.schema}.{name}", f"{shadow.schema}.{name}"
    columns = text(
        "SELECT array_agg(column_name || ' ' || data_type ORDER BY ordinal_position) "
        "FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name"
    )
    rows = int(connection.execute(text(f"SELECT count(*) FROM {new}")).scalar_one())
    shapes = [
        connection.execute(columns, {"schema": store.schema, "name": name}).scalar()
        for store in (live, shadow)
    ]
    if shapes[0] != shapes[1]:
        return RebuildResult(rows, rows)
    differing = f"(TABLE {old} EXCEPT TABLE {new}) UNION ALL (TABLE {new} EXCEPT TABLE {old})"
    return RebuildResult(
        rows, int(connection.execute(text(f"SELECT count(*) FROM ({differing}) d")).scalar_one())
    )
