"""A posting ends where its post or its whole unit ends."""

from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.rotation.events import RotationEnded, RotationFact, RotationOutcome
from shared.dates import latest
from shared.decider import Known
from shared.facts import Recorded
from shared.reaction import Reaction

Answers = tuple[tuple[str, RotationFact], ...]


def lose_post(event: Recorded[OrganizationFact], known: Known) -> Answers:
    """Nobody's fault, so no least time counts; the document is that of the reorganisation."""
    fact = event.fact
    match fact:
        case PostAbolished():
            posts = {event.stream}
        case UnitDissolved():
            posts = {row.post_id for row in known.rows("posts", unit_id=event.stream)}
        case _:
            return ()
    return tuple(
        (
            row.cadre_id,
            RotationEnded(
                effective_from=fact.effective_from,
                rotation=row.move_id,
                outcome=RotationOutcome.UNIT_ABOLISHED,
                trigger=event.event_id,
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for post in sorted(posts)
        for row in known.rows("rotations", to_post=post)
        if row.posting and not row.ended and row.valid_from < latest(fact.effective_from)
    )


post_lost = Reaction(name="lose_post", follows=organization, react=lose_post)
