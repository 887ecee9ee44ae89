"""Which facts of different files concern each other: one national id, relatives, and files that were merged."""

from collections.abc import Iterator

from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
)
from shared.core.consistency import ConsistencyBoundary


def tags(stream: str, fact: PersonnelFact) -> Iterator[str]:
    match fact:
        case Registered(identity=identity):
            yield file_tag(stream)
            yield from identity_tags(identity)
        case ProfileAmended(identity=identity):
            yield from identity_tags(identity)
        case RecordsMerged(merged=merged):
            yield merged_tag(merged)
            yield reference_tag(merged)
        case KinshipDeclared(relative=relative) if relative:
            yield reference_tag(relative)


def depends_on(stream: str, fact: PersonnelFact) -> Iterator[str]:
    yield merged_tag(stream)
    match fact:
        case Registered(identity=identity) | ProfileAmended(identity=identity):
            yield from identity_tags(identity)
        case RecordsMerged(merged=merged):
            yield file_tag(merged)
            yield merged_tag(merged)
        case KinshipDeclared(relative=relative) if relative:
            yield file_tag(relative)


def referred_to_by(stream: str, fact: PersonnelFact) -> Iterator[str]:
    """Files that name this one as a relative or were merged with it."""
    if isinstance(fact, Registered):
        yield reference_tag(stream)


def file_tag(cadre: str) -> str:
    return f"file:{cadre}"


def merged_tag(cadre: str) -> str:
    """Carried by the fact that this file was merged into another one."""
    return f"merged:{cadre}"


def reference_tag(cadre: str) -> str:
    return f"names:{cadre}"


def identity_tags(identity: str) -> Iterator[str]:
    """`identity` is the keyed hash of a national id; empty: none is stated."""
    if identity:
        yield f"identity:{identity}"


boundary: ConsistencyBoundary[PersonnelFact] = ConsistencyBoundary(
    tags=tags, depends_on=depends_on, referred_to_by=referred_to_by
)
