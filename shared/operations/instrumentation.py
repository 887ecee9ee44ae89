"""Metrics of logs and workers, and the checks of readiness that processes share."""

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from opentelemetry.trace import SpanKind
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.core.partial_dates import Instant
from shared.database.failures import is_failure, name_failure
from shared.eventlog.event_log import EventLog
from shared.messaging.dead_letters import Message
from shared.messaging.inbox import Inbox
from shared.readmodel.row_store import RowStore
from shared.telemetry.metrics import Labels, MetricReader, Metrics
from shared.telemetry.tracing import Tracing

_Counts = Mapping[str, float]


def by_topic(counts: _Counts) -> Mapping[Labels, float]:
    """Label each count with its topic."""
    return {(topic,): count for topic, count in counts.items()}


def log_metrics(logs: Mapping[str, EventLog[Any]]) -> Iterable[MetricReader]:
    """Read of each log its position, and the commits and decisions of this process."""

    def each(read: Callable[[EventLog[Any]], float]) -> Callable[[], Mapping[Labels, float]]:
        return lambda: by_topic({name: read(log) for name, log in logs.items()})

    topic = ("topic",)
    yield MetricReader("cadre_log_position", "Facts in the log.", topic, each(lambda log: log.position()))
    yield MetricReader(
        "cadre_commits", "Groups committed by this process.", topic, each(lambda log: log.commits[0]), True
    )
    yield MetricReader(
        "cadre_decisions", "Decisions in these groups.", topic, each(lambda log: log.commits[1]), True
    )


def gauge(name: str, help_: str, label: str, read: Callable[[], _Counts]) -> MetricReader:
    """Read a number for each value of one label."""
    return MetricReader(name, help_, (label,), lambda: by_topic(read()))


class MeasuredInbox:
    """The inbox of a worker, with its batches timed and traced, and the next offset of each partition."""

    def __init__(self, inbox: Inbox, metrics: Metrics, tracing: Tracing) -> None:
        self.inbox, self.metrics, self.tracing = inbox, metrics, tracing
        self.next: dict[tuple[str, int], int] = {}

    @property
    def topics(self) -> Iterable[str]:
        return self.inbox.topics

    def receive(self, messages: Sequence[Message]) -> int:
        topic = messages[0].topic
        for message in messages:
            self.next.setdefault((topic, message.partition or 0), message.offset)
        values = (message.value for message in messages)
        with (
            self.tracing.batch("take", topic, values, SpanKind.CONSUMER),
            self.metrics.batches.labels(topic).time(),
        ):
            taken = self.inbox.receive(messages)
        self.next.update({(topic, message.partition or 0): message.offset + 1 for message in messages})
        return taken

    def lag(self, ends: Mapping[tuple[str, int], int]) -> Mapping[Labels, float]:
        """Count the records without rows of each partition in `ends`: those that are assigned to this worker."""
        for revoked in self.next.keys() - ends.keys():  # another worker has moved on there since
            self.next.pop(revoked, None)
        return {
            (topic, str(partition)): max(0, end - self.next.get((topic, partition), end))
            for (topic, partition), end in ends.items()
        }


def database_answers(tables: RowStore) -> Callable[[], str]:
    """Check that the database answers a query and can be written to; it raises when not."""

    def check() -> str:
        try:
            with tables.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            tables.check_writable()
        except SQLAlchemyError as error:
            raise name_failure(error) from error
        return ""

    return check


def stores_take_writes(check_stores: Callable[[], None]) -> Callable[[], str]:
    """Check that facts can be recorded: what `check_stores` raises is the reason why not."""

    def check() -> str:
        try:
            check_stores()
        except Exception as error:
            if not is_failure(error):
                raise
            raise name_failure(error) from error
        return ""

    return check


def broker_answers(servers: str) -> Callable[[], str]:
    """Check that the first of the brokers (`host:port,…`) accepts a connection within a second."""

    def check() -> str:
        host, _, port = servers.partition(",")[0].rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError as error:
            return f"the broker at {host}:{port} does not answer ({type(error).__name__})"
        return ""

    return check


def not_ahead(read_ahead: Callable[[], Mapping[str, Instant]]) -> Callable[[], str]:
    """Check that no log is ahead of the clock; the reason names those that are, and the instant of their last event."""

    def check() -> str:
        return ", ".join(
            f"{name} is ahead of the clock: its last fact says {at}" for name, at in read_ahead().items()
        )

    return check


def not_far_behind(behind: Callable[[], _Counts], limit: int, counted: str) -> Callable[[], str]:
    """Check that no count is above the limit; the reason names those that are, and what is `counted`."""

    def check() -> str:
        exceeding = {name: count for name, count in behind().items() if count > limit}
        return ", ".join(f"{name}: {count:.0f} {counted}" for name, count in exceeding.items())

    return check
