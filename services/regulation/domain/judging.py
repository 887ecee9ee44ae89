"""Every rule over one proposed fact. Rules advise: what they find is stored with the fact, and refuses nothing."""

from services.regulation.domain import appointing, developing
from services.regulation.domain.case import Case
from shared.decider import Known
from shared.facts import Fact, Finding
from shared.rulebook import Rulebook

RULES = (*appointing.RULES, *developing.RULES)


def findings(book: Rulebook, stream: str, fact: Fact, known: Known) -> tuple[Finding, ...]:
    """What the rules of the day of decision find, in the order of the rules. Pure: `known` looks up, nothing else."""
    case = Case(stream, fact, known, book)
    return tuple(finding for rule in RULES for finding in rule(case))
