"""Which facts of different files concern each other: one national id, one code, relatives, and files that
were merged."""

from services.personnel.events import (
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
)
from shared.core.consistency import ConsistencyBoundary, Tags
from shared.core.facts import Code


def tags(stream: str, fact: PersonnelFact) -> Tags:
    match fact:
        case Registered(identity=identity, codes=codes):
            return (file_tag(stream), *identity_tags(identity), *code_tags(codes))
        case ProfileAmended(identity=identity, codes=codes):
            return (*identity_tags(identity), *code_tags(codes))
        case RecordsMerged(merged=merged):
            return (merged_tag(merged), reference_tag(merged))
        case KinshipDeclared(relative=relative) if relative:
            return (reference_tag(relative),)
    return ()


def depends_on(stream: str, fact: PersonnelFact) -> Tags:
    own = merged_tag(stream)
    match fact:
        case Registered(identity=identity, codes=codes) | ProfileAmended(identity=identity, codes=codes):
            return (own, *identity_tags(identity), *code_tags(codes))
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


def code_tags(codes: tuple[Code, ...]) -> Tags:
    """One for each code; another cadre may not have it at the same time."""
    return [f"code:{code.scheme}:{code.value}" for code in codes]


boundary: ConsistencyBoundary[PersonnelFact] = ConsistencyBoundary(
    tags=tags, depends_on=depends_on, referred_to_by=referred_to_by
)
