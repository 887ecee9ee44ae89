"""The moves of one cadre, and plans of moves. Pure functions over proposed facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from services.rotation.domain.rejected import (
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
from services.rotation.events import (
    MoveKind,
    PlanApproved,
    Rotated,
    RotationEnded,
    RotationFact,
    RotationOutcome,
    Transferred,
)
from shared.core.decider import Decider
from shared.core.normalization import Missing, require_fields
from shared.core.partial_dates import (
    FIRST_DAY,
    LAST_DAY,
    Day,
    PDate,
    add_months,
    earliest,
    latest,
    may_precede,
)

POSTINGS = {MoveKind.SECONDMENT, MoveKind.REINFORCEMENT}
"""Moves whose end is expected, as a rotation's is."""


class Posting(NamedTuple):
    """[start, end), open while `end` is None. `min_months` is None for what is not a rotation."""

    start: PDate
    min_months: int | None = None
    end: PDate | None = None

    def certainly(self) -> tuple[Day, Day]:
        """The days on which it lasts whatever the partial dates mean."""
        if self.end is None:
            return latest(self.start), LAST_DAY
        return latest(self.start), earliest(self.end) if self.end else FIRST_DAY


@dataclass(frozen=True, slots=True)
class Moves:
    postings: Mapping[str, Posting] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    """The ids of moves that nobody comes back from."""
    plan_version: int = 0


def decide(state: Moves, proposed: RotationFact) -> tuple[RotationFact, ...]:
    match proposed:
        case PlanApproved():
            return approve(state, proposed)
        case Rotated():
            return rotate(state, proposed)
        case Transferred():
            return transfer(state, proposed)
        case RotationEnded():
            return end(state, proposed)
    raise TypeError(f"no rule for {type(proposed).__name__}")


def approve(state: Moves, proposed: PlanApproved) -> tuple[RotationFact, ...]:
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


def rotate(state: Moves, proposed: Rotated) -> tuple[RotationFact, ...]:
    require_fields(rotation=proposed.rotation, to_post=proposed.to_post)
    new_id(state, "rotation", proposed.rotation)
    if proposed.min_months < 0:
        raise OutOfRange(field="min_months", value=proposed.min_months)
    if proposed.from_unit and proposed.from_unit == proposed.to_unit:
        raise SamePlace(field="to_unit", unit=proposed.to_unit)
    other_post(proposed)
    lasts(proposed.effective_from, proposed.expected_end, "expected_end")
    first, after = Posting(proposed.effective_from).certainly()
    for id_, posting in state.postings.items():
        since, until = posting.certainly()
        if posting.min_months is not None and max(first, since) < min(after, until):
            raise RotationIsOpen(field="rotation", rotation=id_, since=posting.start)
    return (proposed,)


def transfer(state: Moves, proposed: Transferred) -> tuple[RotationFact, ...]:
    require_fields(move=proposed.move)
    new_id(state, "move", proposed.move)
    if not (proposed.to_post or proposed.to_unit):
        raise Missing(field="to_post")
    other_post(proposed)
    lasts(proposed.effective_from, proposed.until, "until")
    return (proposed,)


def new_id(state: Moves, name: str, id_: str) -> None:
    if id_ in state.postings or id_ in state.others:
        raise MoveIdTaken(field=name, move=id_)


def other_post(proposed: Rotated | Transferred) -> None:
    if proposed.from_post and proposed.from_post == proposed.to_post:
        raise SamePlace(field="to_post", post=proposed.to_post)


def lasts(start: PDate, end: Day | None, name: str) -> None:
    if end is not None and not may_precede(start, end):
        raise EndsBeforeStart(field=name, start=start, end=end)


def end(state: Moves, proposed: RotationEnded) -> tuple[RotationFact, ...]:
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


def evolve(state: Moves, fact: RotationFact) -> Moves:
    match fact:
        case PlanApproved():
            return replace(state, plan_version=fact.plan_version)
        case Rotated():
            return _with(state, fact.rotation, Posting(fact.effective_from, fact.min_months))
        case Transferred() if fact.kind in POSTINGS:
            return _with(state, fact.move, Posting(fact.effective_from))
        case Transferred():
            return replace(state, others=state.others | {fact.move})
        case RotationEnded() if posting := state.postings.get(fact.rotation):
            return _with(state, fact.rotation, posting._replace(end=fact.effective_from))
    return state


def _with(state: Moves, id_: str, posting: Posting) -> Moves:
    return replace(state, postings={**state.postings, id_: posting})


rotation = Decider[Moves, RotationFact](initial=Moves(), decide=decide, evolve=evolve)
