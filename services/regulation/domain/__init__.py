"""The register: a document is its number, issuer and day of signing together; a rule is all its versions."""

from dataclasses import dataclass
from typing import NamedTuple

from services.regulation.domain.rejected import (
    AlreadyRegistered,
    AlreadyRevoked,
    NotInRegister,
    RevokedBeforeInForce,
    RuleElsewhere,
    RuleEndsBeforeStart,
    VersionsOverlap,
    VersionTaken,
)
from services.regulation.events import (
    DecisionRegistered,
    DecisionRevoked,
    ProgrammeItemStatusSet,
    RegulationFact,
    RuleEnacted,
)
from shared.core.decider import Decider, ReadModel
from shared.core.normalization import require_fields
from shared.core.partial_dates import LAST_DAY, PDate, earliest, may_precede


@dataclass(frozen=True, slots=True)
class Unknown: ...


@dataclass(frozen=True, slots=True)
class InRegister:
    effective_from: PDate
    revoked: bool = False


class Version(NamedTuple):
    """[since, until) of one version of a rule, for its scope."""

    number: int
    since: str
    until: str
    scope: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    rule: str
    versions: tuple[Version, ...] = ()


State = Unknown | InRegister | Rule


def decide(state: State, proposed: RegulationFact) -> tuple[RegulationFact, ...]:
    match proposed, state:
        case DecisionRegistered(), Unknown():
            require_fields(number=proposed.number, issuer=proposed.issuer, title=proposed.title)
        case DecisionRegistered(), _:
            raise AlreadyRegistered(number=proposed.number)
        case DecisionRevoked(), InRegister(revoked=False):
            if not may_precede(state.effective_from, proposed.effective_from):
                raise RevokedBeforeInForce(field="effective_from", in_force=state.effective_from)
        case DecisionRevoked(), InRegister():
            raise AlreadyRevoked
        case ProgrammeItemStatusSet(), InRegister():
            require_fields(item=proposed.item)
        case RuleEnacted(), Unknown() | Rule():
            enact(state.versions if isinstance(state, Rule) else (), proposed)
            if isinstance(state, Rule) and state.rule != proposed.rule:
                raise RuleElsewhere(field="rule", rule=proposed.rule, here=state.rule)
        case _:
            raise NotInRegister
    return (proposed,)


def enact(versions: tuple[Version, ...], proposed: RuleEnacted) -> None:
    require_fields(rule=proposed.rule)
    new = version(proposed)
    if new.until <= new.since:
        raise RuleEndsBeforeStart(field="until", start=new.since, end=new.until)
    for old in versions:
        if old.number == new.number:
            raise VersionTaken(field="number", number=new.number, since=old.since)
        if old.scope == new.scope and max(old.since, new.since) < min(old.until, new.until):
            raise VersionsOverlap(
                field="effective_from",
                rule=proposed.rule,
                number=old.number,
                since=old.since,
                until=old.until,
            )


def version(fact: RuleEnacted) -> Version:
    since, until = earliest(fact.effective_from), fact.until or LAST_DAY
    return Version(fact.number, since, until, tuple(sorted(fact.scope.items())))


def check(stream: str, proposed: RegulationFact, known: ReadModel) -> None:
    """All versions of a rule are in one stream, for only there are they compared."""
    if isinstance(proposed, RuleEnacted):
        for row in known.rows("rules", rule_id=proposed.rule):
            if row.stream_id != stream:
                raise RuleElsewhere(field="rule", rule=proposed.rule, stream=row.stream_id)


def evolve(state: State, fact: RegulationFact) -> State:
    match fact, state:
        case DecisionRegistered(), _:
            return InRegister(fact.effective_from)
        case DecisionRevoked(), InRegister():
            return InRegister(state.effective_from, revoked=True)
        case RuleEnacted(), Rule():
            return Rule(state.rule, (*state.versions, version(fact)))
        case RuleEnacted(), Unknown():
            return Rule(fact.rule, (version(fact),))
    return state


regulation = Decider[State, RegulationFact](initial=Unknown(), decide=decide, evolve=evolve)
