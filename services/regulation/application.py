"""Regulation as one thing: what it says, how it judges, what it must know, and the rules that are shipped with it."""

from functools import cache
from importlib import resources

from services.regulation.domain import check, regulation
from services.regulation.domain.judging import check_parameters, findings
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


def judged(stream: str, fact: Fact, known: ReadModel) -> tuple[Finding, ...]:
    """What the rules find about a fact that any service is about to store."""
    return findings(rulebook(), stream, fact, known)


def checked(stream: str, proposed: RegulationFact, known: ReadModel) -> None:
    check(stream, proposed, known)
    if isinstance(proposed, RuleEnacted):
        check_parameters(rulebook(), proposed)


service = Service(topic=topic, decider=regulation, check=checked)
