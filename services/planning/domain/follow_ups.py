"""What follows for the entries of a planning list: they end with the title, with service, or when it is reached."""

from collections.abc import Iterator
from typing import NamedTuple

from services.appointment.events import AppointmentRoute, Holding
from services.chronicle.rows import AWAY, POSTS, TENURES, UNITS, TenureRow
from services.planning.events import (
    AddedToPlanning,
    PlanningFact,
    RemovalMode,
    RemovalReason,
    RemovedFromPlanning,
)
from shared.core.decider import ReadModel
from shared.core.follow_ups import FollowUp, StreamFacts
from shared.core.partial_dates import PDate, date_between, day_or_none, earliest, latest

FILLING = (Holding.PRIMARY, Holding.CONCURRENT)
"""Ways to hold a post that reach the title one is planned for; acting in it does not."""
_FIELDS = ("effective_from", "reason", "decision", "decided_on")


class Cause(NamedTuple):
    """Why an entry leaves the list, if it is on it until then."""

    when: PDate
    reason: RemovalReason
    event_id: str
    decision: str
    decided_on: str
    source: str


def key_of(fact: PlanningFact) -> str:
    """The key of a follow-up: the entry that it removes."""
    return fact.entry if isinstance(fact, RemovedFromPlanning) else ""


def derive_follow_ups(facts: StreamFacts, read_model: ReadModel) -> Iterator[FollowUp]:
    """The first removal of every entry that nobody has removed by hand."""
    removed = {event.fact.entry for event in facts.events if isinstance(event.fact, RemovedFromPlanning)}
    by_unit: dict[str, list[Cause]] = {}
    for event in facts.events:
        fact = event.fact
        if not isinstance(fact, AddedToPlanning) or fact.entry in removed:
            continue
        if facts.keys is not None and fact.entry not in facts.keys:
            continue
        removed.add(fact.entry)  # the first addition counts
        causes = [
            *_reached(fact, read_model),
            *_lost(fact.post, fact.unit, read_model, by_unit),
            *_left(fact.cadre, read_model),
        ]
        for cause in sorted(causes, key=lambda each: latest(each.when)):
            if earliest(fact.effective_from) < latest(cause.when):
                removal = RemovedFromPlanning(
                    effective_from=cause.when,
                    entry=fact.entry,
                    reason=cause.reason,
                    mode=RemovalMode.AUTOMATIC,
                    trigger=cause.event_id,
                    decision=cause.decision,
                    decided_on=day_or_none(cause.decided_on),
                )
                yield FollowUp(fact.entry, cause.event_id, removal, _FIELDS, event.event_id, cause.source)


def _reached(fact: AddedToPlanning, read_model: ReadModel) -> Iterator[Cause]:
    """The tenures that reach the planned title, or that an appointment which names the entry started."""
    for row in read_model.rows(TENURES, cadre_id=fact.cadre):
        if (
            row.stretch == 0
            and row.holding in FILLING
            and row.route != AppointmentRoute.REAPPOINTED
            and (row.planned_entry == fact.entry or _is_the_title(fact, row, read_model))
        ):
            decided = row.decision, row.decided_on
            yield Cause(PDate(row.start), RemovalReason.APPOINTED, row.opened_by, *decided, source=fact.cadre)


def _is_the_title(fact: AddedToPlanning, row: TenureRow, read_model: ReadModel) -> bool:
    if fact.post:
        return row.post_id == fact.post
    posts = read_model.rows(POSTS, post_id=row.post_id)
    return any((post.title_code, post.unit_id) == (fact.title_code, fact.unit) for post in posts)


def _lost(
    post: str, title_unit: str, read_model: ReadModel, by_unit: dict[str, list[Cause]]
) -> Iterator[Cause]:
    """The ends of the planned post, of its unit, and of the unit whose title it is."""
    units = {title_unit} if title_unit else set()
    for row in read_model.rows(POSTS, post_id=post) if post else ():
        units |= {row.unit_id} if row.unit_id else set()
        if row.closed_by:
            when = date_between(row.certain_to, row.valid_to)
            decided = row.closing_decision, row.closing_decided_on
            yield Cause(when, RemovalReason.TITLE_ABOLISHED, row.closed_by, *decided, post)
    for unit in sorted(units):
        if unit not in by_unit:
            by_unit[unit] = list(_end_of_unit(unit, read_model))
        yield from by_unit[unit]


def _end_of_unit(unit: str, read_model: ReadModel) -> Iterator[Cause]:
    for row in read_model.rows(UNITS, unit_id=unit):
        if row.closed_by:
            when = date_between(row.certain_to, row.valid_to)
            decided = row.closing_decision, row.closing_decided_on
            yield Cause(when, RemovalReason.TITLE_ABOLISHED, row.closed_by, *decided, unit)


def _left(cadre: str, read_model: ReadModel) -> Iterator[Cause]:
    for row in read_model.rows(AWAY, cadre_id=cadre):
        when = date_between(row.valid_from, row.certain_from)
        yield Cause(when, RemovalReason.LEFT_SERVICE, row.opened_by, row.decision, row.decided_on, cadre)
