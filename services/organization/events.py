"""The facts that organization records and publishes. Their names and fields are stored for ever: add, never change.

Streams: a unit, a post, a reorganisation (the stream id is the id of the thing).
"""

from typing import Literal

import msgspec

from shared.core.facts import Code, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum
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
    """A unit exists from this day on."""

    name: str
    """Its official name."""
    kind: Kind
    kind_label: str = ""
    """The type in the words of the source, where it differs from ours."""
    level: str = ""
    """CENTRAL, PROVINCE, DISTRICT or COMMUNE; empty: none of them."""
    bloc: Bloc = Bloc.UNSTATED
    """The bloc that it belongs to."""
    parent: Id = ""
    """Id of the unit above it; empty: none."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""
    short_name: str = ""
    """A shorter name in use."""
    seat: str = ""
    """Where its office is, in words."""
    reorganisation: Id = ""
    """Id of the reorganisation by which it happened, if by one."""
    baseline: bool = False
    """It existed already on this date, where the source begins."""
    refuse_excess: bool = False
    """Whether a holder beyond the seats of one of its posts is refused; else recorded with the finding SEATS."""


class UnitRenamed(OrganizationFactBase, frozen=True, kw_only=True):
    """SPELLING corrects how the name is written, at all times; RENAME changes it from a date."""

    name: str
    """The new name."""
    change: Literal["RENAME", "SPELLING"] = "RENAME"
    """RENAME from a date, or SPELLING: so it should always have been written."""
    codes: tuple[Code, ...] | None = None
    """All its codes from then on; null: as before."""


class UnitReparented(OrganizationFactBase, frozen=True, kw_only=True):
    """A unit belongs under another one from this day on."""

    parent: Id
    """Id of the unit above it; empty: none."""
    reason: str = ""
    """Why, in words."""
    codes: tuple[Code, ...] | None = None
    """All its codes from then on; null: as before."""


class UnitReclassified(OrganizationFactBase, frozen=True, kw_only=True):
    """A unit is of another kind or level from this day on."""

    kind: Kind
    level: str
    """CENTRAL, PROVINCE, DISTRICT or COMMUNE; empty: none of them."""
    kind_label: str = ""
    """The type in the words of the source, where it differs from ours."""
    codes: tuple[Code, ...] | None = None
    """All its codes from then on; null: as before."""
    refuse_excess: bool | None = None
    """Whether holders beyond the seats of its posts are refused from then on; null: as before."""


class UnitDissolved(OrganizationFactBase, frozen=True, kw_only=True):
    """A unit no longer exists from this day on."""

    closes = True
    reason: DissolutionReason
    """Why it ended."""
    reorganisation: Id = ""
    """Id of the reorganisation by which it happened, if by one."""


class OversightSet(OrganizationFactBase, frozen=True, kw_only=True):
    """Two parents (phối quản): a vertical authority beside the territorial one; `shares` says who decides what."""

    vertical: Id
    """Id of the authority of its own branch."""
    territorial: Id
    """Id of the authority of its territory."""
    shares: dict[Literal["appoint", "evaluate", "plan", "pay"], Id] = {}
    """Which of the two appoints, evaluates, plans and pays, by id."""
    until: Day | None = None
    """The first day on which it no longer holds; null: open."""


class QuotaSet(OrganizationFactBase, frozen=True, kw_only=True):
    """How many people or posts a unit may have, from this day on."""

    quota: QuotaKind
    amount: int
    """How many."""
    overage_allowed: int = 0
    """How many more are allowed for a time."""
    overage_until: Day | None = None
    """The first day on which those are no longer allowed."""


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many units of a kind a plan wants to have."""

    kind: Kind
    from_count: int
    """How many there are."""
    to_count: int
    """How many there shall be."""
    due_on: Day | None = None
    """The day by which it is to be reached."""


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One clause of a reorganisation: so much of the source goes into the target. Shares are 0..1."""

    source: Id
    """Id of the unit that ends or gives."""
    target: Id
    """Id of the unit that receives."""
    portion: Portion
    clause_no: int = 1
    """Number of the clause in the resolution."""
    area_share: float | None = None
    """Share of the source's area, 0 to 1; null: not known."""
    population_share: float | None = None
    """Share of the source's population, 0 to 1; null: not known."""


class ReorganisationApproved(OrganizationFactBase, frozen=True, kw_only=True):
    """A reorganisation is planned; nothing has changed yet. A later version replaces the plan."""

    title: str
    """What it is called."""
    scope: str = ""
    """What it is about, in words."""
    targets: tuple[Target, ...] = ()
    """How many units of each kind it wants to have."""
    edges: tuple[Edge, ...] = ()
    """What is to go where."""
    plan_version: int = 1
    """Number of the version of the plan."""


class ReorganisationExecuted(OrganizationFactBase, frozen=True, kw_only=True):
    """A reorganisation is carried out on this day: what went where."""

    title: str
    """What it is called."""
    edges: tuple[Edge, ...]
    """What went where."""
    greenfield: tuple[Id, ...] = ()
    """Ids of the units that are new and follow no other."""


class PostCreated(OrganizationFactBase, frozen=True, kw_only=True):
    """A post exists from this day on."""

    unit: Id
    """Id of the unit that it belongs to."""
    title: str
    """Its title."""
    title_code: str = ""
    """Code of the title, the same in all units."""
    role: Role = Role.UNSTATED
    """What its holder is in the unit."""
    rank_group: str = ""
    """The group of posts that it ranks with."""
    seats: int = 1
    """0: as many as are appointed."""
    route: Route = Route.APPOINTED
    """How it is filled."""
    term_months: int = 60
    """Length of a term in months; 0: no fixed term."""
    key_title: bool = False
    """Whether it is a key title (chức danh chủ chốt)."""
    paired_post: Id = ""
    """Id of the post that the same person is meant to hold."""
    not_local: bool = False
    """Whether its holder may not be a local person."""
    codes: tuple[Code, ...] = ()
    """The codes that other schemes give to it."""
    template: str = ""
    """The model that it was made from."""
    refuse_excess: bool = False
    """Whether a holder beyond its seats is refused; else recorded with the finding SEATS."""


class PostRevised(OrganizationFactBase, frozen=True, kw_only=True):
    """A post is described anew from this day on: every field is stated again."""

    title: str
    """Its title."""
    title_code: str = ""
    """Code of the title, the same in all units."""
    role: Role = Role.UNSTATED
    """What its holder is in the unit."""
    rank_group: str = ""
    """The group of posts that it ranks with."""
    seats: int = 1
    """How many may hold it; 0: as many as are appointed."""
    route: Route = Route.APPOINTED
    """How it is filled."""
    term_months: int = 60
    """Length of a term in months; 0: no fixed term."""
    key_title: bool = False
    """Whether it is a key title (chức danh chủ chốt)."""
    paired_post: Id = ""
    """Id of the post that the same person is meant to hold."""
    not_local: bool = False
    """Whether its holder may not be a local person."""
    refuse_excess: bool = False
    """Whether a holder beyond its seats is refused; else recorded with the finding SEATS."""


class PostAbolished(OrganizationFactBase, frozen=True, kw_only=True):
    """A post no longer exists from this day on."""

    closes = True
    reason: str
    """Why, in words."""
    reorganisation: Id = ""
    """Id of the reorganisation by which it happened, if by one."""
    successor: Id = ""
    """Id of the post that takes its place."""


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
