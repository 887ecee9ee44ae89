"""Which facts of different files concern each other: one national id, relatives, and files that were merged."""

from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
)
from shared.core.consistency import ConsistencyBoundary, Tags


def tags(stream: str, fact: PersonnelFact) -> Tags:
    match fact:
        case Registered(identity=identity):
            return (file_tag(stream), *identity_tags(identity))
        case ProfileAmended(identity=identity):
            return identity_tags(identity)
        case RecordsMerged(merged=merged):
            return (merged_tag(merged), reference_tag(merged))
        case KinshipDeclared(relative=relative) if relative:
            return (reference_tag(relative),)
    return ()


def depends_on(stream: str, fact: PersonnelFact) -> Tags:
    own = merged_tag(stream)
    match fact:
        case Registered(identity=identity) | ProfileAmended(identity=identity):
            return (own, *identity_tags(identity))
        case RecordsMerged(merged=merged):
            return (own, file_tag(merged), merged_tag(merged))
        case KinshipDeclared(relative=relative) if relative:
            return (own, file_tag(relative))
    return (own,)


def referred_to_by(stream: str, fact: PersonnelFact) -> Tags:
    """Files that name this one as a relative or were merged with it."""
    return (reference_tag(stream),) if isinstance(fact, Registered) else ()


def file_tag(cadre: str) -> str:
    return f"file:{cadre}"


def merged_tag(cadre: str) -> str:
    """Carried by the fact that this file was merged into another one."""
    return f"merged:{cadre}"


def reference_tag(cadre: str) -> str:
    return f"names:{cadre}"


def identity_tags(identity: str) -> Tags:
    """`identity` is the keyed hash of a national id; empty: none is stated."""
    return (f"identity:{identity}",) if identity else ()


boundary: ConsistencyBoundary[PersonnelFact] = ConsistencyBoundary(
    tags=tags, depends_on=depends_on, referred_to_by=referred_to_by
)
