"""Which streams of regulation concern each other: those that enact versions of one rule."""

from services.regulation.events import RegulationFact, RuleEnacted
from shared.core.consistency import ConsistencyBoundary, Tags


def tags(stream: str, fact: RegulationFact) -> Tags:
    """What a fact changes, and what it depends on too."""
    return (f"rule:{fact.rule}",) if isinstance(fact, RuleEnacted) else ()


boundary: ConsistencyBoundary[RegulationFact] = ConsistencyBoundary(tags=tags)
