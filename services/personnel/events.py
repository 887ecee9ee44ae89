"""The facts that personnel records and publishes. Their names and fields are stored for ever: add, never change.

Stream: a cadre. Fields marked PERSONAL are stored as ciphertext under the cadre's own key. Of those,
the ones marked SENSITIVE are for roles that are cleared for them.
"""

from typing import Annotated, Literal

from shared.core.facts import PERSONAL, SENSITIVE, Code, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import UNKNOWN, Day, PDate

Personal = Annotated[str, PERSONAL]
Sensitive = Annotated[str, PERSONAL, SENSITIVE]


class Category(LocalizedEnum):
    CADRE = "CADRE", "cán bộ", "cadre"
    CIVIL_SERVANT = "CIVIL_SERVANT", "công chức", "civil servant"
    PUBLIC_EMPLOYEE = "PUBLIC_EMPLOYEE", "viên chức", "public employee"
    PART_TIME_WORKER = "PART_TIME_WORKER", "người hoạt động không chuyên trách", "part-time grassroots worker"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class Relation(LocalizedEnum):
    """What the relative is to the cadre (114-QĐ/TW). Stored as text, for it is personal."""

    SPOUSE = "SPOUSE", "vợ, chồng", "spouse"
    PARENT = "PARENT", "cha, mẹ", "parent"
    CHILD = "CHILD", "con", "child"
    SIBLING = "SIBLING", "anh, chị, em ruột", "sibling"
    PARENT_IN_LAW = "PARENT_IN_LAW", "cha, mẹ vợ hoặc chồng", "parent-in-law"
    CHILD_IN_LAW = "CHILD_IN_LAW", "con dâu, con rể", "child-in-law"
    SIBLING_IN_LAW = "SIBLING_IN_LAW", "anh, chị, em vợ hoặc chồng", "sibling-in-law"


class TrainingField(LocalizedEnum):
    POL_THEORY = "POL_THEORY", "lý luận chính trị", "political theory"
    STATE_MGMT = "STATE_MGMT", "quản lý nhà nước", "state management"
    PROFESSIONAL = "PROFESSIONAL", "chuyên môn", "professional"
    LEADERSHIP = "LEADERSHIP", "kỹ năng lãnh đạo, quản lý", "leadership"
    DEFENCE = "DEFENCE", "quốc phòng, an ninh", "defence and security"
    LANGUAGE = "LANGUAGE", "ngoại ngữ, tin học", "languages and computing"
    OVERSEAS = "OVERSEAS", "bồi dưỡng ở nước ngoài", "overseas"
    UPDATE = "UPDATE", "cập nhật kiến thức", "refresher"


class TrainingStatus(LocalizedEnum):
    """Moves forward only: registered, then sent, then one of the three others."""

    REGISTERED = "REGISTERED", "đăng ký", "registered"
    SENT = "SENT", "đã cử đi", "sent"
    COMPLETED = "COMPLETED", "hoàn thành", "completed"
    FAILED = "FAILED", "không đạt", "failed"
    WITHDRAWN = "WITHDRAWN", "thôi học", "withdrawn"


class Side(LocalizedEnum):
    PARTY = "PARTY", "kỷ luật Đảng", "Party discipline"
    STATE = "STATE", "kỷ luật hành chính", "State discipline"


class DisciplineForm(LocalizedEnum):
    REPRIMAND = "REPRIMAND", "khiển trách", "reprimand"
    WARNING = "WARNING", "cảnh cáo", "warning"
    REMOVAL = "REMOVAL", "cách chức", "removal from post"
    EXPULSION = "EXPULSION", "khai trừ", "expulsion from the Party"
    DISMISSAL = "DISMISSAL", "bãi nhiệm", "dismissal of an elected cadre"
    PAY_CUT = "PAY_CUT", "hạ bậc lương", "pay cut"
    RANK_CUT = "RANK_CUT", "hạ ngạch", "lowering of rank"
    DEMOTION = "DEMOTION", "giáng chức", "demotion"
    DISCHARGE = "DISCHARGE", "buộc thôi việc", "forced leave"


class ServiceEnd(LocalizedEnum):
    RETIRED = "RETIRED", "nghỉ hưu", "retired"
    RETIRED_EARLY_REORG = (
        "RETIRED_EARLY_REORG",
        "nghỉ hưu trước tuổi do sắp xếp tổ chức",
        "retired early by reorganisation",
    )
    LEFT = "LEFT", "thôi việc", "left"
    DIED = "DIED", "từ trần", "died"
    DISCHARGED = "DISCHARGED", "buộc thôi việc", "discharged"
    MOVED_OUT = "MOVED_OUT", "chuyển khỏi hệ thống", "moved out of the system"


class PersonnelFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("personnel")):
    """What every fact of this service has in common."""


class Registered(PersonnelFactBase, frozen=True, kw_only=True):
    """A cadre is on file. `birth` is a partial date as text; `identity` the keyed hash of the national id."""

    name: Personal
    """Full name."""
    sex: Personal = ""
    """F or M; empty: not stated."""
    birth: Personal = ""
    """Date of birth, perhaps partial."""
    national_id: Sensitive = ""
    """National identity number."""
    ethnicity: Sensitive = ""
    """Ethnic group."""
    religion: Sensitive = ""
    """Religion."""
    home_place: Personal = ""
    """Home place (quê quán), in words."""
    cadre_no: str = ""
    """Number of the paper file."""
    category: Category = Category.UNSTATED
    """The legal status."""
    identity: str = ""
    """Keyed hash of the national identity number; made here, whatever is sent."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""
    home_unit: Personal = ""
    """The unit of the home place, by id: what "not a local person" is judged by."""
    party_joined: Personal = ""
    """Day of joining the Party, perhaps partial."""
    party_full: Personal = ""
    """Day of full membership in the Party, perhaps partial."""
    service_from: Personal = ""
    """Day of entering service, perhaps partial."""
    degree: str = ""
    """Highest degree."""
    theory: str = ""
    """Political theory: ELEMENTARY, INTERMEDIATE, ADVANCED, BACHELOR, or the words of the source."""
    state_management: str = ""
    """SPECIALIST, PRINCIPAL, SENIOR, or the words of the source."""


class ProfileAmended(PersonnelFactBase, frozen=True, kw_only=True):
    """Some fields of the file are different: from a date (CHANGE), or they always were (CORRECTION).

    An empty field says nothing about it; a value stated by mistake is removed by correcting the fact that stated it.
    """

    change: Literal["CHANGE", "CORRECTION"] = "CHANGE"
    """CHANGE: different from a date on. CORRECTION: it always was so."""
    name: Personal = ""
    """Full name."""
    sex: Personal = ""
    """F or M."""
    birth: Personal = ""
    """Date of birth, perhaps partial."""
    national_id: Sensitive = ""
    """National identity number."""
    ethnicity: Sensitive = ""
    """Ethnic group."""
    religion: Sensitive = ""
    """Religion."""
    home_place: Personal = ""
    """Home place (quê quán), in words."""
    home_unit: Personal = ""
    """Id of the unit of the home place."""
    party_joined: Personal = ""
    """Day of joining the Party, perhaps partial."""
    party_full: Personal = ""
    """Day of full membership in the Party, perhaps partial."""
    service_from: Personal = ""
    """Day of entering service, perhaps partial."""
    cadre_no: str = ""
    """Number of the paper file."""
    category: Category | None = None
    """The legal status; null: as before."""
    identity: str = ""
    """Keyed hash of the national identity number; made here, whatever is sent."""
    degree: str = ""
    """Highest degree."""
    theory: str = ""
    """Political theory: ELEMENTARY, INTERMEDIATE, ADVANCED, BACHELOR, or the words of the source."""
    state_management: str = ""
    """SPECIALIST, PRINCIPAL, SENIOR, or the words of the source."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""
    evidence: str = ""
    """What shows it, in words."""


class KinshipDeclared(PersonnelFactBase, frozen=True, kw_only=True):
    """A relative, who may be a cadre too (`relative`, by id): then it is shown on both sides.

    `relation` is a value of Relation. `until` is the first day on which it no longer holds (a divorce).
    """

    kinship: Id
    """Id of the declaration, chosen by the caller."""
    relation: Personal
    """What the relative is to the cadre: SPOUSE, PARENT, CHILD, SIBLING, PARENT_IN_LAW, CHILD_IN_LAW or
    SIBLING_IN_LAW."""
    relative: Personal = ""
    """Id of the relative, where they are a cadre."""
    relative_name: Personal = ""
    """Name of the relative."""
    relative_post: Personal = ""
    """What the relative does, in words."""
    declared_on: Day | None = None
    """The day of the declaration."""
    until: Day | None = None
    """The first day on which it no longer holds (a divorce)."""


class RecordsMerged(PersonnelFactBase, frozen=True, kw_only=True):
    """Two files were one person. Stream: the file that is kept; all that is recorded of `merged` is read through it.

    `duplicates` are tenures of the merged file that the kept file has too, under another id.
    """

    merged: Id
    """Id of the file that is given up."""
    reason: str
    """How it is known, in words."""
    duplicates: tuple[Id, ...] = ()
    """Ids of tenures of that file which the kept file has too."""


class Trained(PersonnelFactBase, frozen=True, kw_only=True):
    """A step of one training: recorded again, with the same id, when its status moves on."""

    training: Id
    """Id of the training, chosen by the caller."""
    field: TrainingField
    """What it is about."""
    status: TrainingStatus
    """How far it has come."""
    programme: str = ""
    """Name or code of the programme."""
    level: str = ""
    """The level reached or aimed at."""
    started: PDate = UNKNOWN
    """First day."""
    ended: PDate = UNKNOWN
    """Last day."""
    certificate: str = ""
    """Number of the certificate."""
    sent_by: str = ""
    """Who sent the cadre: an id, or words."""
    entry: Id = ""
    """The planning entry that it prepares for."""


class Disciplined(PersonnelFactBase, frozen=True, kw_only=True):
    """`effective_from` is when it takes effect, `decided_on` when it was decided: rules count from the decision.

    `expires_on` is the first day on which it no longer stands; not stated: it stands until more is known.
    """

    case: Id
    """Id of the case, chosen by the caller."""
    side: Side
    """Whether the Party or the State decided."""
    form: DisciplineForm
    """What was decided."""
    expires_on: Day | None = None
    """The first day on which it no longer stands; null: it stands until more is known."""
    tenure: Id = ""
    """Id of the tenure in which it happened."""
    grounds: Sensitive = ""
    """Why, in words."""


class ServiceEnded(PersonnelFactBase, frozen=True, kw_only=True):
    """`effective_from` is the first day out of service. Ends the tenures, planning entries and rotations."""

    closes = True
    kind: ServiceEnd
    """How service ended."""


class ServiceResumed(PersonnelFactBase, frozen=True, kw_only=True):
    """Back in service after it had ended."""

    reason: str = ""
    """Why, in words."""


PersonnelFact = (
    Registered
    | ProfileAmended
    | KinshipDeclared
    | RecordsMerged
    | Trained
    | Disciplined
    | ServiceEnded
    | ServiceResumed
)

topic: Topic[PersonnelFact] = Topic("personnel", PersonnelFact)
