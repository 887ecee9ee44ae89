"""Judges each proposed move, end of a move or plan of moves by the earlier facts of its stream."""

from typing import assert_never

from services.rotation.domain.rejections import (
    AlreadyEnded,
    EndsBeforeStart,
    MoveIdTaken,
    NoSuchRotation,
    OutOfRange,
    PlanIsEmpty,
    ReasonNeeded,
    RotationIsOpen,
    SamePlace,
    WrongPlanVersion,
)
from services.rotation.domain.state import Moves, Posting, evolve
from services.rotation.events import (
    PlanApproved,
    Rotated,
    RotationEnded,
    RotationFact,
    RotationOutcome,
    Transferred,
)
from shared.core.decider import Decider
from shared.core.normalization import Missing, require_fields
from shared.core.partial_dates import Day, PDate, add_months, earliest, latest, may_precede

Facts = tuple[RotationFact, ...]
"""What is stored for a proposed fact: itself, or nothing where it is known already."""


def decide(state: Moves, proposed: RotationFact) -> Facts:
    match proposed:
        case PlanApproved():
            return approve_plan(state, proposed)
        case Rotated():
            return start_rotation(state, proposed)
        case Transferred():
            return transfer_cadre(state, proposed)
        case RotationEnded():
            return end_posting(state, proposed)
        case _:
            assert_never(proposed)


def approve_plan(state: Moves, proposed: PlanApproved) -> Facts:
    require_fields(owner=proposed.owner, term=proposed.term)
    if proposed.plan_version != state.plan_version + 1:
        raise WrongPlanVersion(field="plan_version", expected=state.plan_version + 1)
    ids = [item.item for item in proposed.items]
    if not ids or not all(ids) or len(set(ids)) < len(ids):
        raise PlanIsEmpty(field="items", items=len(ids), different=len(set(ids)))
    for item in proposed.items:
        if item.count < 1 or (item.cadre and item.count > 1):
            raise PlanIsEmpty(field="items", item=item.item, count=item.count)
    return (proposed,)


def start_rotation(state: Moves, proposed: Rotated) -> Facts:
    require_fields(rotation=proposed.rotation, to_post=proposed.to_post)
    require_new_id(state, "rotation", proposed.rotation)
    if proposed.min_months < 0:
        raise OutOfRange(field="min_months", value=proposed.min_months)
    if proposed.from_unit and proposed.from_unit == proposed.to_unit:
        raise SamePlace(field="to_unit", unit=proposed.to_unit)
    require_other_post(proposed)
    require_end_after_start(proposed.effective_from, "expected_end", proposed.expected_end)
    first, after = Posting(proposed.effective_from).certain_days()
    for id_, posting in state.postings.items():
        since, until = posting.certain_days()
        if posting.min_months is not None and max(first, since) < min(after, until):
            raise RotationIsOpen(field="rotation", rotation=id_, since=posting.start)
    return (proposed,)


def transfer_cadre(state: Moves, proposed: Transferred) -> Facts:
    require_fields(move=proposed.move)
    require_new_id(state, "move", proposed.move)
    if not (proposed.to_post or proposed.to_unit):
        raise Missing(field="to_post")
    require_other_post(proposed)
    require_end_after_start(proposed.effective_from, "until", proposed.until)
    return (proposed,)


def end_posting(state: Moves, proposed: RotationEnded) -> Facts:
    """A second end on the same day says nothing new."""
    posting = state.postings.get(proposed.rotation)
    if posting is None:
        raise NoSuchRotation(field="rotation", rotation=proposed.rotation)
    when = proposed.effective_from
    if posting.end is not None:
        if posting.end == when:
            return ()
        raise AlreadyEnded(field="rotation", rotation=proposed.rotation, ended=posting.end)
    if not may_precede(posting.start, when):
        raise EndsBeforeStart(field="effective_from", start=posting.start, end=when)
    if proposed.outcome is RotationOutcome.RECALLED and not proposed.reason:
        due = add_months(latest(posting.start), posting.min_months or 0)
        if earliest(when) < due:
            raise ReasonNeeded(field="reason", due=due)
    return (proposed,)


def require_new_id(state: Moves, field: str, id_: str) -> None:
    if id_ in state.postings or id_ in state.one_way_moves:
        raise MoveIdTaken(field=field, move=id_)


def require_other_post(proposed: Rotated | Transferred) -> None:
    if proposed.from_post and proposed.from_post == proposed.to_post:
        raise SamePlace(field="to_post", post=proposed.to_post)


def require_end_after_start(start: PDate, field: str, end: Day | None) -> None:
    """An expected end that is stated lies after the start in some reading of the dates."""
    if end is not None and not may_precede(start, end):
        raise EndsBeforeStart(field=field, start=start, end=end)


rotation = Decider[Moves, RotationFact](initial=Moves(), decide=decide, evolve=evolve)
