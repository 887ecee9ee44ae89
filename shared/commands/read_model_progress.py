"""How far the rows are behind the logs, as a decision or a question has to know it."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any, Protocol

from shared.core.decider import ReadModel
from shared.core.projection import R, View

WAIT_SECONDS = 2.0
"""How long a request waits for the rows before it is refused as ReadModelBehind."""


class Deadline:
    """The moment up to which a request may wait; it begins to count with the first wait."""

    def __init__(self, seconds: float = WAIT_SECONDS) -> None:
        self._seconds, self._end = seconds, 0.0

    def remaining(self) -> float:
        """Seconds left, 0 at least."""
        if not self._end:
            self._end = monotonic() + self._seconds
        return max(0.0, self._end - monotonic())


class ReadModelProgress(Protocol):
    """Knows up to which positions of the logs the rows include every event, and waits for more."""

    def topic_of(self, view: View[Any]) -> str:
        """The topic whose facts these rows are computed from."""
        ...

    def head(self, topic: str) -> int:
        """The position of the last recorded event of a topic. KeyError where there is no such topic."""
        ...

    def position(self, topic: str, rows: ReadModel) -> int:
        """A position up to which what is read from `rows` from now on includes every event of the topic."""
        ...

    def is_settled(self) -> bool:
        """Whether the rows certainly include everything that was recorded; False where that is not known."""
        ...

    def catch_up(self, positions: Mapping[str, int], deadline: Deadline) -> None:
        """Return once the rows include these positions. Raises ReadModelBehind at the deadline."""
        ...

    def catch_up_with(self, topics: Collection[str], deadline: Deadline) -> None:
        """Return once the rows include all that is recorded of these topics now. Raises ReadModelBehind."""
        ...

    def take_turn(self, topic: str, deadline: Deadline) -> AbstractContextManager[object]:
        """Decisions of this process that others have overtaken are repeated one at a time, so that each gets on."""
        ...


class ConsultedRows:
    """A read model that notes whose rows a decision has read, and from which position of its own log on it may be
    wrong."""

    def __init__(self, rows: ReadModel, progress: ReadModelProgress | None, topic: str) -> None:
        self._rows, self._progress, self._topic = rows, progress, topic
        self.topics: set[str] = set()
        """Topics whose rows a rejection rests on."""
        self.after: int | None = None
        """The position in the log of `topic` up to which everything was seen; None: none of its rows was read."""

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        self._note(view)
        return self._rows.rows(view, **where)

    def rows_by_stream(self, view: View[R], /, **where: str) -> list[tuple[str, R]]:
        """The rows with their streams, of a read model that knows these."""
        self._note(view)
        return self._rows.rows_by_stream(view, **where)  # type: ignore[attr-defined, no-any-return]

    def _note(self, view: View[Any]) -> None:
        if self._progress:
            topic = self._progress.topic_of(view)
            if topic == self._topic and self.after is None:  # before the rows, so that they include it
                self.after = self._progress.position(topic, self._rows)
            self.topics.add(topic)
