"""Ends postings when their post or its whole unit is abolished, or when their cadre leaves service."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from services.appointment.events import topic as appointment
from services.chronicle.rows import POSTS, ROTATIONS, MoveRow
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded, ServiceResumed
from services.personnel.events import topic as personnel
from services.planning.events import topic as planning
from services.rotation.domain.follow_ups import derive_follow_ups, key_of
from services.rotation.events import RotationEnded, RotationFact, RotationOutcome, topic
from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent, Corrected, F, Recorded, Topic
from shared.core.follow_ups import Reconciliation, StreamFacts, no_follow_ups
from shared.core.partial_dates import latest
from shared.core.reaction import Reaction

_Proposals = tuple[tuple[str, RotationFact], ...]
"""(cadre, proposed fact)."""


def lose_post(event: Recorded[OrganizationFact], read_model: ReadModel) -> _Proposals:
    """Ends the postings in posts that are abolished, whether or not the least time has been served."""
    match event.fact:
        case PostAbolished():
            posts = {event.stream}
        case UnitDissolved():
            posts = {row.post_id for row in read_model.rows(POSTS, unit_id=event.stream)}
        case _:
            return ()
    moves = [row for post in sorted(posts) for row in read_model.rows(ROTATIONS, to_post=post)]
    return end_open_postings(event, RotationOutcome.UNIT_ABOLISHED, moves)


def leave_posting(event: Recorded[PersonnelFact], read_model: ReadModel) -> _Proposals:
    """Ends the postings of a cadre who has retired, left or died."""
    if not isinstance(event.fact, ServiceEnded):
        return ()
    moves = read_model.rows(ROTATIONS, cadre_id=event.stream)
    return end_open_postings(event, RotationOutcome.SERVICE_ENDED, moves)


def end_open_postings(event: Recorded[F], outcome: RotationOutcome, moves: Iterable[MoveRow]) -> _Proposals:
    """Ends of those postings that are open on the day of the event, under the same decision document."""
    fact = event.fact
    return tuple(
        (
            row.cadre_id,
            RotationEnded(
                effective_from=fact.effective_from,
                rotation=row.move_id,
                outcome=outcome,
                trigger=event.event_id,
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for row in moves
        if row.posting and not row.ended and row.valid_from < latest(fact.effective_from)
    )


def find_cadres_of_posts(event: Recorded[OrganizationFact], read_model: ReadModel) -> Collection[str]:
    """The cadres who were moved to a post that the event ends, or whose end it corrects."""
    if not isinstance(event.fact, PostAbolished | UnitDissolved | Corrected):
        return ()
    posts = {event.stream, *(row.post_id for row in read_model.rows(POSTS, unit_id=event.stream))}
    return sorted({row.cadre_id for post in posts for row in read_model.rows(ROTATIONS, to_post=post)})


def find_cadre(event: Recorded[PersonnelFact], read_model: ReadModel) -> Collection[str]:
    """The cadre who leaves service or comes back, or of whom either is corrected."""
    is_service = isinstance(event.fact, ServiceEnded | ServiceResumed | Corrected)
    return (event.stream,) if is_service else ()


def find_late_told_cadre(event: Recorded[RotationFact], read_model: ReadModel) -> Collection[str]:
    """The cadre whose posting is told or corrected after something that ends it."""
    if isinstance(event.fact, Corrected):
        return (event.stream,)
    follow_ups = derive_follow_ups(StreamFacts(event.stream, [event]), read_model)
    return (event.stream,) if any(follow_ups) else ()


def find_none(event: AnyEvent, read_model: ReadModel) -> Collection[str]:
    """No posting ends by an appointment; a correction of one may ask for corrections of moves."""
    return ()


def _keep_postings(
    name: str, follows: Topic[Any], find_streams: Callable[[Recorded[Any], ReadModel], Collection[str]]
) -> Reconciliation[Any]:
    return Reconciliation(
        name=name, follows=follows, find_streams=find_streams, derive=derive_follow_ups, key_of=key_of
    )


post_lost = Reaction(name="lose_post", follows=organization, react=lose_post)
service_left = Reaction(name="leave_posting", follows=personnel, react=leave_posting)
kept_by_posts = _keep_postings("postings_by_posts", organization, find_cadres_of_posts)
kept_by_service = _keep_postings("postings_by_service", personnel, find_cadre)
kept_when_told = _keep_postings("postings_when_told", topic, find_late_told_cadre)
kept_by_tenures = _keep_postings("postings_by_tenures", appointment, find_none)
kept_by_entries = no_follow_ups("postings_by_entries", planning)
