"""The facts that rotation records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a cadre (rotated, transferred, rotation-ended) and a rotation plan (plan-approved). Appointment reacts to a
move by ending the old tenure and starting the new one; the new tenure's id is the event id of the move.
"""

import msgspec

from services.appointment.events import Holding
from services.organization.events import Bloc
from shared.core.facts import Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import Day


class Direction(LocalizedEnum):
    UP = "UP", "lên cấp trên", "up"
    DOWN = "DOWN", "xuống cấp dưới", "down"
    LATERAL = "LATERAL", "ngang", "lateral"
    CROSS_PROVINCE = "CROSS_PROVINCE", "giữa các tỉnh", "across provinces"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class RotationPurpose(LocalizedEnum):
    TRAINING = "TRAINING", "đào tạo, rèn luyện", "training through practice"
    NOT_LOCAL = "NOT_LOCAL", "không là người địa phương", "to have a non-local head"
    TERM_LIMIT = "TERM_LIMIT", "không quá hai nhiệm kỳ", "two-term limit"
    REINFORCE = "REINFORCE", "tăng cường", "reinforcement"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class MoveKind(LocalizedEnum):
    """A move that is not a rotation. Seconded and reinforcing cadres are expected back; the others have moved."""

    TRANSFER = "TRANSFER", "điều động", "transfer"
    SECONDMENT = "SECONDMENT", "biệt phái", "secondment"
    REINFORCEMENT = "REINFORCEMENT", "tăng cường", "reinforcement"
    POSITION_CHANGE = "POSITION_CHANGE", "chuyển đổi vị trí công tác", "periodic change of position"
    REPLACEMENT = "REPLACEMENT", "thay thế, bố trí công tác khác", "replaced and reassigned"
    REORG = "REORG", "sắp xếp tổ chức", "reorganisation"


class RotationOutcome(LocalizedEnum):
    RETURNED = "RETURNED", "trở về", "returned"
    MOVED_ON = "MOVED_ON", "chuyển nơi khác", "moved on"
    SETTLED = "SETTLED", "ở lại công tác lâu dài", "settled for good"
    RECALLED = "RECALLED", "rút về trước hạn", "recalled"
    SERVICE_ENDED = "SERVICE_ENDED", "thôi công tác", "service ended"
    UNIT_ABOLISHED = "UNIT_ABOLISHED", "đơn vị kết thúc hoạt động", "unit abolished"


class PlanItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A planned move of one named cadre, or of `count` cadres who are not named."""

    item: Id
    """Id of the item within its plan."""
    cadre: Id = ""
    """Id of the cadre; empty: not named."""
    count: int = 1
    """How many cadres, where they are not named."""
    from_unit: Id = ""
    """Id of the unit they come from."""
    to_unit: Id = ""
    """Id of the unit they go to."""
    to_post: Id = ""
    """Id of the post they go to."""
    direction: Direction = Direction.UNSTATED
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    due_on: Day | None = None
    """The day by which they are to move."""


class RotationFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("rotation")):
    """What every fact of this service has in common."""


class PlanApproved(RotationFactBase, frozen=True, kw_only=True):
    """A plan is not a move: moves point at its items. A later version replaces the plan, never a fact."""

    owner: Id
    """Id of the body whose plan it is."""
    term: str
    """The term it plans for, such as 2020-2025."""
    items: tuple[PlanItem, ...]
    """The moves that it plans."""
    title: str = ""
    """What it is called."""
    plan_version: int = 1
    """Number of the version of the plan."""


class Rotated(RotationFactBase, frozen=True, kw_only=True):
    """A posting of `min_months` at least, after which the cadre is expected back or moved on.

    `from_tenure` empty: the post before is not on record. `expected_end` None: after `min_months`.
    `supervisor` is the cadre who answers for following it; `planned_entry` the planning entry it prepares for.
    """

    rotation: Id
    """Id of the rotation, chosen by the caller."""
    to_post: Id
    """Id of the post to be held."""
    to_unit: Id = ""
    """Id of its unit, where that is not known from the post."""
    from_tenure: Id = ""
    """Id of the tenure that is left; empty: not on record."""
    from_post: Id = ""
    """Id of the post that is left."""
    from_unit: Id = ""
    """Id of the unit that is left."""
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    direction: Direction = Direction.UNSTATED
    purpose: RotationPurpose = RotationPurpose.UNSTATED
    holding: Holding = Holding.PRIMARY
    """Whether it is the main post, a concurrent one, or held for the time being."""
    min_months: int = 36
    """How many months it lasts at least."""
    expected_end: Day | None = None
    """The day on which it should end; null: after `min_months`."""
    supervisor: Id = ""
    """Id of the cadre who answers for following it."""
    plan: Id = ""
    """Id of the rotation plan."""
    plan_item: Id = ""
    """Id of the item of that plan."""
    planned_entry: Id = ""
    """Id of the planning entry that it prepares for."""


class Transferred(RotationFactBase, frozen=True, kw_only=True):
    """Any other move. `to_post` empty: into `to_unit`, no post known. A secondment keeps the home tenure open, the
    others end `from_tenure`. `trigger` is the event that led to it, such as an evaluation; `ground` says why."""

    move: Id
    """Id of the move, chosen by the caller."""
    kind: MoveKind
    to_post: Id = ""
    """Id of the post to be held; empty: not known."""
    to_unit: Id = ""
    """Id of the unit to serve in."""
    from_tenure: Id = ""
    """Id of the tenure that is left."""
    from_post: Id = ""
    """Id of the post that is left."""
    from_unit: Id = ""
    """Id of the unit that is left."""
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    direction: Direction = Direction.UNSTATED
    holding: Holding = Holding.PRIMARY
    """Whether it is the main post, a concurrent one, or held for the time being."""
    until: Day | None = None
    """The first day after it, where it is for a time."""
    supervisor: Id = ""
    """Id of the cadre who answers for following it."""
    plan: Id = ""
    """Id of the rotation plan."""
    plan_item: Id = ""
    """Id of the item of that plan."""
    trigger: str = ""
    """Event id of the fact that led to it, such as an evaluation."""
    ground: str = ""
    """Why, in words."""


class RotationEnded(RotationFactBase, frozen=True, kw_only=True):
    """A rotation, secondment or reinforcement is over; `rotation` is its id. Months served follow from the dates.

    `next_post` is where the cadre goes (empty: back to the tenure that was kept, or not known). `approach`: the next
    post is a step towards the planned title; None: not judged.
    """

    closes = True
    rotation: Id
    """Id of the rotation or move."""
    outcome: RotationOutcome
    reason: str = ""
    """Why, in words."""
    next_post: Id = ""
    """Id of the post where the cadre goes; empty: back to the tenure that was kept, or not known."""
    next_holding: Holding = Holding.PRIMARY
    approach: bool | None = None
    """Whether the next post is a step towards the planned title; null: not judged."""
    trigger: str = ""
    """Event id of the fact that it follows from."""


RotationFact = PlanApproved | Rotated | Transferred | RotationEnded

topic: Topic[RotationFact] = Topic("rotation", RotationFact)
