"""The last position of each tag in a log, kept in memory by its one writer to check append conditions."""

from collections.abc import Callable, Sequence
from typing import Generic

from shared.core.consistency import AppendCondition, ConsistencyBoundary, Tags
from shared.core.facts import Corrected, F, Fact, Recorded

MAX_TAGS = 50_000
"""Tags that are kept; when there are more, all are forgotten."""
MAX_READ_BACK = 10_000
"""Events that are read again for a decision that is older than what is kept; an older one fails."""


class TagPositions(Generic[F]):
    """Knows the last position of every tag over the events after `since`, and reads earlier ones from the log.

    `read` reads (position, event) pairs after a position, `load_stream` the events of a stream up to a version.
    """

    def __init__(
        self,
        boundary: ConsistencyBoundary[F],
        read: Callable[[int, int], Sequence[tuple[int, Recorded[F]]]],
        load_stream: Callable[[str, int, int], Sequence[Recorded[F]]],
    ) -> None:
        self._boundary, self._read, self._load_stream = boundary, read, load_stream
        self._last: dict[str, int] = {}
        self._since = 0
        self._judged: tuple[AppendCondition, bool] | None = None

    def start_at(self, position: int) -> None:
        """Forget everything: another process may have written up to this position."""
        self._last, self._since, self._judged = {}, position, None

    def tags_of(self, stream: str, version: int, fact: Fact) -> Tags:
        """The tags of a fact that follows the version of its stream."""
        history = self._load_stream(stream, 0, version) if type(fact) is Corrected else ()
        return self._boundary.tags_of(stream, fact, history)

    def holds(self, condition: AppendCondition) -> bool:
        """Whether no event with these tags stands after the position; False where it is too old to be known.

        Requests that are made together share one condition: what is stored of the first does not refuse the others."""
        if self._judged is None or self._judged[0] is not condition:
            self._judged = condition, self._holds(condition)
        return self._judged[1]

    def _holds(self, condition: AppendCondition) -> bool:
        after = condition.after
        if after < self._since and not self._read_back(after):
            return False
        for tag in condition.tags:  # noqa: SIM110  # a generator takes twice as long
            if self._last.get(tag, 0) > after:
                return False
        return True

    def add(self, tags: Tags, position: int) -> None:
        """Note the tags of an event that is going to be written; where that fails, the writer starts anew."""
        last = self._last
        for tag in tags:
            last[tag] = position

    def forget_many(self, head: int) -> None:
        """Forget all, once there are too many; `head` is the end of the log."""
        if len(self._last) > MAX_TAGS:
            self.start_at(head)

    def _read_back(self, after: int) -> bool:
        """Know the tags of the events after an earlier position as well; False where they are too many."""
        if self._since - after > MAX_READ_BACK:
            return False
        found: dict[str, int] = {}
        for position, event in self._read(after, self._since - after):
            for tag in self.tags_of(event.stream, event.version - 1, event.fact):
                found[tag] = position
        for tag, position in found.items():
            self._last.setdefault(tag, position)
        self._since = after
        return True
