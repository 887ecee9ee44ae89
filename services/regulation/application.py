"""The declaration of the regulation service, and the rules that are shipped with it."""

from functools import cache
from importlib import resources

from services.regulation.domain.boundary import boundary
from services.regulation.domain.cross_stream import check
from services.regulation.domain.decider import regulation
from services.regulation.domain.rule_findings import apply_rules, check_parameters
from services.regulation.events import RegulationFact, RuleEnacted, topic
from shared.commands.command_handler import Service
from shared.core.decider import ReadModel
from shared.core.facts import Fact, Finding
from shared.core.rulebook import Rulebook, parse_rules


@cache
def rulebook() -> Rulebook:
    """The rules in `rules/*.toml`. BadRules names the file, the rule and what to mend."""
    folder = resources.files("services.regulation") / "rules"
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name
    )
    return parse_rules({file.name: file.read_text(encoding="utf-8") for file in files})


def find_breaches(stream: str, fact: Fact, read_model: ReadModel) -> tuple[Finding, ...]:
    """What the rules find about a fact that any service is about to store."""
    return apply_rules(rulebook(), stream, fact, read_model)


def check_rule(stream: str, proposed: RegulationFact, read_model: ReadModel) -> None:
    """A rule that is enacted is in one stream only, and has the parameters of the shipped one."""
    check(stream, proposed, read_model)
    if isinstance(proposed, RuleEnacted):
        check_parameters(rulebook(), proposed)


service = Service(topic=topic, decider=regulation, check=check_rule, boundary=boundary)
