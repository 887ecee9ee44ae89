"""Ends postings when their post or its whole unit is abolished, or when their cadre leaves service."""

from collections.abc import Iterable

from services.chronicle.rows import POSTS, ROTATIONS, MoveRow
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded
from services.personnel.events import topic as personnel
from services.rotation.events import RotationEnded, RotationFact, RotationOutcome
from shared.core.decider import ReadModel
from shared.core.facts import F, Recorded
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


post_lost = Reaction(name="lose_post", follows=organization, react=lose_post)
service_left = Reaction(name="leave_posting", follows=personnel, react=leave_posting)
