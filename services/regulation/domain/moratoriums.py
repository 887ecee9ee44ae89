"""Moratoriums: times in which some acts need an exception document at some levels."""

from collections.abc import Iterator

from services.regulation.domain.lookups import find_territory
from services.regulation.domain.rule_context import RuleContext, make_finding
from shared.core.facts import Finding


def check_moratorium(context: RuleContext, action: str, unit: str) -> Iterator[Finding]:
    """A moratorium names actions and levels. A unit whose level is not on record is taken to be meant."""
    version = context.version("MORATORIUM_2025")
    if version is None or action not in version.words("actions"):
        return
    territory = find_territory(context, unit, context.start) if unit else None
    if territory is None or not territory.level or territory.level in version.words("levels"):
        detail = f"{action} decided on {context.decision_day} needs an exception document"
        yield make_finding(version, detail, action=action, level=territory.level if territory else "")
