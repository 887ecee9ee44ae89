"""What a proposed move needs outside its stream.

So much is checked here that the tenures which appointment ends and starts in reaction to the move cannot be refused.
"""

from services.appointment.events import Holding
from services.chronicle.rows import (
    AWAY,
    CADRES,
    POSTS,
    ROTATION_PLANS,
    TENURES,
    UNITS,
    TenureRow,
    find_taken_seats,
)
from services.rotation.domain.rejections import (
    FromTenureNeeded,
    NotHeldThen,
    PostNotInExistence,
    SamePlace,
    SeatsTaken,
    UnknownReference,
)
from services.rotation.events import (
    MoveKind,
    PlanApproved,
    Rotated,
    RotationEnded,
    RotationFact,
    Transferred,
)
from shared.core.decider import ReadModel
from shared.core.partial_dates import FIRST_DAY, Day, PDate, earliest, latest
from shared.core.projection import R, View


def check(stream: str, proposed: RotationFact, read_model: ReadModel) -> None:
    """Cadre, posts, units and plan items are known here; the post exists and the old tenure is held on that day."""
    match proposed:
        case PlanApproved():
            find_referenced(read_model, UNITS, "owner", unit_id=proposed.owner)
            for item in proposed.items:
                find_referenced(read_model, CADRES, "items", cadre_id=item.cadre)
        case Rotated() | Transferred():
            if not stream:
                raise UnknownReference(field="cadre")
            find_referenced(read_model, CADRES, "cadre", cadre_id=stream)
            find_referenced(read_model, UNITS, "to_unit", unit_id=proposed.to_unit)
            find_referenced(
                read_model,
                ROTATION_PLANS,
                "plan_item",
                plan_id=proposed.plan,
                item_id=proposed.plan_item,
            )
            require_new_post(stream, proposed, read_model)
            require_old_tenure(stream, proposed, read_model)
        case RotationEnded():
            return


def find_referenced(read_model: ReadModel, view: View[R], field: str, **ids: str) -> list[R]:
    """The rows that a field points at; none where an id is empty. UnknownReference where they are not known here."""
    if not all(ids.values()):
        return []
    rows = read_model.rows(view, **ids)
    if not rows:
        raise UnknownReference(field=field, **ids)
    return rows


def require_new_post(stream: str, proposed: Rotated | Transferred, read_model: ReadModel) -> None:
    """The post that the move leads to exists on that day, in some reading of the dates, and has a free seat where it
    refuses more holders."""
    versions = find_referenced(read_model, POSTS, "to_post", post_id=proposed.to_post)
    when = proposed.effective_from
    existing = [row for row in versions if row.valid_from <= latest(when) and earliest(when) < row.valid_to]
    if versions and not existing:
        raise PostNotInExistence(field="to_post", id=proposed.to_post, when=when)
    if versions and (taken := find_taken_seats(proposed.to_post, when, {stream}, read_model)):
        raise SeatsTaken(field="to_post", seats=taken.seats, holders=taken.holders, when=taken.day)


def require_old_tenure(stream: str, proposed: Rotated | Transferred, read_model: ReadModel) -> None:
    """The tenure that the move ends is held then, and no other primary one would stay beside the new one."""
    when = proposed.effective_from
    tenures = read_model.rows(TENURES, cadre_id=stream)
    held = [row for row in tenures if row.stretch == 0 and may_be_held(row, when)]
    left = [
        row
        for row in held
        if row.tenure_id == proposed.from_tenure
        and (row.end in ("", when) or ended_by_reaction(stream, row, read_model))
    ]
    if proposed.from_tenure and not left:
        raise NotHeldThen(field="from_tenure", tenure=proposed.from_tenure, when=when)
    if isinstance(proposed, Rotated):
        new_units = {row.unit_id for row in read_model.rows(POSTS, post_id=proposed.to_post)}
        for row in left:
            if new_units & {post.unit_id for post in read_model.rows(POSTS, post_id=row.post_id)}:
                raise SamePlace(field="to_post", post=proposed.to_post)
    if proposed.to_post and replaces_primary_post(proposed):
        for row in held:
            if row not in left and row.holding == Holding.PRIMARY and row.end != when:
                raise FromTenureNeeded(field="from_tenure", tenure=row.tenure_id)


def may_be_held(row: TenureRow, when: PDate) -> bool:
    """Before that day and up to it, in some reading of the dates."""
    return row.valid_from < latest(when) and (not row.ended or earliest(when) <= latest(row.end))


def ended_by_reaction(cadre: str, row: TenureRow, read_model: ReadModel) -> bool:
    """Whether the tenure ended when its post, its unit or the cadre's service did: an end that follows from that moves
    when an earlier cause is told."""
    end = (surely(row.end), latest(row.end))
    posts = read_model.rows(POSTS, post_id=row.post_id)
    units = [unit for post in posts for unit in read_model.rows(UNITS, unit_id=post.unit_id)]
    closed = any((each.certain_to, each.valid_to) == end for each in posts if each.closed_by) or any(
        (each.certain_to, each.valid_to) == end for each in units if each.closed_by
    )
    return closed or any(
        (each.valid_from, each.certain_from) == end for each in read_model.rows(AWAY, cadre_id=cadre)
    )


def surely(end: PDate) -> Day:
    """The first day that the end can mean; an unknown one may be any."""
    return earliest(end) if end else FIRST_DAY


def replaces_primary_post(proposed: Rotated | Transferred) -> bool:
    """Whether the new post takes the place of the primary one, instead of being held beside it."""
    seconded = isinstance(proposed, Transferred) and proposed.kind is MoveKind.SECONDMENT
    return not seconded and proposed.holding is Holding.PRIMARY
