"""Which streams of regulation concern each other: those that enact versions of one rule."""

from collections.abc import Iterator

from services.regulation.events import RegulationFact, RuleEnacted
from shared.core.consistency import ConsistencyBoundary


def tags(stream: str, fact: RegulationFact) -> Iterator[str]:
    """The same for what a fact changes and what it depends on."""
    if isinstance(fact, RuleEnacted):
        yield f"rule:{fact.rule}"


boundary: ConsistencyBoundary[RegulationFact] = ConsistencyBoundary(tags=tags, depends_on=tags)
