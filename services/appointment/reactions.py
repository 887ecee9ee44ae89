"""Ends tenures when their post, unit or cadre's service ends; ends and starts them when a cadre is moved.

The reactions record what follows from a new fact. The reconciliations after them keep that right whatever is learnt
later, told in another order, or corrected.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from services.appointment.domain.follow_ups import (
    ENDED_OTHERWISE,
    REASON_BY_SERVICE_END,
    derive_follow_ups,
    has_ended,
    holding_after_move,
    key_of,
    reason_of_abolition,
)
from services.appointment.events import (
    Appointed,
    AppointmentFact,
    AppointmentRoute,
    Designated,
    Elected,
    EndReason,
    Holding,
    Reappointed,
    TenureEnded,
    topic,
)
from services.chronicle.rows import MERGED_RECORDS, POSTS, ROTATIONS, TENURES, TenureRow
from services.organization.events import OrganizationFact, PostAbolished, UnitDissolved
from services.organization.events import topic as organization
from services.personnel.events import PersonnelFact, RecordsMerged, ServiceEnded, ServiceResumed
from services.personnel.events import topic as personnel
from services.planning.events import topic as planning
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
from shared.core.facts import Corrected, F, Recorded, Topic
from shared.core.follow_ups import Reconciliation, no_follow_ups
from shared.core.partial_dates import latest
from shared.core.reaction import Reaction

_Proposals = tuple[tuple[str, AppointmentFact], ...]
"""(cadre, proposed fact)."""


def end_tenures(event: Recorded[OrganizationFact], read_model: ReadModel) -> _Proposals:
    """Ends the tenures in an abolished post or dissolved unit, under the same decision document."""
    match event.fact:
        case PostAbolished():
            posts = {event.stream}
            reason = reason_of_abolition(event.fact.reorganisation)
        case UnitDissolved():
            posts = {row.post_id for row in read_model.rows(POSTS, unit_id=event.stream)}
            reason = EndReason.UNIT_ABOLISHED
        case _:
            return ()
    tenures = (row for post in sorted(posts) for row in read_model.rows(TENURES, post_id=post))
    return end_lasting_tenures(event, reason, tenures)


def end_service(event: Recorded[PersonnelFact], read_model: ReadModel) -> _Proposals:
    """Ends the tenures of whoever leaves service, those recorded in a merged file included."""
    fact = event.fact
    if not isinstance(fact, ServiceEnded):
        return ()
    mergers = read_model.rows(MERGED_RECORDS, cadre_id=event.stream)
    files = [event.stream, *(row.merged_id for row in mergers)]
    tenures = (row for file in files for row in read_model.rows(TENURES, cadre_id=file))
    return end_lasting_tenures(event, REASON_BY_SERVICE_END[fact.kind], tenures)


def end_lasting_tenures(event: Recorded[F], reason: EndReason, tenures: Iterable[TenureRow]) -> _Proposals:
    """Ends of those tenures that have started and not ended on the day of the event; each tenure once."""
    fact = event.fact
    return tuple(
        (
            row.cadre_id,
            TenureEnded(
                effective_from=fact.effective_from,
                tenure=row.tenure_id,
                reason=reason,
                decision=fact.decision,
                decided_on=fact.decided_on,
            ),
        )
        for row in tenures
        if not row.ended and row.stretch == 0 and row.valid_from < latest(fact.effective_from)
    )


def follow_move(event: Recorded[RotationFact], read_model: ReadModel) -> _Proposals:
    """Moves a cadre who is rotated, transferred or seconded to the other post, and again when that is over."""
    fact = event.fact
    match fact:
        case Rotated():
            return move_cadre(event, fact.from_tenure, fact.to_post, fact.holding, AppointmentRoute.ROTATED)
        case Transferred(kind=MoveKind.SECONDMENT):
            holding = holding_after_move(fact.holding, seconded=True)
            return move_cadre(event, "", fact.to_post, holding, AppointmentRoute.TRANSFERRED)
        case Transferred():
            reason = EndReason.RELIEVED if fact.kind is MoveKind.REPLACEMENT else EndReason.MOVED
            return move_cadre(
                event, fact.from_tenure, fact.to_post, fact.holding, AppointmentRoute.TRANSFERRED, reason
            )
        case RotationEnded(outcome=RotationOutcome.SETTLED, next_post=""):
            return ()
        case RotationEnded() if fact.outcome not in ENDED_OTHERWISE:
            left = find_posting_tenure(event.stream, fact.rotation, read_model)
            return move_cadre(event, left, fact.next_post, fact.next_holding, AppointmentRoute.AFTER_ROTATION)
    return ()


def move_cadre(
    event: Recorded[RotationFact],
    left: str,
    post: str,
    holding: Holding,
    route: AppointmentRoute,
    reason: EndReason = EndReason.MOVED,
) -> _Proposals:
    """The tenure `left` ends and one in `post` starts on the same day, under the same document; either may be empty.

    The id of the new tenure is that of the event, so that reacting to it twice makes one tenure.
    """
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


def find_posting_tenure(cadre: str, rotation: str, read_model: ReadModel) -> str:
    """The id of the tenure of a rotation: the one that lasts in its post, else the one that its event started."""
    moves = read_model.rows(ROTATIONS, cadre_id=cadre, move_id=rotation)
    if not moves:
        return ""
    tenures = read_model.rows(TENURES, cadre_id=cadre, post_id=moves[0].to_post)
    return next((row.tenure_id for row in tenures if not row.ended), moves[0].tenure_id)


def find_cadres_of_posts(event: Recorded[OrganizationFact], read_model: ReadModel) -> Collection[str]:
    """The cadres who hold or held a post that the event ends, or whose end it corrects."""
    if not isinstance(event.fact, PostAbolished | UnitDissolved | Corrected):
        return ()
    posts = {event.stream, *(row.post_id for row in read_model.rows(POSTS, unit_id=event.stream))}
    return sorted({row.cadre_id for post in posts for row in read_model.rows(TENURES, post_id=post)})


def find_files(event: Recorded[PersonnelFact], read_model: ReadModel) -> Collection[str]:
    """The file of a cadre who leaves or comes back, with the files that were merged into it."""
    if not isinstance(event.fact, ServiceEnded | ServiceResumed | RecordsMerged | Corrected):
        return ()
    mergers = read_model.rows(MERGED_RECORDS, cadre_id=event.stream)
    return [event.stream, *(row.merged_id for row in mergers)]


def find_moved_cadre(event: Recorded[RotationFact], read_model: ReadModel) -> Collection[str]:
    """The cadre of a move, of its end, or of a correction of either."""
    is_move = isinstance(event.fact, Rotated | Transferred | RotationEnded | Corrected)
    return (event.stream,) if is_move else ()


def find_late_told_cadre(event: Recorded[AppointmentFact], read_model: ReadModel) -> Collection[str]:
    """The cadre whose tenure is told or corrected after something that ends it."""
    match event.fact:
        case Appointed() | Elected() | Designated():
            return (event.stream,) if has_ended(event.stream, event.fact, read_model) else ()
        case Reappointed() | Corrected():
            return (event.stream,)
    return ()


def _keep_tenures(
    name: str, follows: Topic[Any], find_streams: Callable[[Recorded[Any], ReadModel], Collection[str]]
) -> Reconciliation[Any]:
    return Reconciliation(
        name=name, follows=follows, find_streams=find_streams, derive=derive_follow_ups, key_of=key_of
    )


ended_with_service = Reaction(name="end_service", follows=personnel, react=end_service)
moved_by_rotation = Reaction(name="follow_move", follows=rotation, react=follow_move)
ended_with_the_post = Reaction(name="end_tenures", follows=organization, react=end_tenures)
kept_by_posts = _keep_tenures("tenures_by_posts", organization, find_cadres_of_posts)
kept_by_service = _keep_tenures("tenures_by_service", personnel, find_files)
kept_by_moves = _keep_tenures("tenures_by_moves", rotation, find_moved_cadre)
kept_when_told = _keep_tenures("tenures_when_told", topic, find_late_told_cadre)
kept_by_entries = no_follow_ups("tenures_by_entries", planning)
