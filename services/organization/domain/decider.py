"""Judges each proposed fact about a unit, a post or a reorganisation by the earlier facts of its stream."""

from typing import assert_never

from services.organization.domain.rejections import (
    AlreadyEnded,
    AlreadyExists,
    EndsBeforeStart,
    NotFound,
    NotInExistence,
    OutOfRange,
    OverageWithoutDeadline,
)
from services.organization.domain.reorganisations import approve_reorganisation, execute_reorganisation
from services.organization.domain.state import Existing, State, Unknown, evolve
from services.organization.domain.unit_kinds import require_kind_in_force
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
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.core.partial_dates import LAST_DAY, PDate, earliest, latest, may_precede

Facts = tuple[OrganizationFact, ...]
"""What is stored for a proposed fact."""


def decide(state: State, proposed: OrganizationFact) -> Facts:
    match proposed:
        case UnitEstablished():
            return establish_unit(state, proposed)
        case UnitRenamed():
            return rename_unit(state, proposed)
        case UnitReparented():
            return reparent_unit(state, proposed)
        case UnitReclassified():
            return reclassify_unit(state, proposed)
        case UnitDissolved():
            return dissolve_unit(state, proposed)
        case OversightSet():
            return set_oversight(state, proposed)
        case QuotaSet():
            return set_quota(state, proposed)
        case PostCreated():
            return create_post(state, proposed)
        case PostRevised():
            return revise_post(state, proposed)
        case PostAbolished():
            return abolish_post(state, proposed)
        case ReorganisationApproved():
            return approve_reorganisation(state, proposed)
        case ReorganisationExecuted():
            return execute_reorganisation(state, proposed)
        case _:
            assert_never(proposed)


def establish_unit(state: State, proposed: UnitEstablished) -> Facts:
    require_unknown(state)
    require_fields(name=proposed.name)
    require_kind_in_force(proposed.kind, proposed.effective_from)
    return (proposed,)


def rename_unit(state: State, proposed: UnitRenamed) -> Facts:
    require_existing_on(require_existing(state, "unit"), proposed.effective_from)
    return (proposed,)


def reparent_unit(state: State, proposed: UnitReparented) -> Facts:
    require_existing_on(require_existing(state, "unit"), proposed.effective_from)
    return (proposed,)


def reclassify_unit(state: State, proposed: UnitReclassified) -> Facts:
    unit = require_existing(state, "unit")
    require_kind_in_force(proposed.kind, proposed.effective_from)
    require_existing_on(unit, proposed.effective_from)
    return (proposed,)


def dissolve_unit(state: State, proposed: UnitDissolved) -> Facts:
    require_end_after_start(require_existing(state, "unit"), proposed.effective_from)
    return (proposed,)


def set_oversight(state: State, proposed: OversightSet) -> Facts:
    unit = require_existing(state, "unit")
    require_fields(vertical=proposed.vertical, territorial=proposed.territorial)
    require_existing_on(unit, proposed.effective_from)
    return (proposed,)


def set_quota(state: State, proposed: QuotaSet) -> Facts:
    unit = require_existing(state, "unit")
    amount, overage = proposed.amount, proposed.overage_allowed
    if amount < 0 or overage < 0:
        raise OutOfRange(field="amount", value=min(amount, overage))
    if overage and proposed.overage_until is None:
        raise OverageWithoutDeadline(field="overage_until")
    require_existing_on(unit, proposed.effective_from)
    return (proposed,)


def create_post(state: State, proposed: PostCreated) -> Facts:
    require_unknown(state)
    require_fields(title=proposed.title)
    require_counts_in_range(proposed)
    return (proposed,)


def revise_post(state: State, proposed: PostRevised) -> Facts:
    post = require_existing(state, "post")
    require_fields(title=proposed.title)
    require_counts_in_range(proposed)
    require_existing_on(post, proposed.effective_from)
    return (proposed,)


def abolish_post(state: State, proposed: PostAbolished) -> Facts:
    require_end_after_start(require_existing(state, "post"), proposed.effective_from)
    return (proposed,)


def require_unknown(state: State) -> None:
    """A unit or a post is created once."""
    if not isinstance(state, Unknown):
        raise AlreadyExists(id=state.what if isinstance(state, Existing) else "reorganisation")


def require_existing(state: State, expected: str) -> Existing:
    """The unit or the post that the stream is about; `expected` says which of the two it must be."""
    if not isinstance(state, Existing) or state.what != expected:
        raise NotFound(expected=expected)
    return state


def require_existing_on(state: Existing, when: PDate) -> None:
    """It exists on every day that the date can mean."""
    if earliest(when) < earliest(state.since) or earliest(when) >= latest(state.until or PDate(LAST_DAY)):
        raise NotInExistence(field="effective_from", since=state.since, until=state.until or "")


def require_end_after_start(state: Existing, when: PDate) -> None:
    """It ends once, and lasts a day at least."""
    if state.until is not None:
        raise AlreadyEnded(ended=state.until)
    if not may_precede(state.since, when):
        raise EndsBeforeStart(field="effective_from", start=state.since, end=when)


def require_counts_in_range(post: PostCreated | PostRevised) -> None:
    if post.seats < 0 or post.term_months < 0:
        raise OutOfRange(
            field="seats" if post.seats < 0 else "term_months", value=min(post.seats, post.term_months)
        )


organization = Decider[State, OrganizationFact](initial=Unknown(), decide=decide, evolve=evolve)
