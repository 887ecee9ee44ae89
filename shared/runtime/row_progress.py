"""How far the rows are, where one process keeps them itself, and where the workers of a cluster do."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, Any

from shared.commands.read_model_progress import Deadline
from shared.core.decider import ReadModel
from shared.core.errors import ReadModelBehind
from shared.core.projection import View
from shared.eventlog.event_log import EventLog
from shared.readmodel.row_store import RowReader, RowStore, rows_follower
from shared.runtime.projection_runner import ProjectionRunner

if TYPE_CHECKING:
    from shared.messaging.inbox_reader import InboxReader

POLL_SECONDS = 0.01
"""Pause between two looks at how far the workers are."""


class _Progress:
    """What both have in common. Serves a part of `ReadModelProgress`."""

    def __init__(self, logs: Mapping[str, EventLog[Any]], tables: RowStore) -> None:
        self._logs, self._tables = logs, tables
        self._turns = {topic: Lock() for topic in logs}

    def topic_of(self, view: View[Any]) -> str:
        return self._tables.projections[view.name].follows.name

    def head(self, topic: str) -> int:
        return self._logs[topic].position()

    @contextmanager
    def take_turn(self, topic: str, deadline: Deadline) -> Iterator[None]:
        """One at a time, or together with others once the deadline has passed."""
        turn = self._turns[topic]
        taken = turn.acquire(timeout=deadline.remaining())
        try:
            yield
        finally:
            if taken:
                turn.release()


class EmbeddedProgress(_Progress):
    """Rows are kept by this process, which projects what is pending as soon as somebody needs it."""

    def __init__(self, logs: Mapping[str, EventLog[Any]], tables: RowStore, runner: ProjectionRunner) -> None:
        super().__init__(logs, tables)
        self._runner = runner

    def position(self, topic: str, rows: ReadModel) -> int:
        if isinstance(rows, RowReader):
            return rows.position(rows_follower(topic))
        with self._tables.transaction() as connection:
            return self._tables.position(connection, rows_follower(topic))

    def is_settled(self) -> bool:
        return self._runner.is_idle()

    def catch_up(self, positions: Mapping[str, int], deadline: Deadline) -> None:
        self._runner.catch_up()

    def catch_up_with(self, topics: Collection[str], deadline: Deadline) -> None:
        self._runner.catch_up()
        if self._runner.is_reacting():  # its own turn is not over
            return
        while not self._runner.has_foreign_rows():
            if not deadline.remaining():
                topic = next(iter(topics))
                raise ReadModelBehind(topic, self.head(topic))
            self._runner.project_slice()

    @contextmanager
    def take_turn(self, topic: str, deadline: Deadline) -> Iterator[None]:
        """A reaction takes no turn: whoever has it may be waiting for the reactions to end."""
        if self._runner.is_reacting():
            yield
            return
        with super().take_turn(topic, deadline):
            yield


class ClusterProgress(_Progress):
    """Rows are kept by workers: an event has them when it was received. `has_foreign_rows`: whether events of other
    sites have theirs."""

    def __init__(
        self,
        logs: Mapping[str, EventLog[Any]],
        tables: RowStore,
        readers: Mapping[str, "InboxReader"],
        has_foreign_rows: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(logs, tables)
        self._readers, self._has_foreign_rows = readers, has_foreign_rows

    def position(self, topic: str, rows: ReadModel) -> int:
        return self._readers[topic].find_complete_position()

    def is_settled(self) -> bool:
        return False

    def catch_up(self, positions: Mapping[str, int], deadline: Deadline) -> None:
        for topic, position in positions.items():
            while self._readers[topic].find_complete_position() < position:
                if not deadline.remaining():
                    raise ReadModelBehind(topic, position)
                sleep(POLL_SECONDS)

    def catch_up_with(self, topics: Collection[str], deadline: Deadline) -> None:
        positions = {topic: self.head(topic) for topic in topics}
        while not self._has_foreign_rows():
            if not deadline.remaining():
                raise ReadModelBehind(*next(iter(positions.items())))
            sleep(POLL_SECONDS)
        self.catch_up(positions, deadline)
