"""A read model as it would be if some streams had other facts, for judging a correction before it is recorded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent
from shared.core.projection import AnyProjection, R, View
from shared.core.timeline import timeline

StreamKey = tuple[str, str]
"""(topic, stream)."""


class RowsByStream(ReadModel, Protocol):
    """A read model that also says which stream a row is computed from."""

    def rows_by_stream(self, view: View[R], /, **where: str) -> list[tuple[str, R]]: ...


class SupposedHistories:
    """The facts of streams as they are recorded, with further ones supposed; `load` reads a stream of a topic."""

    def __init__(
        self,
        projections: Mapping[str, AnyProjection],
        stored: RowsByStream,
        load: Callable[[str, str], Sequence[AnyEvent]],
    ) -> None:
        self.projections, self.stored, self._load = projections, stored, load
        self._recorded: dict[StreamKey, list[AnyEvent]] = {}
        self._supposed: dict[StreamKey, list[AnyEvent]] = {}
        self._rows: dict[tuple[str, str, int], list[Any]] = {}

    def give(self, topic: str, stream: str, history: Sequence[AnyEvent]) -> None:
        """The facts of a stream that the caller has read already."""
        self._recorded[topic, stream] = list(history)

    def load_stream(self, topic: str, stream: str) -> list[AnyEvent]:
        """All facts of a stream, recorded and supposed."""
        key = (topic, stream)
        if key in self._supposed:
            return self._supposed[key]
        if key not in self._recorded:
            self._recorded[key] = list(self._load(topic, stream))
        return self._recorded[key]

    def suppose(self, topic: str, stream: str, events: Sequence[AnyEvent]) -> None:
        """Add facts to a stream. Read models that were made before stay as they were."""
        self._supposed[topic, stream] = [*self.load_stream(topic, stream), *events]

    def read_model(self) -> "SupposedReadModel":
        """The rows as they would be with all that is supposed until now."""
        return SupposedReadModel(self, dict(self._supposed))

    def rows_of(self, projection: AnyProjection, stream: str, history: Sequence[AnyEvent]) -> list[Any]:
        """The rows of a stream with these facts, computed once."""
        key = (projection.name, stream, len(history))
        if key not in self._rows:
            self._rows[key] = list(projection.fold(timeline(history)).values())
        return self._rows[key]


class SupposedReadModel:
    """Stored rows, except of streams with supposed facts, whose rows are computed. Serves `ReadModel`."""

    def __init__(
        self, histories: SupposedHistories, supposed: Mapping[StreamKey, Sequence[AnyEvent]]
    ) -> None:
        self._histories, self._supposed = histories, supposed

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        projection = self._histories.projections[view.name]
        topic = projection.follows.name
        stored = self._histories.stored.rows_by_stream(view, **where)
        rows = [row for stream, row in stored if (topic, stream) not in self._supposed]
        for (name, stream), history in self._supposed.items():
            if name == topic:
                rows += [
                    row
                    for row in self._histories.rows_of(projection, stream, history)
                    if all(getattr(row, column) == value for column, value in where.items())
                ]
        return rows
