"""Rebuilds all rows into a second schema straight from the logs, compares them with the live ones, and swaps the
two."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from shared.core.bitemporal import fold_periods
from shared.core.facts import Recorded
from shared.eventlog.event_log import EventLog
from shared.messaging.gap_filler import GapFiller
from shared.messaging.inbox import Inbox
from shared.readmodel.projector import project_streams, projections_of
from shared.readmodel.row_store import RowStore
from shared.runtime.ledger import Progress

NEXT = "chronicle_next"
CHUNK = 2000


class RebuildResult(msgspec.Struct):
    """Of one projection: its rows now, and how many of the old and the new ones were not in both."""

    rows: int
    changed: int


def rebuild_shadow(
    logs: Mapping[str, EventLog[Any]], inbox: Inbox, live: RowStore, beside: RowStore, progress: Progress
) -> dict[str, RebuildResult]:
    """Workers go on meanwhile; in the last transaction they wait, streams with new events are folded again, and tables
    are swapped.

    `beside` has the projections as this program knows them, in an empty schema of its own.
    """
    with live.transaction() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {beside.schema} CASCADE"))
    beside.create()
    ends = {}
    for topic, source in logs.items():
        ends[topic] = source.position()
        GapFiller(source, inbox).backfill(ends[topic])
        _fold(source, ends[topic], beside, progress)
    with live.transaction() as connection:
        for topic in logs:
            inbox.lock_partitions(connection, topic)
        for topic, source in logs.items():
            news = inbox.load_streams(connection, topic, _since(source, ends[topic]))
            with _inside(connection, beside.schema, live.schema):
                project_streams(beside, connection, topic, news)
        found = {name: _compared(connection, name, live, beside) for name in live.projections}
        for name in live.projections:
            _as_before(connection, name, live, beside)
            connection.execute(text(f"DROP TABLE IF EXISTS {live.schema}.{name}"))
            connection.execute(text(f"ALTER TABLE {beside.schema}.{name} SET SCHEMA {live.schema}"))
        connection.execute(text(f"DROP SCHEMA {beside.schema} CASCADE"))
    return found


def _fold(source: EventLog[Any], end: int, beside: RowStore, progress: Progress) -> None:
    done, topic = 0, source.topic.name
    projections = projections_of(beside.projections.values(), topic)
    for chunk in _chunks(source.streams(upto=end)):
        with beside.transaction() as connection:
            for projection in projections:
                rows = {events[0].stream: fold_periods(projection, events) for events in chunk}
                beside.store(connection, projection.name, rows, fresh=True)
        done += sum(map(len, chunk))
        progress(topic, done, end)


def _chunks(streams: Iterator[list[Recorded[Any]]]) -> Iterator[list[list[Recorded[Any]]]]:
    while chunk := list(islice(streams, CHUNK)):
        yield chunk


def _since(source: EventLog[Any], position: int) -> set[str]:
    """Streams with events after this position."""
    streams: set[str] = set()
    while page := source.stored(position, 5000):
        streams |= {stream for _, stream, _, _ in page}
        position = page[-1][0]
    return streams


@contextmanager
def _inside(connection: Connection, schema: str, back: str) -> Iterator[None]:
    """Table names without a schema mean this one inside the block."""
    connection.execute(text(f"SET LOCAL search_path TO {schema}"))
    yield
    connection.execute(text(f"SET LOCAL search_path TO {back}"))


def _as_before(connection: Connection, name: str, live: RowStore, beside: RowStore) -> None:
    """Give the new table the privileges of the old one."""
    granted = text(
        "SELECT privilege_type, grantee FROM information_schema.role_table_grants "
        "WHERE table_schema = :schema AND table_name = :name AND grantee <> current_user"
    )
    for may, role in connection.execute(granted, {"schema": live.schema, "name": name}).all():
        connection.execute(text(f'GRANT {may} ON {beside.schema}.{name} TO "{role}"'))


def _compared(connection: Connection, name: str, live: RowStore, beside: RowStore) -> RebuildResult:
    """Count the rows, and those that are only in one of the two tables."""
    old, new = f"{live.schema}.{name}", f"{beside.schema}.{name}"
    columns = text(
        "SELECT array_agg(column_name || ' ' || data_type ORDER BY ordinal_position) "
        "FROM information_schema.columns WHERE table_schema = :schema AND table_name = :name"
    )
    rows = int(connection.execute(text(f"SELECT count(*) FROM {new}")).scalar_one())
    shapes = [
        connection.execute(columns, {"schema": each.schema, "name": name}).scalar() for each in (live, beside)
    ]
    if shapes[0] != shapes[1]:
        return RebuildResult(rows, rows)
    differing = f"(TABLE {old} EXCEPT TABLE {new}) UNION ALL (TABLE {new} EXCEPT TABLE {old})"
    return RebuildResult(
        rows, int(connection.execute(text(f"SELECT count(*) FROM ({differing}) d")).scalar_one())
    )
