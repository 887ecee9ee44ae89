"""The watermark of a process of a cluster: what is closed, as far as the workers have projected it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, text

from shared.contract.cloudevents import decode_envelope
from shared.core.clock import Clock
from shared.core.partial_dates import Instant, earlier
from shared.eventlog.commit_timestamps import NEVER
from shared.eventlog.event_log import EventLog
from shared.messaging.foreign_projector import load_foreign_positions
from shared.messaging.inbox import Inbox
from shared.runtime.cluster_foreign import ClusterForeignEvents
from shared.runtime.postgres_timestamps import PostgresTimestamps

_PAGE = 1000
_NEW = """
(SELECT '{topic}' AS topic, e.notification_id AS position, e.state, EXISTS (
  SELECT 1 FROM {schema}.inbox i
  WHERE i.topic = '{topic}' AND i.stream = e.originator_id COLLATE "C" AND i.state = e.state
) AS received
FROM {topic}.stored_events e WHERE e.notification_id > :{topic} ORDER BY e.notification_id LIMIT {limit})
"""
"""The next events of a log, and whether the inbox has them: it receives the bytes of the log."""


class ClusterWatermark:
    """Reads the watermark from the logs and from the inbox that the workers fill. Not for several threads at once.

    An event that could not be read (a dead letter) does not hold it back, so that one bad record does not stop every
    answer: once it can be read, it changes answers about its stream that were given before. `/ready` and the metrics
    name such records. `foreign`: the events of other sites, where a cluster may have any.
    """

    def __init__(
        self,
        logs: Mapping[str, EventLog[Any]],
        inbox: Inbox,
        timestamps: PostgresTimestamps,
        clock: Clock,
        foreign: ClusterForeignEvents | None = None,
    ) -> None:
        self._logs, self._inbox, self._timestamps, self._clock = logs, inbox, timestamps, clock
        self._foreign = foreign
        self._complete: dict[str, int] = {}
        """By log, the position up to which everything has rows."""
        self._last = NEVER
        """When the latest event was recorded that has been looked at."""
        schema = inbox.tables.schema
        pages = (_NEW.format(topic=topic, schema=schema, limit=_PAGE) for topic in logs)
        self._new = text(" UNION ALL ".join(pages))

    def read(self) -> Instant:
        """The latest closed timestamp up to which everything has rows."""
        began = self._clock()
        closed = self._timestamps.close(self._last)
        missing = self._look_for_missing()
        if self._last > closed and (closed < began or self._last > self._clock()):
            # an earlier timestamp was still fresh, or a log is ahead of this clock: the caller may know of its events
            closed = self._timestamps.close(self._last)
            missing = self._look_for_missing()
        return min([closed, *(earlier(first) for first in missing), *self._before_foreign()])

    def _before_foreign(self) -> Iterator[Instant]:
        """The last instant before events of other sites became known that have no rows yet, where there are such."""
        foreign = self._foreign
        if (
            foreign
            and foreign.is_used(now=True)
            and foreign.find_changed(load_foreign_positions(self._inbox.tables))
        ):
            yield foreign.read_floor()

    def _look_for_missing(self) -> list[Instant]:
        """When the first event without rows was recorded, of each log that has one."""
        with self._inbox.tables.transaction() as connection:
            if not self._complete:
                self._start(connection)
            while True:
                missing, more = self._look_at_page(connection)
                if not more:
                    return missing

    def _start(self, connection: Connection) -> None:
        positions = {topic: self._inbox.tables.position(connection, f"inbox/{topic}") for topic in self._logs}
        self._last = max(log.last_recorded_at() for log in self._logs.values())
        self._complete = positions

    def _look_at_page(self, connection: Connection) -> tuple[list[Instant], bool]:
        """The same for the next events of every log, and whether a log may have more that all have rows."""
        dead: dict[str, set[bytes]] = {}
        missing: dict[str, Instant] = {}
        seen = dict.fromkeys(self._logs, 0)
        last: dict[str, bytes] = {}
        rows = sorted(connection.execute(self._new, self._complete), key=lambda row: row.position)
        for topic, position, state, received in rows:
            if topic in missing:
                continue
            if not received:
                if topic not in dead:
                    dead[topic] = self._inbox.dead_letters.read_values(connection, topic)
                if bytes(state) not in dead[topic]:
                    missing[topic] = Instant(decode_envelope(state).recorded_at)
                    continue
            seen[topic] += 1
            self._complete[topic], last[topic] = position, state
        self._last = max(
            [self._last, *(Instant(decode_envelope(state).recorded_at) for state in last.values())]
        )
        return list(missing.values()), any(
            count == _PAGE and topic not in missing for topic, count in seen.items()
        )
