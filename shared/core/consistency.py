"""Rules that span the streams of one log: tags of facts, and the condition under which a fact is appended.

A decision that looked at other streams holds only while nothing it depends on is recorded behind what it saw: "no event
with one of these tags after this position" (an append condition; the tags draw a dynamic consistency boundary).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import msgspec

from shared.core.facts import Corrected, F, Recorded
from shared.core.timeline import append_correction, timeline

Tags = Sequence[str]


class AppendCondition(msgspec.Struct, frozen=True, gc=False):
    """No event with one of `tags` stands after position `after`."""

    tags: Tags
    after: int


def _none(stream: str, fact: Any) -> Tags:
    return ()


@dataclass(frozen=True, kw_only=True)
class ConsistencyBoundary(Generic[F]):
    """Which facts of a service concern each other although they are in different streams, as pure functions of
    (stream, fact)."""

    tags: Callable[[str, F], Tags] = _none
    """What a recorded fact changes, for the decisions about others."""
    depends_on: Callable[[str, F], Tags] | None = None
    """What the decision about a proposed fact depends on; None: on what has the same tags."""
    referred_to_by: Callable[[str, F], Tags] = _none
    """The tags of facts that need this one: its correction depends on them too."""

    def tags_of(self, stream: str, fact: Any, history: Sequence[Recorded[F]]) -> Tags:
        """The tags of a recorded fact. A correction has those of all facts that counted in its stream before or do so
        after, because what one of them replaced may hold again, and those that these depend on.

        Only a correction needs `history`, the earlier events of its stream."""
        if type(fact) is not Corrected:  # isinstance of a struct takes several times as long
            return self.tags(stream, fact)
        return self._tags_of_all(stream, find_concerned_facts(history, fact))

    def dependencies_of(self, stream: str, fact: Any, history: Sequence[Recorded[F]]) -> Tags:
        """The tags that the decision about a fact depends on."""
        if type(fact) is not Corrected:
            return (self.depends_on or self.tags)(stream, fact)
        concerned = find_concerned_facts(history, fact)
        referring = [tag for each in concerned for tag in self.referred_to_by(stream, each)]
        return [*self._tags_of_all(stream, concerned), *referring]

    def _tags_of_all(self, stream: str, facts: Sequence[F]) -> Tags:
        functions = (self.tags, self.depends_on) if self.depends_on else (self.tags,)
        tags = (tag for fact in facts for function in functions for tag in function(stream, fact))
        return list(dict.fromkeys(tags))


def find_concerned_facts(history: Sequence[Recorded[F]], correction: Corrected) -> list[F]:
    """The facts of a stream that count after a correction, and those that count before it and not so after."""
    if not history:
        return []
    recorded: Any = append_correction(history, correction)
    before = {event.event_id: event.fact for event in timeline(history)}
    after = {event.event_id: event.fact for event in timeline([*history, recorded])}
    return [*after.values(), *(fact for id_, fact in before.items() if after.get(id_) != fact)]
