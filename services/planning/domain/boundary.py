"""Which planning lists concern each other: those of one owner, title set and term."""

from services.planning.events import PlanningFact, RoundOpened
from shared.core.consistency import ConsistencyBoundary, Tags


def tags(stream: str, fact: PlanningFact) -> Tags:
    """What a fact changes, and what it depends on too."""
    return (f"list:{fact.owner}:{fact.term}:{fact.title_set}",) if isinstance(fact, RoundOpened) else ()


boundary: ConsistencyBoundary[PlanningFact] = ConsistencyBoundary(tags=tags)
