"""When a post or its whole unit ends, whoever still sits there has no post any more; whoever is moved has another."""

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    AppointmentRoute,
    EndReason,
    Holding,
    TenureEnded,
)
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, ServiceEnd, ServiceEnded
from services.personnel.events import topic as personnel
from services.rotation.events import (
    MoveKind,
    Rotated,
    RotationEnded,
    RotationFact,
    RotationOutcome,
    Transferred,
)
from services.rotation.events import topic as rotation
from shared.core.decider import ReadModel
from shared.core.facts import Recorded
from shared.core.partial_dates import latest
from shared.core.reaction import Reaction

Answers = tuple[tuple[str, AppointmentFact], ...]


def end_tenures(event: Recorded[OrganizationFact], known: ReadModel) -> Answers:
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


def follow_move(event: Recorded[RotationFact], known: ReadModel) -> Answers:
    """A cadre who is rotated, transferred or seconded has another post, and again when that is over."""
    fact = event.fact
    match fact:
        case Rotated():
            return _moved(event, fact.from_tenure, fact.to_post, fact.holding, AppointmentRoute.ROTATED)
        case Transferred(kind=MoveKind.SECONDMENT):
            beside = Holding.CONCURRENT if fact.holding is Holding.PRIMARY else fact.holding
            return _moved(event, "", fact.to_post, beside, AppointmentRoute.TRANSFERRED)
        case Transferred():
            reason = EndReason.RELIEVED if fact.kind is MoveKind.REPLACEMENT else EndReason.MOVED
            return _moved(
                event, fact.from_tenure, fact.to_post, fact.holding, AppointmentRoute.TRANSFERRED, reason
            )
        case RotationEnded(outcome=RotationOutcome.SETTLED, next_post=""):
            return ()
        case RotationEnded() if fact.outcome not in _ENDED_OTHERWISE:
            left = _posted(event.stream, fact.rotation, known)
            return _moved(event, left, fact.next_post, fact.next_holding, AppointmentRoute.AFTER_ROTATION)
    return ()


def _moved(
    event: Recorded[RotationFact],
    left: str,
    post: str,
    holding: Holding,
    route: AppointmentRoute,
    reason: EndReason = EndReason.MOVED,
) -> Answers:
    """The old tenure ends and the new one starts on the same day, under the same document. The new one's id is that of
    the event it answers, so that an answer given twice is one answer."""
    fact, new = event.fact, event.event_id if post else ""
    ended = TenureEnded(
        tenure=left,
        reason=reason,
        next_tenure=new,
        effective_from=fact.effective_from,
        decision=fact.decision,
        decided_on=fact.decided_on,
    )
    started = Appointed(
        tenure=new,
        post=post,
        holding=holding,
        route=route,
        effective_from=fact.effective_from,
        decision=fact.decision,
        decided_on=fact.decided_on,
        managed_by=fact.managed_by,
    )
    return (*(((event.stream, ended),) if left else ()), *(((event.stream, started),) if post else ()))


_ENDED_OTHERWISE = (RotationOutcome.SERVICE_ENDED, RotationOutcome.UNIT_ABOLISHED)
"""What ended these ends the tenure too, and says why."""


def _posted(cadre: str, rotation: str, known: ReadModel) -> str:
    """The tenure of a posting: the one that stands in its post, or the one that answered it."""
    for move in known.rows("rotations", cadre_id=cadre, move_id=rotation):
        held = known.rows("tenures", cadre_id=cadre, post_id=move.to_post)
        return next((str(row.tenure_id) for row in held if not row.ended), str(move.tenure_id))
    return ""


def end_service(event: Recorded[PersonnelFact], known: ReadModel) -> Answers:
    """Whoever leaves service holds no post any more, those told of a merged file included."""
    fact = event.fact
    if not isinstance(fact, ServiceEnded):
        return ()
    files = [event.stream, *(row.merged_id for row in known.rows("merged_records", cadre_id=event.stream))]
    when = fact.effective_from
    return tuple(
        (
            row.cadre_id,
            TenureEnded(
                effective_from=when,
                tenure=row.tenure_id,
                reason=_LEFT[fact.kind],
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for file in files
        for row in known.rows("tenures", cadre_id=file)
        if not row.ended and row.stretch == 0 and row.valid_from < latest(when)
    )


_LEFT = {
    ServiceEnd.RETIRED: EndReason.RETIRED,
    ServiceEnd.RETIRED_EARLY_REORG: EndReason.RETIRED,
    ServiceEnd.DIED: EndReason.DIED,
    ServiceEnd.DISCHARGED: EndReason.REMOVED_DISCIPLINE,
    ServiceEnd.LEFT: EndReason.LEFT_SERVICE,
    ServiceEnd.MOVED_OUT: EndReason.MOVED,
}

ended_with_service = Reaction(name="end_service", follows=personnel, react=end_service)
moved_by_rotation = Reaction(name="follow_move", follows=rotation, react=follow_move)
ended_with_the_post = Reaction(name="end_tenures", follows=organization, react=end_tenures)
