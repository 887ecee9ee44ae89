"""The facts that organization records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a unit, a post, a reorganisation (the stream id is the id of the thing).
"""

from typing import Literal

import msgspec

from shared.core.facts import Code, Fact, Topic
from shared.core.localized_enum import LocalizedEnum, event_tag
from shared.core.partial_dates import Day


class Kind(LocalizedEnum):
    """What a unit is (domain brief §4.1, §4.2)."""

    CENTRAL = "CENTRAL", "cơ quan Trung ương", "central body"
    PROVINCE = "PROVINCE", "tỉnh", "province"
    MUNICIPALITY = "MUNICIPALITY", "thành phố trực thuộc Trung ương", "centrally-run city"
    URBAN_DISTRICT = "URBAN_DISTRICT", "quận", "urban district"
    RURAL_DISTRICT = "RURAL_DISTRICT", "huyện", "rural district"
    DISTRICT_TOWN = "DISTRICT_TOWN", "thị xã", "district town"
    PROVINCIAL_CITY = "PROVINCIAL_CITY", "thành phố thuộc tỉnh", "provincial city"
    SUB_CITY = "SUB_CITY", "thành phố thuộc thành phố", "city within a city"
    COMMUNE = "COMMUNE", "xã", "commune"
    WARD = "WARD", "phường", "ward"
    TOWNSHIP = "TOWNSHIP", "thị trấn", "township"
    SPECIAL_ZONE = "SPECIAL_ZONE", "đặc khu", "special zone"
    VILLAGE = "VILLAGE", "thôn", "village"
    RESIDENTIAL_GROUP = "RESIDENTIAL_GROUP", "tổ dân phố", "residential group"
    PARTY_COMMITTEE = "PARTY_COMMITTEE", "cấp ủy", "Party committee"
    PARTY_BOARD = "PARTY_BOARD", "ban Đảng", "Party board"
    INSPECTION_COMMISSION = "INSPECTION_COMMISSION", "ủy ban kiểm tra", "inspection commission"
    PEOPLES_COUNCIL = "PEOPLES_COUNCIL", "hội đồng nhân dân", "People's Council"
    PEOPLES_COMMITTEE = "PEOPLES_COMMITTEE", "ủy ban nhân dân", "People's Committee"
    DEPARTMENT = "DEPARTMENT", "sở", "department"
    DIVISION = "DIVISION", "phòng", "division"
    BOARD = "BOARD", "ban", "board"
    SUB_DEPARTMENT = "SUB_DEPARTMENT", "chi cục", "sub-department"
    CENTRE = "CENTRE", "trung tâm", "centre"
    FATHERLAND_FRONT = "FATHERLAND_FRONT", "Mặt trận Tổ quốc", "Fatherland Front"
    MASS_ORG = "MASS_ORG", "đoàn thể", "mass organisation"
    SERVICE_UNIT = "SERVICE_UNIT", "đơn vị sự nghiệp công lập", "public service unit"
    JOINT_PARTY_GOV = (
        "JOINT_PARTY_GOV",
        "cơ quan hợp nhất Đảng và chính quyền",
        "joint Party and government body",
    )
    OTHER = "OTHER", "tổ chức khác", "other body"


class Bloc(LocalizedEnum):
    PARTY = "PARTY", "khối Đảng", "Party bloc"
    GOVERNMENT = "GOVERNMENT", "khối chính quyền", "government bloc"
    FRONT = "FRONT", "khối Mặt trận, đoàn thể", "front and mass bloc"
    SERVICE = "SERVICE", "khối sự nghiệp", "service bloc"
    JUSTICE_SECURITY = "JUSTICE_SECURITY", "khối nội chính", "internal-affairs bloc"
    TERRITORY = "TERRITORY", "đơn vị hành chính", "administrative unit"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class DissolutionReason(LocalizedEnum):
    MERGED = "MERGED", "sáp nhập", "merged into another"
    CONSOLIDATED = "CONSOLIDATED", "hợp nhất", "consolidated into a new one"
    DIVIDED = "DIVIDED", "chia", "divided"
    LEVEL_ABOLISHED = "LEVEL_ABOLISHED", "bỏ cấp hành chính", "level abolished"
    ENDED = "ENDED", "giải thể", "ended"


class Portion(LocalizedEnum):
    WHOLE = "WHOLE", "toàn bộ", "the whole"
    PART = "PART", "một phần", "a part"
    REMAINDER = "REMAINDER", "phần còn lại", "what remains"


class QuotaKind(LocalizedEnum):
    PAYROLL_ADMIN = "PAYROLL_ADMIN", "biên chế hành chính", "administrative payroll"
    PAYROLL_SERVICE = "PAYROLL_SERVICE", "biên chế sự nghiệp", "service payroll"
    HEADS = "HEADS", "cấp trưởng", "heads"
    DEPUTIES = "DEPUTIES", "cấp phó", "deputies"
    SEATS = "SEATS", "số lượng ghế", "seats"


class Role(LocalizedEnum):
    HEAD = "HEAD", "người đứng đầu", "head"
    DEPUTY = "DEPUTY", "cấp phó", "deputy"
    MEMBER = "MEMBER", "ủy viên", "member"
    STAFF = "STAFF", "công chức", "staff"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class Route(LocalizedEnum):
    APPOINTED = "APPOINTED", "bổ nhiệm", "appointed"
    ELECTED = "ELECTED", "bầu cử", "elected"
    DESIGNATED = "DESIGNATED", "chỉ định", "designated"
    MIXED = "MIXED", "nhiều hình thức", "several routes"


class OrganizationFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("organization")):
    """What every fact of this service has in common."""


class UnitEstablished(OrganizationFactBase, frozen=True, kw_only=True):
    name: str
    kind: Kind
    kind_label: str = ""
    """The type in the words of the source, where it differs from ours."""
    level: str = ""
    bloc: Bloc = Bloc.UNSTATED
    parent: str = ""
    codes: tuple[Code, ...] = ()
    short_name: str = ""
    seat: str = ""
    reorganisation: str = ""
    baseline: bool = False
    """It existed already on this date, where the source begins."""


class UnitRenamed(OrganizationFactBase, frozen=True, kw_only=True):
    """SPELLING corrects how the name is written, at all times; RENAME changes it from a date."""

    name: str
    change: Literal["RENAME", "SPELLING"] = "RENAME"
    codes: tuple[Code, ...] | None = None


class UnitReparented(OrganizationFactBase, frozen=True, kw_only=True):
    parent: str
    reason: str = ""
    codes: tuple[Code, ...] | None = None


class UnitReclassified(OrganizationFactBase, frozen=True, kw_only=True):
    kind: Kind
    level: str
    kind_label: str = ""
    codes: tuple[Code, ...] | None = None


class UnitDissolved(OrganizationFactBase, frozen=True, kw_only=True):
    closes = True
    reason: DissolutionReason
    reorganisation: str = ""


class OversightSet(OrganizationFactBase, frozen=True, kw_only=True):
    """Two parents (phối quản): a vertical authority beside the territorial one; `shares` says who decides what."""

    vertical: str
    territorial: str
    shares: dict[Literal["appoint", "evaluate", "plan", "pay"], str] = {}
    until: Day | None = None


class QuotaSet(OrganizationFactBase, frozen=True, kw_only=True):
    quota: QuotaKind
    amount: int
    overage_allowed: int = 0
    overage_until: Day | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many units of a kind a plan wants to have."""

    kind: Kind
    from_count: int
    to_count: int
    due_on: Day | None = None


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One clause of a reorganisation: so much of the source goes into the target. Shares are 0..1."""

    source: str
    target: str
    portion: Portion
    clause_no: int = 1
    area_share: float | None = None
    population_share: float | None = None


class ReorganisationApproved(OrganizationFactBase, frozen=True, kw_only=True):
    title: str
    scope: str = ""
    targets: tuple[Target, ...] = ()
    edges: tuple[Edge, ...] = ()
    plan_version: int = 1


class ReorganisationExecuted(OrganizationFactBase, frozen=True, kw_only=True):
    title: str
    edges: tuple[Edge, ...]
    greenfield: tuple[str, ...] = ()


class PostCreated(OrganizationFactBase, frozen=True, kw_only=True):
    unit: str
    title: str
    title_code: str = ""
    role: Role = Role.UNSTATED
    rank_group: str = ""
    seats: int = 1
    """0: as many as are appointed."""
    route: Route = Route.APPOINTED
    term_months: int = 60
    key_title: bool = False
    paired_post: str = ""
    not_local: bool = False
    codes: tuple[Code, ...] = ()
    template: str = ""


class PostRevised(OrganizationFactBase, frozen=True, kw_only=True):
    title: str
    title_code: str = ""
    role: Role = Role.UNSTATED
    rank_group: str = ""
    seats: int = 1
    route: Route = Route.APPOINTED
    term_months: int = 60
    key_title: bool = False
    paired_post: str = ""
    not_local: bool = False


class PostAbolished(OrganizationFactBase, frozen=True, kw_only=True):
    closes = True
    reason: str
    reorganisation: str = ""
    successor: str = ""


OrganizationFact = (
    UnitEstablished
    | UnitRenamed
    | UnitReparented
    | UnitReclassified
    | UnitDissolved
    | OversightSet
    | QuotaSet
    | ReorganisationApproved
    | ReorganisationExecuted
    | PostCreated
    | PostRevised
    | PostAbolished
)

topic: Topic[OrganizationFact] = Topic("organization", OrganizationFact)
