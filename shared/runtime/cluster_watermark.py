"""The watermark of a process of a cluster: what is closed, as far as the workers have projected it."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, text

from shared.contract.cloudevents import Envelope, decode_envelope
from shared.core.partial_dates import Instant, earlier
from shared.eventlog.commit_timestamps import NEVER
from shared.eventlog.event_log import EventLog
from shared.messaging.inbox import Inbox
from shared.runtime.postgres_timestamps import PostgresTimestamps

_PAGE = 1000


class _Stored(NamedTuple):
    """An event of a log: its position, its bytes, and the envelope in them."""

    position: int
    state: bytes
    envelope: Envelope


class ClusterWatermark:
    """Reads the watermark from the logs and from the inbox that the workers fill. Not for several threads at once.

    An event that could not be read (a dead letter) does not hold it back, so that one bad record does not stop every
    answer: once it can be read, it changes answers about its stream that were given before. `/ready` and the metrics
    name such records.
    """

    def __init__(
        self, logs: Mapping[str, EventLog[Any]], inbox: Inbox, timestamps: PostgresTimestamps
    ) -> None:
        self._logs, self._inbox, self._timestamps = logs, inbox, timestamps
        self._complete: dict[str, int] = {}
        """By log, the position up to which everything has rows."""
        self._last = NEVER
        """When the latest event was recorded that has been looked at."""
        self._closed = NEVER
        ends = (f"SELECT '{topic}', max(notification_id) FROM {topic}.stored_events" for topic in logs)
        self._ends = text(" UNION ALL ".join(ends))

    def read(self) -> Instant:
        """The latest closed timestamp up to which everything has rows."""
        before, missing = self._closed, self._look_for_missing()
        self._closed = self._timestamps.close(self._last)
        if self._closed != before:  # commits may have come since
            missing = self._look_for_missing()
        return min([self._closed, *(earlier(Instant(first)) for first in missing)])

    def _look_for_missing(self) -> list[str]:
        """When the first event without rows was recorded, of each log that has one."""
        missing = []
        with self._inbox.tables.transaction() as connection:
            ends = {str(topic): int(end or 0) for topic, end in connection.execute(self._ends)}
            for topic, source in self._logs.items():
                if topic not in self._complete:
                    self._complete[topic] = self._inbox.tables.position(connection, f"inbox/{topic}")
                    self._last = max(self._last, source.last_recorded_at())
                while ends[topic] > self._complete[topic]:
                    page = self._read_page(source, self._complete[topic])
                    first = self._find_missing(connection, topic, page)
                    self._complete[topic] = first.position - 1 if first else page[-1].position
                    if first:
                        missing.append(first.envelope.recorded_at)
                        break
                    self._last = max(self._last, Instant(page[-1].envelope.recorded_at))
        return missing

    @staticmethod
    def _read_page(source: EventLog[Any], after: int) -> list[_Stored]:
        return [
            _Stored(position, state, decode_envelope(state))
            for position, _, _, state in source.read_stored(after, _PAGE)
        ]

    def _find_missing(self, connection: Connection, topic: str, page: list[_Stored]) -> _Stored | None:
        """The first event of a page that was not received and is no dead letter."""
        dead: set[bytes] | None = None
        facts = self._inbox.facts.c
        for (site, epoch), events in groupby(page, lambda each: (each.envelope.site, each.envelope.epoch)):
            wanted = list(events)
            query = select(facts.seq).where(
                facts.topic == topic,
                facts.site == site,
                facts.epoch == epoch,
                facts.seq.between(wanted[0].envelope.seq, wanted[-1].envelope.seq),
            )
            received = set(connection.execute(query).scalars())
            for each in wanted:
                if each.envelope.seq not in received:
                    dead = self._inbox.dead_letters.read_values(connection, topic) if dead is None else dead
                    if each.state not in dead:
                        return each
        return None
