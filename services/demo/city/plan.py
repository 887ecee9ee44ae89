"""Templates of the bodies: what a committee, a council, a board or a mass organisation consists of."""

from typing import NamedTuple

from services.organization.events import Bloc, Kind, Role, Route

HEAD, DEPUTY, MEMBER = Role.HEAD, Role.DEPUTY, Role.MEMBER
PARTY, GOVERNMENT, FRONT = Bloc.PARTY, Bloc.GOVERNMENT, Bloc.FRONT


class PostPlan(NamedTuple):
    """A post of a body; `with_` names posts (body/post) whose holders hold this one too, as far as there are seats."""

    key: str
    title: str
    code: str
    role: Role
    seats: int = 1
    elected: bool = False
    with_: tuple[str, ...] = ()
    key_title: bool = False

    @property
    def route(self) -> Route:
        return Route.ELECTED if self.elected else Route.APPOINTED


class BodyPlan(NamedTuple):
    key: str
    name: str
    kind: Kind
    bloc: Bloc
    posts: tuple[PostPlan, ...]
    in_: str = ""
    """The body above; empty: the territory."""


class Territory(NamedTuple):
    """A territory with its bodies; `unit` is its code in the list of units, `rank` orders heads, `over` decides on
    them."""

    key: str
    name: str
    unit: str
    rank: int
    level: str
    over: str
    bodies: tuple[BodyPlan, ...]

    def issuer(self, party: bool) -> tuple[str, str]:
        """Who signs documents for it, and the suffix of their numbers."""
        if not party:
            return f"Ủy ban nhân dân {self.name}", "/QĐ-UBND"
        name = self.bodies[0].name
        return name, {"Thành": "-QĐ/TU", "Quận": "-QĐ/QU", "Đảng": "-QĐ/ĐU"}[name.split()[0]]


def plan_body(
    key: str, name: str, kind: Kind, bloc: Bloc, head: str, *deputies: str, in_: str = ""
) -> BodyPlan:
    """A body with one head, and a post for each deputy; `2 Phó Trưởng phòng` is one post with two seats."""
    posts = [PostPlan("head", head, "HEAD", HEAD)]
    for number, deputy in enumerate(deputies, start=1):
        seats, _, title = deputy.partition(" ") if deputy[0].isdigit() else ("1", "", deputy)
        posts.append(PostPlan(f"deputy{number}", title, "DEPUTY_HEAD", DEPUTY, int(seats)))
    return BodyPlan(key, name, kind, bloc, tuple(posts), in_)


def plan_party(name: str, word: str, members: int, with_: tuple[str, ...]) -> BodyPlan:
    return BodyPlan(
        "DU",
        name,
        Kind.PARTY_COMMITTEE,
        PARTY,
        (
            PostPlan("secretary", f"Bí thư {word}", "SECRETARY", HEAD, 1, True, (), True),
            PostPlan(
                "standing",
                f"Phó Bí thư Thường trực {word}",
                "STANDING_DEPUTY_SECRETARY",
                DEPUTY,
                1,
                True,
                (),
                True,
            ),
            PostPlan(
                "deputy", f"Phó Bí thư {word}", "DEPUTY_SECRETARY", DEPUTY, 1, True, ("UB/chair",), True
            ),
            PostPlan(
                "member", f"Ủy viên Ban Thường vụ {word}", "STANDING_MEMBER", MEMBER, members, True, with_
            ),
        ),
    )


def plan_council(name: str, chair_is_secretary: bool, *committees: str) -> BodyPlan:
    chair = ("DU/secretary",) if chair_is_secretary else ()
    heads = (
        PostPlan(f"head{n}", f"Trưởng {each}", "COUNCIL_COMMITTEE_HEAD", HEAD, 1, True)
        for n, each in enumerate(committees, 1)
    )
    return BodyPlan(
        "HD",
        f"Hội đồng nhân dân {name}",
        Kind.PEOPLES_COUNCIL,
        GOVERNMENT,
        (
            PostPlan("chair", "Chủ tịch Hội đồng nhân dân", "COUNCIL_CHAIR", HEAD, 1, True, chair, True),
            PostPlan(
                "vice", "Phó Chủ tịch Hội đồng nhân dân", "COUNCIL_VICE_CHAIR", DEPUTY, 1, True, (), True
            ),
            *heads,
        ),
    )


def plan_committee(name: str, vice: int, members: int, with_: tuple[str, ...]) -> BodyPlan:
    return BodyPlan(
        "UB",
        f"Ủy ban nhân dân {name}",
        Kind.PEOPLES_COMMITTEE,
        GOVERNMENT,
        (
            PostPlan("chair", "Chủ tịch Ủy ban nhân dân", "COMMITTEE_CHAIR", HEAD, 1, True, (), True),
            PostPlan(
                "vice", "Phó Chủ tịch Ủy ban nhân dân", "COMMITTEE_VICE_CHAIR", DEPUTY, vice, True, (), True
            ),
            PostPlan("member", "Ủy viên Ủy ban nhân dân", "PC_MEMBER", MEMBER, members, True, with_),
        ),
    )


def plan_board(key: str, name: str, *deputies: str, head: str = "Trưởng ban") -> BodyPlan:
    kind = Kind.INSPECTION_COMMISSION if key == "KT" else Kind.PARTY_BOARD
    return plan_body(key, name, kind, PARTY, head, *(deputies or (f"Phó {head}",)), in_="DU")


def plan_division(
    key: str, name: str, *deputies: str, head: str = "Trưởng phòng", kind: Kind = Kind.DIVISION
) -> BodyPlan:
    return plan_body(key, name, kind, GOVERNMENT, head, *(deputies or (f"Phó {head}",)), in_="UB")


def plan_mass_organisations(place: str, deputies: int) -> tuple[BodyPlan, ...]:
    """The Front and the mass organisations of a territory."""
    names = {
        "DTN": ("Đoàn Thanh niên Cộng sản Hồ Chí Minh", "Bí thư"),
        "PN": ("Hội Liên hiệp Phụ nữ", "Chủ tịch"),
        "ND": ("Hội Nông dân", "Chủ tịch"),
        "CCB": ("Hội Cựu chiến binh", "Chủ tịch"),
    }
    front = f"Ủy ban Mặt trận Tổ quốc Việt Nam {place}"
    return (
        plan_body("MT", front, Kind.FATHERLAND_FRONT, FRONT, "Chủ tịch", "Phó Chủ tịch"),
        *(
            plan_body(key, f"{name} {place}", Kind.MASS_ORG, FRONT, head, *([f"Phó {head}"] * deputies))
            for key, (name, head) in names.items()
        ),
    )
