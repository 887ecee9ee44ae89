"""What is known of one document or one rule from the earlier facts of its stream."""

from dataclasses import dataclass
from typing import NamedTuple, assert_never

from services.regulation.events import (
    DecisionRegistered,
    DecisionRevoked,
    ProgrammeItemStatusSet,
    RegulationFact,
    RuleEnacted,
)
from shared.core.partial_dates import LAST_DAY, Day, PDate, earliest


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing has been recorded under this id."""


@dataclass(frozen=True, slots=True)
class InRegister:
    """A decision document."""

    effective_from: PDate
    revoked: bool = False


class Version(NamedTuple):
    """[since, until) of one version of a rule, for its scope."""

    number: int
    since: Day
    until: Day
    scope: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with all its versions."""

    rule: str
    versions: tuple[Version, ...] = ()


State = Unknown | InRegister | Rule


def evolve(state: State, fact: RegulationFact) -> State:
    """The state after one more fact. Facts that do not fit the state leave it as it is."""
    match fact:
        case DecisionRegistered():
            return InRegister(fact.effective_from)
        case DecisionRevoked():
            if not isinstance(state, InRegister):
                return state
            return InRegister(state.effective_from, revoked=True)
        case RuleEnacted():
            match state:
                case Rule():
                    return Rule(state.rule, (*state.versions, version_of(fact)))
                case Unknown():
                    return Rule(fact.rule, (version_of(fact),))
                case InRegister():
                    return state
                case _:
                    assert_never(state)
        case ProgrammeItemStatusSet():
            return state
        case _:
            assert_never(fact)


def version_of(fact: RuleEnacted) -> Version:
    since, until = earliest(fact.effective_from), fact.until or LAST_DAY
    return Version(fact.number, since, until, tuple(sorted(fact.scope.items())))
