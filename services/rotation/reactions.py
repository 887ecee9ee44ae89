"""A posting ends where its post or its whole unit ends, and with its cadre's service."""

from collections.abc import Iterable
from typing import Any

from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnded
from services.personnel.events import topic as personnel
from services.rotation.events import RotationEnded, RotationFact, RotationOutcome
from shared.core.decider import ReadModel
from shared.core.facts import Recorded
from shared.core.partial_dates import latest
from shared.core.reaction import Reaction

Answers = tuple[tuple[str, RotationFact], ...]


def lose_post(event: Recorded[OrganizationFact], known: ReadModel) -> Answers:
    """Nobody's fault, so no least time counts; the document is that of the reorganisation."""
    match event.fact:
        case PostAbolished():
            posts = {event.stream}
        case UnitDissolved():
            posts = {row.post_id for row in known.rows("posts", unit_id=event.stream)}
        case _:
            return ()
    rows = [row for post in sorted(posts) for row in known.rows("rotations", to_post=post)]
    return _over(event, RotationOutcome.UNIT_ABOLISHED, rows)


def leave_posting(event: Recorded[PersonnelFact], known: ReadModel) -> Answers:
    """Retired, left or died: the posting is over as well."""
    if not isinstance(event.fact, ServiceEnded):
        return ()
    return _over(event, RotationOutcome.SERVICE_ENDED, known.rows("rotations", cadre_id=event.stream))


def _over(event: Recorded[Any], outcome: RotationOutcome, rows: Iterable[Any]) -> Answers:
    """The postings among the moves that are open on that day, under the document of what happened."""
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
        for row in rows
        if row.posting and not row.ended and row.valid_from < latest(fact.effective_from)
    )


post_lost = Reaction(name="lose_post", follows=organization, react=lose_post)
service_left = Reaction(name="leave_posting", follows=personnel, react=leave_posting)
