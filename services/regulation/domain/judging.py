"""Every rule over one proposed fact. Rules advise: what they find is stored with the fact, and refuses nothing."""

from services.regulation.domain import appointing, developing
from services.regulation.domain.case import Case
from services.regulation.domain.rejected import ParametersDoNotFit
from services.regulation.events import RuleEnacted
from shared.core.decider import ReadModel
from shared.core.facts import Fact, Finding
from shared.core.rulebook import Rulebook

RULES = (*appointing.RULES, *developing.RULES)


def findings(book: Rulebook, stream: str, fact: Fact, known: ReadModel) -> tuple[Finding, ...]:
    """What the rules of the day of decision find, in the order of the rules. Pure: `known` looks up, nothing else."""
    case = Case(stream, fact, known, book)
    return tuple(finding for rule in RULES for finding in rule(case))


def check_parameters(book: Rulebook, proposed: RuleEnacted) -> None:
    """A version enacted here has what every shipped version of its rule has, so that judging by it cannot fail."""
    versions = list(book.rules.get(proposed.rule, ()))
    needed = set.intersection(*(set(version.parameters) for version in versions)) if versions else set()
    for name in sorted(needed):
        shipped, ours = versions[-1].parameters[name], proposed.parameters.get(name)
        kinds = (int, float) if type(shipped) is float else (type(shipped),)
        if type(ours) not in kinds:
            raise ParametersDoNotFit(field="parameters", name=name, needed=type(shipped).__name__)
