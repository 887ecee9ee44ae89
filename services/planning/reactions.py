"""Removes planning entries when their title is reached or abolished, or when their cadre leaves service."""

from collections.abc import Iterable

from services.appointment.events import Appointed, AppointmentFact, Designated, Elected, Holding
from services.appointment.events import topic as appointment
from services.chronicle.rows import PLANNING_ENTRIES, POSTS, EntryRow
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded
from services.personnel.events import topic as personnel
from services.planning.events import PlanningFact, RemovalMode, RemovalReason, RemovedFromPlanning
from shared.core.decider import ReadModel
from shared.core.facts import F, Recorded
from shared.core.partial_dates import earliest, latest
from shared.core.reaction import Reaction

_Proposals = tuple[tuple[str, PlanningFact], ...]
"""(planning list, proposed fact)."""
FILLING = (Holding.PRIMARY, Holding.CONCURRENT)
"""Ways to hold a post that reach the title one is planned for; acting in it does not."""


def reach_title(event: Recorded[AppointmentFact], read_model: ReadModel) -> _Proposals:
    """Whoever gets the planned title, by whatever route, leaves the list."""
    fact = event.fact
    if not isinstance(fact, Appointed | Elected | Designated) or fact.holding not in FILLING:
        return ()
    named = fact.planned_entry if isinstance(fact, Appointed) else ""
    codes = {(row.title_code, row.unit_id) for row in read_model.rows(POSTS, post_id=fact.post)}
    reached = [
        row
        for row in read_model.rows(PLANNING_ENTRIES, cadre_id=event.stream)
        if row.entry_id == named
        or row.post_id == fact.post
        or (row.title_code and (row.title_code, row.title_unit) in codes)
    ]
    return remove_live_entries(event, RemovalReason.APPOINTED, reached)


def lose_title(event: Recorded[OrganizationFact], read_model: ReadModel) -> _Proposals:
    """Nobody stays planned for a post or a unit that has ended, nor is anybody planned for its successor by this."""
    match event.fact:
        case PostAbolished():
            planned = read_model.rows(PLANNING_ENTRIES, post_id=event.stream)
        case UnitDissolved():
            posts = {row.post_id for row in read_model.rows(POSTS, unit_id=event.stream)}
            planned = [
                row for post in sorted(posts) for row in read_model.rows(PLANNING_ENTRIES, post_id=post)
            ]
            planned += read_model.rows(PLANNING_ENTRIES, title_unit=event.stream)
        case _:
            return ()
    return remove_live_entries(event, RemovalReason.TITLE_ABOLISHED, planned)


def leave_lists(event: Recorded[PersonnelFact], read_model: ReadModel) -> _Proposals:
    """Whoever is out of service is planned for nothing."""
    if not isinstance(event.fact, ServiceEnded):
        return ()
    planned = read_model.rows(PLANNING_ENTRIES, cadre_id=event.stream)
    return remove_live_entries(event, RemovalReason.LEFT_SERVICE, planned)


def remove_live_entries(event: Recorded[F], reason: RemovalReason, rows: Iterable[EntryRow]) -> _Proposals:
    """Removals of those entries that are live on the day of the event, each once, under the same decision document."""
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
