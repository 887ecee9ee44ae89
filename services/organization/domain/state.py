"""What is known of one unit, post or reorganisation from the earlier facts of its stream."""

from dataclasses import dataclass, replace
from typing import assert_never

from services.organization.events import (
    OrganizationFact,
    OversightSet,
    PostAbolished,
    PostCreated,
    PostRevised,
    QuotaSet,
    ReorganisationApproved,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.core.partial_dates import PDate


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing has been recorded under this id."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A unit or a post, from its first fact on. `what` is "unit" or "post"; `until` is None while it exists."""

    what: str
    since: PDate
    until: PDate | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A reorganisation, planned or carried out."""

    executed: bool = False


State = Unknown | Existing | Plan


def evolve(state: State, fact: OrganizationFact) -> State:
    """The state after one more fact. Facts that do not fit the state leave it as it is."""
    match fact:
        case UnitEstablished():
            return Existing("unit", fact.effective_from) if isinstance(state, Unknown) else state
        case PostCreated():
            return Existing("post", fact.effective_from) if isinstance(state, Unknown) else state
        case UnitDissolved() | PostAbolished():
            return replace(state, until=fact.effective_from) if isinstance(state, Existing) else state
        case ReorganisationApproved():
            return Plan() if isinstance(state, Unknown) else state
        case ReorganisationExecuted():
            return Plan(executed=True)
        case (
            UnitRenamed()
            | UnitReparented()
            | UnitReclassified()
            | OversightSet()
            | QuotaSet()
            | PostRevised()
        ):
            return state
        case _:
            assert_never(fact)
