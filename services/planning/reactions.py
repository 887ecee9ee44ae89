"""What others say closes planning entries: the planned title is reached or is no more, or the person is gone."""

from collections.abc import Iterable
from typing import Any

from services.appointment.events import Appointed, AppointmentFact, Designated, Elected, Holding
from services.appointment.events import topic as appointment
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded
from services.personnel.events import topic as personnel
from services.planning.events import PlanningFact, RemovalMode, RemovalReason, RemovedFromPlanning
from shared.core.decider import ReadModel
from shared.core.facts import Recorded
from shared.core.partial_dates import earliest, latest
from shared.core.reaction import Reaction

Answers = tuple[tuple[str, PlanningFact], ...]


def reach_title(event: Recorded[AppointmentFact], known: ReadModel) -> Answers:
    """Whoever gets the planned title, by whatever route, leaves the list; acting in it is not having it."""
    fact = event.fact
    if not isinstance(fact, Appointed | Elected | Designated) or fact.holding not in (
        Holding.PRIMARY,
        Holding.CONCURRENT,
    ):
        return ()
    named = fact.planned_entry if isinstance(fact, Appointed) else ""
    codes = {(row.title_code, row.unit_id) for row in known.rows("posts", post_id=fact.post)}
    reached = [
        row
        for row in known.rows("planning_entries", cadre_id=event.stream)
        if row.entry_id == named
        or row.post_id == fact.post
        or (row.title_code and (row.title_code, row.title_unit) in codes)
    ]
    return _leave(event, RemovalReason.APPOINTED, reached)


def lose_title(event: Recorded[OrganizationFact], known: ReadModel) -> Answers:
    """A post or a unit that is no more has no successors in waiting; nobody is silently planned for another."""
    match event.fact:
        case PostAbolished():
            posts = {event.stream}
        case UnitDissolved():
            posts = {row.post_id for row in known.rows("posts", unit_id=event.stream)}
        case _:
            return ()
    planned = [row for post in sorted(posts) for row in known.rows("planning_entries", post_id=post)]
    if isinstance(event.fact, UnitDissolved):
        planned += known.rows("planning_entries", title_unit=event.stream)
    return _leave(event, RemovalReason.TITLE_ABOLISHED, planned)


def leave_lists(event: Recorded[PersonnelFact], known: ReadModel) -> Answers:
    """Whoever is out of service is planned for nothing."""
    if not isinstance(event.fact, ServiceEnded):
        return ()
    planned = known.rows("planning_entries", cadre_id=event.stream)
    return _leave(event, RemovalReason.LEFT_SERVICE, planned)


def _leave(event: Recorded[Any], reason: RemovalReason, rows: Iterable[Any]) -> Answers:
    """Those entries that are live on that day, each once: off the list under the document of what happened."""
    fact = event.fact
    when = fact.effective_from
    live = {
        (row.list_id, row.entry_id)
        for row in rows
        if not row.ended and row.valid_from < latest(when) and earliest(when) < row.valid_to
    }
    return tuple(
        (
            list_,
            RemovedFromPlanning(
                effective_from=when,
                entry=entry,
                reason=reason,
                mode=RemovalMode.AUTOMATIC,
                trigger=event.event_id,
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for list_, entry in sorted(live)
    )


title_reached = Reaction(name="reach_title", follows=appointment, react=reach_title)
title_lost = Reaction(name="lose_title", follows=organization, react=lose_title)
service_left = Reaction(name="leave_lists", follows=personnel, react=leave_lists)
