"""When a post or its whole unit ends, whoever still sits there has no post any more."""

from services.appointment.events import AppointmentFact, EndReason, TenureEnded
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from shared.dates import latest
from shared.decider import Known
from shared.facts import Recorded
from shared.reaction import Reaction

Answers = tuple[tuple[str, AppointmentFact], ...]


def end_tenures(event: Recorded[OrganizationFact], known: Known) -> Answers:
    """Ends by operation of the reorganisation: no fault, no decision of its own, the same document."""
    match event.fact:
        case PostAbolished():
            posts = [event.stream]
            reason = EndReason.UNIT_ABOLISHED if event.fact.reorganisation else EndReason.POST_ABOLISHED
        case UnitDissolved():
            posts = [row.post_id for row in known.rows("posts", unit_id=event.stream)]
            reason = EndReason.UNIT_ABOLISHED
        case _:
            return ()
    fact = event.fact
    when = fact.effective_from
    return tuple(
        (
            row.cadre_id,
            TenureEnded(
                effective_from=when,
                tenure=row.tenure_id,
                reason=reason,
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for post in sorted(set(posts))
        for row in known.rows("tenures", post_id=post)
        if not row.ended and row.stretch == 0 and row.valid_from < latest(when)
    )


ended_with_the_post = Reaction(name="end_tenures", follows=organization, react=end_tenures)
