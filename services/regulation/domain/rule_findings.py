"""Runs every rule over one proposed fact. Findings are stored with the fact; they never reject it."""

from services.regulation.domain import appointment_rules, evaluation_rules, planning_rules, rotation_rules
from services.regulation.domain.rejections import ParametersDoNotFit
from services.regulation.domain.rule_context import RuleContext
from services.regulation.events import RuleEnacted
from shared.core.decider import ReadModel
from shared.core.facts import Fact, Finding
from shared.core.rulebook import Rulebook

CHECKS = (*appointment_rules.CHECKS, *planning_rules.CHECKS, *rotation_rules.CHECKS, *evaluation_rules.CHECKS)


def apply_rules(book: Rulebook, stream: str, fact: Fact, read_model: ReadModel) -> tuple[Finding, ...]:
    """What the rules of the day of decision find, in the order of the rules. Pure: `read_model` is only read."""
    context = RuleContext(stream, fact, read_model, book)
    return tuple(finding for check in CHECKS for finding in check(context))


def check_parameters(book: Rulebook, proposed: RuleEnacted) -> None:
    """A version enacted here has what every shipped version of its rule has, so that judging by it cannot fail."""
    shipped = list(book.rules.get(proposed.rule, ()))
    needed = set.intersection(*(set(version.parameters) for version in shipped)) if shipped else set()
    for name in sorted(needed):
        expected, given = shipped[-1].parameters[name], proposed.parameters.get(name)
        kinds = (int, float) if type(expected) is float else (type(expected),)
        if type(given) not in kinds:
            raise ParametersDoNotFit(field="parameters", name=name, needed=type(expected).__name__)
