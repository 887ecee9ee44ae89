"""Which planning lists concern each other: those of one owner, title set and term."""

from collections.abc import Iterator

from services.planning.events import PlanningFact, RoundOpened
from shared.core.consistency import ConsistencyBoundary


def tags(stream: str, fact: PlanningFact) -> Iterator[str]:
    """The same for what a fact changes and what it depends on."""
    if isinstance(fact, RoundOpened):
        yield f"list:{fact.owner}:{fact.term}:{fact.title_set}"


boundary: ConsistencyBoundary[PlanningFact] = ConsistencyBoundary(tags=tags, depends_on=tags)
