"""Which facts about units and posts concern each other across streams: places in the tree, references, codes.

Many units may be established under one parent at the same time: only its own facts concern its children. Moving a unit
concerns the whole tree, for it may close a circle with any other move.
"""

from collections.abc import Iterator

from services.organization.events import (
    OrganizationFact,
    PostAbolished,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
    UnitReparented,
)
from shared.core.consistency import ConsistencyBoundary
from shared.core.facts import Code

TREE = "tree"
"""Carried by moves of units from one parent to another."""


def tags(stream: str, fact: OrganizationFact) -> Iterator[str]:
    match fact:
        case UnitEstablished(parent=parent):
            yield existence_tag(stream)
            if parent:
                yield reference_tag(parent)
        case UnitReparented(parent=parent):
            yield TREE
            if parent:
                yield reference_tag(parent)
        case UnitDissolved() | PostAbolished():
            yield existence_tag(stream)
        case PostCreated(unit=unit):
            yield existence_tag(stream)
            yield reference_tag(unit)
    yield from code_tags(fact)


def depends_on(stream: str, fact: OrganizationFact) -> Iterator[str]:
    match fact:
        case UnitEstablished(parent=parent) | UnitReparented(parent=parent) if parent:
            yield TREE
            yield existence_tag(parent)
        case PostCreated(unit=unit):
            yield existence_tag(unit)
    yield from code_tags(fact)


def referred_to_by(stream: str, fact: OrganizationFact) -> Iterator[str]:
    """Units and posts that are under a unit."""
    if isinstance(fact, UnitEstablished | UnitDissolved):
        yield reference_tag(stream)


def existence_tag(unit_or_post: str) -> str:
    return f"exists:{unit_or_post}"


def reference_tag(unit: str) -> str:
    return f"under:{unit}"


def code_tags(fact: OrganizationFact) -> Iterator[str]:
    """One for each code that the fact states; another unit or post may not have it at the same time."""
    codes: tuple[Code, ...] | None = getattr(fact, "codes", None)
    for code in codes or ():
        yield f"code:{code.scheme}:{code.value}"


boundary: ConsistencyBoundary[OrganizationFact] = ConsistencyBoundary(
    tags=tags, depends_on=depends_on, referred_to_by=referred_to_by
)
