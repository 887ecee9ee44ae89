"""What must hold elsewhere for a move to make sense: so much that appointment's answer to it cannot be refused."""

from typing import Any

from services.appointment.events import Holding
from services.rotation.domain.rejected import (
    FromTenureNeeded,
    NotHeldThen,
    PostNotInExistence,
    SamePlace,
    UnknownReference,
)
from services.rotation.events import MoveKind, PlanApproved, Rotated, RotationFact, Transferred
from shared.core.decider import ReadModel
from shared.core.partial_dates import PDate, earliest, latest


def check(stream: str, proposed: RotationFact, known: ReadModel) -> None:
    """Cadre, posts, units and plan items are known here; the post exists and the old tenure is held on that day."""
    match proposed:
        case PlanApproved():
            _known(known, "units", "owner", unit_id=proposed.owner)
            for item in proposed.items:
                _known(known, "cadres", "items", cadre_id=item.cadre)
        case Rotated() | Transferred():
            if not stream:
                raise UnknownReference(field="cadre")
            _known(known, "cadres", "cadre", cadre_id=stream)
            _known(known, "units", "to_unit", unit_id=proposed.to_unit)
            _known(known, "rotation_plans", "plan_item", plan_id=proposed.plan, item_id=proposed.plan_item)
            _to(proposed, known)
            _from(stream, proposed, known)


def _known(known: ReadModel, projection: str, field: str, **where: str) -> list[Any]:
    """The rows that are pointed at; nothing is pointed at by empty ids."""
    if not all(where.values()):
        return []
    rows = known.rows(projection, **where)
    if not rows:
        raise UnknownReference(field=field, **where)
    return rows


def _to(proposed: Rotated | Transferred, known: ReadModel) -> None:
    rows = _known(known, "posts", "to_post", post_id=proposed.to_post)
    when = proposed.effective_from
    standing = [row for row in rows if row.valid_from <= latest(when) and earliest(when) < row.valid_to]
    if rows and not standing:
        raise PostNotInExistence(field="to_post", id=proposed.to_post, when=when)


def _from(stream: str, proposed: Rotated | Transferred, known: ReadModel) -> None:
    """The tenure it ends is held then, and no other primary one would stand beside the new one."""
    when = proposed.effective_from
    held = [row for row in known.rows("tenures", cadre_id=stream) if row.stretch == 0 and _held(row, when)]
    left = [row for row in held if row.tenure_id == proposed.from_tenure and row.end in ("", when)]
    if proposed.from_tenure and not left:
        raise NotHeldThen(field="from_tenure", tenure=proposed.from_tenure, when=when)
    if isinstance(proposed, Rotated):
        there = {row.unit_id for row in known.rows("posts", post_id=proposed.to_post)}
        for row in left:
            if there & {post.unit_id for post in known.rows("posts", post_id=row.post_id)}:
                raise SamePlace(field="to_post", post=proposed.to_post)
    if proposed.to_post and not _beside(proposed):
        for row in held:
            if row not in left and row.holding == Holding.PRIMARY and row.end != when:
                raise FromTenureNeeded(field="from_tenure", tenure=row.tenure_id)


def _held(row: Any, when: PDate) -> bool:
    """Before that day and up to it, in some reading of the dates."""
    return row.valid_from < latest(when) and (not row.ended or earliest(when) <= latest(row.end))


def _beside(proposed: Rotated | Transferred) -> bool:
    """Whether the new post is held beside the old one."""
    seconded = isinstance(proposed, Transferred) and proposed.kind is MoveKind.SECONDMENT
    return seconded or proposed.holding is not Holding.PRIMARY
