"""The facts that rotation records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a cadre (rotated, transferred, rotation-ended) and a rotation plan (plan-approved). Appointment reacts to a
move by ending the old tenure and starting the new one; the new tenure's id is the event id of the move.
"""

import msgspec

from services.appointment.events import Holding
from services.organization.events import Bloc
from shared.core.facts import Fact, Topic
from shared.core.localized_enum import LocalizedEnum, event_tag
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

    item: str
    cadre: str = ""
    count: int = 1
    from_unit: str = ""
    to_unit: str = ""
    to_post: str = ""
    direction: Direction = Direction.UNSTATED
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    due_on: Day | None = None


class RotationFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("rotation")):
    """What every fact of this service has in common."""


class PlanApproved(RotationFactBase, frozen=True, kw_only=True):
    """A plan is not a move: moves point at its items. A later version replaces the plan, never a fact."""

    owner: str
    term: str
    items: tuple[PlanItem, ...]
    title: str = ""
    plan_version: int = 1


class Rotated(RotationFactBase, frozen=True, kw_only=True):
    """A posting of `min_months` at least, after which the cadre is expected back or moved on.

    `from_tenure` empty: the post before is not on record. `expected_end` None: after `min_months`.
    `supervisor` is the cadre who answers for following it; `planned_entry` the planning entry it prepares for.
    """

    rotation: str
    to_post: str
    to_unit: str = ""
    from_tenure: str = ""
    from_post: str = ""
    from_unit: str = ""
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    direction: Direction = Direction.UNSTATED
    purpose: RotationPurpose = RotationPurpose.UNSTATED
    holding: Holding = Holding.PRIMARY
    min_months: int = 36
    expected_end: Day | None = None
    supervisor: str = ""
    plan: str = ""
    plan_item: str = ""
    planned_entry: str = ""


class Transferred(RotationFactBase, frozen=True, kw_only=True):
    """Any other move. `to_post` empty: into `to_unit`, no post known. A secondment keeps the home tenure open, the
    others end `from_tenure`. `trigger` is the event that led to it, such as an evaluation; `ground` says why."""

    move: str
    kind: MoveKind
    to_post: str = ""
    to_unit: str = ""
    from_tenure: str = ""
    from_post: str = ""
    from_unit: str = ""
    from_bloc: Bloc = Bloc.UNSTATED
    to_bloc: Bloc = Bloc.UNSTATED
    direction: Direction = Direction.UNSTATED
    holding: Holding = Holding.PRIMARY
    until: Day | None = None
    supervisor: str = ""
    plan: str = ""
    plan_item: str = ""
    trigger: str = ""
    ground: str = ""


class RotationEnded(RotationFactBase, frozen=True, kw_only=True):
    """A rotation, secondment or reinforcement is over; `rotation` is its id. Months served follow from the dates.

    `next_post` is where the cadre goes (empty: back to the tenure that was kept, or not known). `approach`: the next
    post is a step towards the planned title; None: not judged.
    """

    closes = True
    rotation: str
    outcome: RotationOutcome
    reason: str = ""
    next_post: str = ""
    next_holding: Holding = Holding.PRIMARY
    approach: bool | None = None
    trigger: str = ""


RotationFact = PlanApproved | Rotated | Transferred | RotationEnded

topic: Topic[RotationFact] = Topic("rotation", RotationFact)
