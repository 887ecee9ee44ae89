"""Removes planning entries when their title is reached or abolished, or when their cadre leaves service."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from services.appointment.events import Appointed, AppointmentFact, Designated, Elected
from services.appointment.events import topic as appointment
from services.chronicle.rows import PLANNING_ENTRIES, POSTS, EntryRow
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded, ServiceResumed
from services.personnel.events import topic as personnel
from services.planning.domain.follow_ups import FILLING, derive_follow_ups, key_of
from services.planning.events import (
    AddedToPlanning,
    PlanningFact,
    RemovalMode,
    RemovalReason,
    RemovedFromPlanning,
    topic,
)
from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent, Corrected, F, Recorded, Topic
from shared.core.follow_ups import Reconciliation, StreamFacts, all_keys
from shared.core.partial_dates import earliest, latest
from shared.core.reaction import Reaction

_Proposals = tuple[tuple[str, PlanningFact], ...]
"""(planning list, proposed fact)."""


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


def find_lists_of_posts(event: Recorded[OrganizationFact], read_model: ReadModel) -> Collection[str]:
    """The lists with entries for a title that the event ends, or whose end it corrects."""
    if not isinstance(event.fact, PostAbolished | UnitDissolved | Corrected):
        return ()
    posts = {event.stream, *(row.post_id for row in read_model.rows(POSTS, unit_id=event.stream))}
    planned = [row for post in posts for row in read_model.rows(PLANNING_ENTRIES, post_id=post)]
    planned += read_model.rows(PLANNING_ENTRIES, title_unit=event.stream)
    return sorted({row.list_id for row in planned})


def find_lists_of_cadre(event: AnyEvent, read_model: ReadModel) -> Collection[str]:
    """The lists with entries of a cadre who leaves service, comes back or takes up a post; also where that is
    corrected."""
    kinds = ServiceEnded | ServiceResumed | Appointed | Elected | Designated | Corrected
    if not isinstance(event.fact, kinds):
        return ()
    return sorted({row.list_id for row in read_model.rows(PLANNING_ENTRIES, cadre_id=event.stream)})


def find_entries_of_cadre(event: AnyEvent, events: Sequence[AnyEvent]) -> Collection[str]:
    """The entries of the cadre that the event is about."""
    added = [each.fact for each in events if isinstance(each.fact, AddedToPlanning)]
    return {fact.entry for fact in added if fact.cadre == event.stream}


def find_late_told_list(event: Recorded[PlanningFact], read_model: ReadModel) -> Collection[str]:
    """The list of an entry that is told or corrected after something that ends it."""
    if isinstance(event.fact, Corrected):
        return (event.stream,)
    follow_ups = derive_follow_ups(StreamFacts(event.stream, [event]), read_model)
    return (event.stream,) if any(follow_ups) else ()


def find_told_entry(event: Recorded[PlanningFact], events: Sequence[AnyEvent]) -> Collection[str] | None:
    """The entry that was added; None, all, where something is corrected."""
    return {event.fact.entry} if isinstance(event.fact, AddedToPlanning) else None


def _keep_entries(
    name: str,
    follows: Topic[Any],
    find_streams: Callable[[Recorded[Any], ReadModel], Collection[str]],
    find_keys: Callable[[Recorded[Any], Sequence[AnyEvent]], Collection[str] | None] = all_keys,
) -> Reconciliation[Any]:
    return Reconciliation(
        name=name,
        follows=follows,
        find_streams=find_streams,
        derive=derive_follow_ups,
        key_of=key_of,
        find_keys=find_keys,
    )


title_reached = Reaction(name="reach_title", follows=appointment, react=reach_title)
title_lost = Reaction(name="lose_title", follows=organization, react=lose_title)
service_left = Reaction(name="leave_lists", follows=personnel, react=leave_lists)
kept_by_posts = _keep_entries("entries_by_posts", organization, find_lists_of_posts)
kept_by_service = _keep_entries("entries_by_service", personnel, find_lists_of_cadre, find_entries_of_cadre)
kept_by_tenures = _keep_entries("entries_by_tenures", appointment, find_lists_of_cadre, find_entries_of_cadre)
kept_when_told = _keep_entries("entries_when_told", topic, find_late_told_list, find_told_entry)
