"""Which facts about units and posts concern each other across streams: places in the tree, references, codes.

Many units may be established under one parent at the same time: only its own facts concern its children. Moving a unit
concerns the whole tree, for it may close a circle with any other move.
"""

from services.organization.events import (
    OrganizationFact,
    PostAbolished,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
    UnitReparented,
)
from shared.core.consistency import ConsistencyBoundary, Tags
from shared.core.facts import Code

TREE = "tree"
"""Carried by moves of units from one parent to another."""


def tags(stream: str, fact: OrganizationFact) -> Tags:
    codes = code_tags(fact)
    match fact:
        case UnitEstablished(parent=parent):
            return (existence_tag(stream), *reference_tags(parent), *codes)
        case UnitReparented(parent=parent):
            return (TREE, *reference_tags(parent), *codes)
        case PostCreated(unit=unit):
            return (existence_tag(stream), *reference_tags(unit), *codes)
        case UnitDissolved() | PostAbolished():
            return (existence_tag(stream),)
    return codes


def depends_on(stream: str, fact: OrganizationFact) -> Tags:
    codes = code_tags(fact)
    match fact:
        case UnitEstablished(parent=parent) | UnitReparented(parent=parent) if parent:
            return (TREE, existence_tag(parent), *codes)
        case PostCreated(unit=unit) if unit:
            return (existence_tag(unit), *codes)
    return codes


def referred_to_by(stream: str, fact: OrganizationFact) -> Tags:
    """Units and posts that are under a unit."""
    return reference_tags(stream) if isinstance(fact, UnitEstablished | UnitDissolved) else ()


def existence_tag(unit_or_post: str) -> str:
    return f"exists:{unit_or_post}"


def reference_tags(unit: str) -> Tags:
    """Carried by what is put under a unit; empty: under none."""
    return (f"under:{unit}",) if unit else ()


def code_tags(fact: OrganizationFact) -> Tags:
    """One for each code that the fact states; another unit or post may not have it at the same time."""
    codes: tuple[Code, ...] | None = getattr(fact, "codes", None)
    return [f"code:{code.scheme}:{code.value}" for code in codes] if codes else ()


boundary: ConsistencyBoundary[OrganizationFact] = ConsistencyBoundary(
    tags=tags, depends_on=depends_on, referred_to_by=referred_to_by
)
