"""A read model as it would be if some streams had other facts, for judging a correction before it is recorded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent
from shared.core.projection import AnyProjection, R, View
from shared.core.timeline import timeline

StreamKey = tuple[str, str]
"""(topic, stream)."""
Folds = dict[tuple[str, int], tuple[Sequence[AnyEvent], list[Any]]]
"""(projection, identity of a history) -> that history, which is kept so, and its rows."""


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
        self._folds: Folds = {}
        self._model: SupposedReadModel | None = None

    def recorded(self, topic: str, stream: str) -> list[AnyEvent]:
        """The recorded facts of a stream, read once."""
        key = (topic, stream)
        if key not in self._recorded:
            loaded = self._load(topic, stream)
            self._recorded[key] = loaded if isinstance(loaded, list) else list(loaded)
        return self._recorded[key]

    def load_stream(self, topic: str, stream: str) -> list[AnyEvent]:
        """All facts of a stream, recorded and supposed."""
        supposed = self._supposed.get((topic, stream))
        return self.recorded(topic, stream) if supposed is None else supposed

    def suppose(self, topic: str, stream: str, events: Sequence[AnyEvent]) -> None:
        """Add facts to a stream. Read models that were made before stay as they were."""
        self._supposed[topic, stream] = [*self.load_stream(topic, stream), *events]
        self._model = None

    def read_model(self) -> "SupposedReadModel":
        """The rows as they would be with all that is supposed until now."""
        if self._model is None:
            self._model = SupposedReadModel(self, dict(self._supposed))
        return self._model

    def fold(self, projection: AnyProjection, history: Sequence[AnyEvent]) -> list[Any]:
        """The rows of a stream with these facts, computed once."""
        key = (projection.name, id(history))
        if key not in self._folds:
            self._folds[key] = history, list(projection.fold(timeline(history)).values())
        return self._folds[key][1]


class SupposedReadModel:
    """Stored rows, except of streams with supposed facts, whose rows are computed. Serves `ReadModel`."""

    def __init__(
        self, histories: SupposedHistories, supposed: Mapping[StreamKey, Sequence[AnyEvent]]
    ) -> None:
        self._histories, self._supposed = histories, supposed
        self._topics = {topic for topic, _ in supposed}
        self._computed: dict[str, list[Any]] = {}
        self._by_column: dict[tuple[str, str], dict[str, list[Any]]] = {}

    def beside(self, other: "SupposedReadModel") -> "SupposedReadModel":
        """These rows, and those of the other model for the streams with facts that it supposes."""
        return SupposedReadModel(self._histories, {**self._supposed, **other._supposed})

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        projection = self._histories.projections[view.name]
        topic = projection.follows.name
        stored = self._histories.stored.rows_by_stream(view, **where)
        if topic not in self._topics:
            return [row for _, row in stored]
        rows = [row for stream, row in stored if (topic, stream) not in self._supposed]
        return rows + [
            row
            for row in self._find_computed(projection, where)
            if all(getattr(row, column) == value for column, value in where.items())
        ]

    def _find_computed(self, projection: AnyProjection, where: Mapping[str, str]) -> Sequence[Any]:
        """The computed rows that have the first of these values."""
        name = projection.name
        if name not in self._computed:
            self._computed[name] = [
                row
                for (topic, _), history in self._supposed.items()
                if topic == projection.follows.name
                for row in self._histories.fold(projection, history)
            ]
        if not where:
            return self._computed[name]
        column, value = next(iter(where.items()))
        if (name, column) not in self._by_column:
            index = self._by_column[name, column] = {}
            for row in self._computed[name]:
                index.setdefault(getattr(row, column), []).append(row)
        return self._by_column[name, column].get(value, ())
