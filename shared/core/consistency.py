"""Rules that span the streams of one log: tags of facts, and the condition under which a fact is appended.

A decision that looked at other streams holds only while nothing it depends on is recorded behind what it saw: "no event
with one of these tags after this position" (an append condition; the tags draw a dynamic consistency boundary).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from msgspec.structs import replace

from shared.core.facts import Corrected, F, Fact, Recorded
from shared.core.partial_dates import BY_NOW
from shared.core.timeline import timeline

Tags = frozenset[str]
NO_TAGS: Tags = frozenset()


@dataclass(frozen=True, slots=True)
class AppendCondition:
    """No event with one of `tags` stands after position `after`."""

    tags: Tags
    after: int


def _none(stream: str, fact: Any) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class ConsistencyBoundary(Generic[F]):
    """Which facts of a service concern each other although they are in different streams, as pure functions of
    (stream, fact)."""

    tags: Callable[[str, F], Iterable[str]] = _none
    """What a recorded fact changes, for the decisions about others."""
    depends_on: Callable[[str, F], Iterable[str]] = _none
    """What the decision about a proposed fact depends on."""
    referred_to_by: Callable[[str, F], Iterable[str]] = _none
    """The tags of facts that need this one: its correction depends on them too."""

    def tags_of(self, stream: str, fact: Fact, history: Callable[[], Sequence[Recorded[F]]]) -> Tags:
        """The tags of a recorded fact. A correction has those of what it changes, and those that this depends on.

        `history` reads the earlier events of the stream; only a correction needs them."""
        if not isinstance(fact, Corrected):
            return frozenset(self.tags(stream, fact))  # type: ignore[arg-type]  # the topic says which facts come here
        changed = find_changed_facts(history(), fact)
        return frozenset(
            tag for each in changed for tag in (*self.tags(stream, each), *self.depends_on(stream, each))
        )

    def dependencies_of(self, stream: str, fact: Fact, history: Sequence[Recorded[F]]) -> Tags:
        """The tags that the decision about a fact depends on."""
        if not isinstance(fact, Corrected):
            return frozenset(self.depends_on(stream, fact))  # type: ignore[arg-type]
        changed = find_changed_facts(history, fact)
        return self.tags_of(stream, fact, lambda: history) | frozenset(
            tag for each in changed for tag in self.referred_to_by(stream, each)
        )


def find_changed_facts(history: Sequence[Recorded[F]], correction: Corrected) -> list[F]:
    """The facts of a stream that count before and do not count so after a correction, and the other way round."""
    if not history:
        return []
    last = history[-1]
    recorded: Any = replace(last, event_id="", recorded_at=BY_NOW, seq=last.seq + 1, fact=correction)
    before = {event.event_id: event.fact for event in timeline(history)}
    after = {event.event_id: event.fact for event in timeline([*history, recorded])}
    return [fact for id_, fact in before.items() if after.get(id_) != fact] + [
        fact for id_, fact in after.items() if before.get(id_) != fact
    ]
