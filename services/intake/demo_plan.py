"""What the demonstration city is made of: bodies and posts of a city, a district and wards, before and after the reform."""

from typing import NamedTuple

from services.organization.events import Bloc, Kind, Role, Route

HEAD, DEPUTY, MEMBER = Role.HEAD, Role.DEPUTY, Role.MEMBER
PARTY, GOVERNMENT, FRONT, SERVICE, JUSTICE = (
    Bloc.PARTY,
    Bloc.GOVERNMENT,
    Bloc.FRONT,
    Bloc.SERVICE,
    Bloc.JUSTICE_SECURITY,
)


class Post(NamedTuple):
    """`with_`: posts (body/post, of the same territory) whose holders hold this one too, as far as there are seats."""

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


class Body(NamedTuple):
    key: str
    name: str
    kind: Kind
    bloc: Bloc
    posts: tuple[Post, ...]
    in_: str = ""
    """The body above; empty: the territory."""


class Territory(NamedTuple):
    """`unit` is its place in the list of units; `rank` how high its heads stand; `over` who decides on its heads."""

    key: str
    name: str
    unit: str
    rank: int
    over: str
    bodies: tuple[Body, ...]


def body(key: str, name: str, kind: Kind, bloc: Bloc, head: str, *deputies: str, in_: str = "") -> Body:
    """One head, and a post for each deputy; `2 Phó Trưởng phòng` is one post with two seats."""
    posts = [Post("head", head, "HEAD", HEAD)]
    for number, deputy in enumerate(deputies, start=1):
        seats, _, title = deputy.partition(" ") if deputy[0].isdigit() else ("1", "", deputy)
        posts.append(Post(f"deputy{number}", title, "DEPUTY_HEAD", DEPUTY, int(seats)))
    return Body(key, name, kind, bloc, tuple(posts), in_)


def party(name: str, word: str, members: int, with_: tuple[str, ...]) -> Body:
    return Body(
        "DU",
        name,
        Kind.PARTY_COMMITTEE,
        PARTY,
        (
            Post("secretary", f"Bí thư {word}", "SECRETARY", HEAD, 1, True, (), True),
            Post("standing", f"Phó Bí thư Thường trực {word}", "STANDING_DEPUTY_SECRETARY", DEPUTY, 1, True, (), True),
            Post("deputy", f"Phó Bí thư {word}", "DEPUTY_SECRETARY", DEPUTY, 1, True, ("UB/chair",), True),
            Post("member", f"Ủy viên Ban Thường vụ {word}", "STANDING_MEMBER", MEMBER, members, True, with_),
        ),
    )


def council(name: str, chair_is_secretary: bool, *committees: str) -> Body:
    chair = ("DU/secretary",) if chair_is_secretary else ()
    heads = (Post(f"head{n}", f"Trưởng {each}", "COUNCIL_COMMITTEE_HEAD", HEAD, 1, True) for n, each in enumerate(committees, 1))
    return Body(
        "HD",
        f"Hội đồng nhân dân {name}",
        Kind.PEOPLES_COUNCIL,
        GOVERNMENT,
        (
            Post("chair", "Chủ tịch Hội đồng nhân dân", "COUNCIL_CHAIR", HEAD, 1, True, chair, True),
            Post("vice", "Phó Chủ tịch Hội đồng nhân dân", "COUNCIL_VICE_CHAIR", DEPUTY, 1, True, (), True),
            *heads,
        ),
    )


def committee(name: str, vice: int, members: int, with_: tuple[str, ...]) -> Body:
    return Body(
        "UB",
        f"Ủy ban nhân dân {name}",
        Kind.PEOPLES_COMMITTEE,
        GOVERNMENT,
        (
            Post("chair", "Chủ tịch Ủy ban nhân dân", "COMMITTEE_CHAIR", HEAD, 1, True, (), True),
            Post("vice", "Phó Chủ tịch Ủy ban nhân dân", "COMMITTEE_VICE_CHAIR", DEPUTY, vice, True, (), True),
            Post("member", "Ủy viên Ủy ban nhân dân", "PC_MEMBER", MEMBER, members, True, with_),
        ),
    )


def board(key: str, name: str, *deputies: str, head: str = "Trưởng ban") -> Body:
    kind = Kind.INSPECTION_COMMISSION if key == "KT" else Kind.PARTY_BOARD
    return body(key, name, kind, PARTY, head, *(deputies or (f"Phó {head}",)), in_="DU")


def division(key: str, name: str, *deputies: str, head: str = "Trưởng phòng", kind: Kind = Kind.DIVISION) -> Body:
    return body(key, name, kind, GOVERNMENT, head, *(deputies or (f"Phó {head}",)), in_="UB")


def masses(place: str, deputies: int) -> tuple[Body, ...]:
    """The Front and the mass organisations of a place."""
    names = {
        "DTN": ("Đoàn Thanh niên Cộng sản Hồ Chí Minh", "Bí thư"),
        "PN": ("Hội Liên hiệp Phụ nữ", "Chủ tịch"),
        "ND": ("Hội Nông dân", "Chủ tịch"),
        "CCB": ("Hội Cựu chiến binh", "Chủ tịch"),
    }
    front = f"Ủy ban Mặt trận Tổ quốc Việt Nam {place}"
    return (
        body("MT", front, Kind.FATHERLAND_FRONT, FRONT, "Chủ tịch", "Phó Chủ tịch"),
        *(
            body(key, f"{name} {place}", Kind.MASS_ORG, FRONT, head, *([f"Phó {head}"] * deputies))
            for key, (name, head) in names.items()
        ),
    )


def city(key: str, unit: str, reformed: bool) -> Territory:
    of = "thành phố Hải Phòng"
    departments = {"NV": "Sở Nội vụ", "TC": "Sở Tài chính", "XD": "Sở Xây dựng", "GD": "Sở Giáo dục và Đào tạo", "YT": "Sở Y tế"}
    if not reformed:
        departments |= {"KH": "Sở Kế hoạch và Đầu tư", "LD": "Sở Lao động - Thương binh và Xã hội"}
    vertical = {"CA": ("Công an thành phố", "Giám đốc"), "TA": ("Tòa án nhân dân thành phố", "Chánh án"), "KS": ("Viện Kiểm sát nhân dân thành phố", "Viện trưởng")}
    bodies = (
        party("Thành ủy Hải Phòng", "Thành ủy", 6, ("BTC/head", "BTG/head", "KT/head", "HD/vice", "VP/head", "CA/head")),
        board("BTC", "Ban Tổ chức Thành ủy", "2 Phó Trưởng ban"),
        board("BTG", "Ban Tuyên giáo và Dân vận Thành ủy" if reformed else "Ban Tuyên giáo Thành ủy"),
        board("KT", "Ủy ban Kiểm tra Thành ủy", head="Chủ nhiệm"),
        board("VP", "Văn phòng Thành ủy", head="Chánh Văn phòng"),
        council(of, False, "Ban Pháp chế", "Ban Kinh tế - Ngân sách"),
        committee(of, 3, 4, ("NV/head", "TC/head", "XD/head", "CA/head")),
        *(division(each, name, "2 Phó Giám đốc", head="Giám đốc", kind=Kind.DEPARTMENT) for each, name in departments.items()),
        body("TH", "Cục Thuế thành phố Hải Phòng" if not reformed else "Thuế thành phố Hải Phòng", Kind.OTHER, GOVERNMENT, "Cục trưởng" if not reformed else "Trưởng Thuế"),
        *(body(each, name, Kind.OTHER, JUSTICE, head) for each, (name, head) in vertical.items()),
        *masses(of, 0),
    )
    return Territory(key, of, unit, 6, key, bodies)


SERVICE_UNITS = {
    "DPT": ("Đài Phát thanh", ("Phó Trưởng đài",), "Trưởng đài"),
    "VHT": ("Trung tâm Văn hóa - Thông tin", ("Phó Giám đốc phụ trách văn hóa", "Phó Giám đốc phụ trách thông tin"), "Giám đốc"),
    "TDT": ("Trung tâm Thể dục thể thao", ("Phó Giám đốc",), "Giám đốc"),
    "NTN": ("Nhà Thiếu nhi", ("Phó Giám đốc",), "Giám đốc"),
    "QLR": ("Ban Quản lý Rừng phong cảnh", ("Phó Trưởng ban",), "Trưởng ban"),
}
"""The five that become one: five heads and six deputies."""
DUAL = {
    "THQ": ("Chi cục Thuế quận Kiến An", "TH", "Chi cục trưởng"),
    "CAQ": ("Công an quận Kiến An", "CA", "Trưởng Công an quận"),
    "TAQ": ("Tòa án nhân dân quận Kiến An", "TA", "Chánh án"),
    "KSQ": ("Viện Kiểm sát nhân dân quận Kiến An", "KS", "Viện trưởng"),
    "TKA": ("Trường Trung học phổ thông Kiến An", "GD", "Hiệu trưởng"),
}
"""Dual-managed: a vertical authority of the city beside the district's Party committee."""


def district() -> Territory:
    of = "quận Kiến An"
    divisions = {
        "TC": "Phòng Tài chính - Kế hoạch",
        "TM": "Phòng Tài nguyên và Môi trường",
        "DT": "Phòng Quản lý đô thị",
        "VH": "Phòng Văn hóa và Thông tin",
        "GD": "Phòng Giáo dục và Đào tạo",
        "YT": "Phòng Y tế",
        "LD": "Phòng Lao động - Thương binh và Xã hội",
        "TP": "Phòng Tư pháp",
    }
    members = ("BTC/head", "BTG/head", "KT/head", "HD/vice", "CAQ/head", "UB/chair")
    bodies = (
        party("Quận ủy Kiến An", "Quận ủy", 6, members),
        board("BTC", "Ban Tổ chức Quận ủy", "Phó Trưởng ban Thường trực", "Phó Trưởng ban"),
        board("BTG", "Ban Tuyên giáo Quận ủy"),
        board("KT", "Ủy ban Kiểm tra Quận ủy", head="Chủ nhiệm"),
        board("DV", "Ban Dân vận Quận ủy"),
        board("VPU", "Văn phòng Quận ủy", head="Chánh Văn phòng"),
        Body(
            "CT",
            "Trung tâm Bồi dưỡng chính trị quận Kiến An",
            Kind.SERVICE_UNIT,
            PARTY,
            (
                Post("head", "Giám đốc", "HEAD", HEAD, 1, False, ("BTG/head",)),
                Post("deputy1", "Phó Giám đốc", "DEPUTY_HEAD", DEPUTY),
            ),
            "DU",
        ),
        council(of, True, "Ban Pháp chế", "Ban Kinh tế - Xã hội"),
        committee(of, 2, 4, ("NV/head", "TC/head", "DT/head", "CAQ/head")),
        division("NV", "Phòng Nội vụ quận Kiến An", "2 Phó Trưởng phòng"),
        *(division(key, f"{name} {of}") for key, name in divisions.items()),
        division("VP", "Văn phòng HĐND và UBND quận Kiến An", head="Chánh Văn phòng"),
        division("TT", "Thanh tra quận Kiến An", head="Chánh Thanh tra"),
        *(
            body(key, f"{name} quận Kiến An", Kind.SERVICE_UNIT, SERVICE, head, *deputies, in_="UB")
            for key, (name, deputies, head) in SERVICE_UNITS.items()
        ),
        *(body(key, name, Kind.OTHER, JUSTICE if key != "TKA" else SERVICE, head) for key, (name, _, head) in DUAL.items()),
        *masses(of, 1),
    )
    return Territory("KA", of, "2/307#1", 4, "HP", bodies)


def neighbour() -> Territory:
    """A second district, as far as people come from it."""
    return Territory("LC", "quận Lê Chân", "2/305#1", 4, "HP", (party("Quận ủy Lê Chân", "Quận ủy", 1, ("UB/chair",)),))


def old_ward(key: str, name: str, unit: str, concurrent: bool) -> Territory:
    of = f"phường {name}"
    bodies = (
        party(f"Đảng ủy {of}", "Đảng ủy", 3, ("HD/vice", "UB/chair", "MT/head")),
        council(of, concurrent),
        committee(of, 1, 1, ()),
        *masses(of, 0),
    )
    return Territory(key, of, unit, 2, "KA", bodies)


def new_ward(key: str, name: str, unit: str) -> Territory:
    of = f"phường {name}"
    divisions = {"KT2": "Phòng Kinh tế, Hạ tầng và Đô thị", "VX": "Phòng Văn hóa - Xã hội"}
    bodies = (
        party(f"Đảng ủy {of}", "Đảng ủy", 5, ("BXD/head", "KT/head", "HD/vice", "UB/chair", "MT/head")),
        board("BXD", f"Ban Xây dựng Đảng {of}"),
        board("KT", f"Ủy ban Kiểm tra Đảng ủy {of}", head="Chủ nhiệm"),
        board("VPD", f"Văn phòng Đảng ủy {of}", head="Chánh Văn phòng"),
        council(of, True, "Ban Văn hóa - Xã hội", "Ban Kinh tế - Ngân sách"),
        committee(of, 2, 3, ("KT2/head", "VX/head", "VP/head")),
        division("VP", f"Văn phòng HĐND và UBND {of}", head="Chánh Văn phòng"),
        *(division(each, f"{name_} {of}") for each, name_ in divisions.items()),
        division("HC", f"Trung tâm Phục vụ hành chính công {of}", head="Giám đốc", kind=Kind.CENTRE),
        *masses(of, 0),
    )
    return Territory(key, of, unit, 4, "HP2", bodies)


OLD = (
    city("HP", "1/31#1", False),
    district(),
    neighbour(),
    old_ward("TTN", "Trần Thành Ngọ", "3/11443#1", True),
    old_ward("VD", "Văn Đẩu", "3/11446#1", True),
    old_ward("BS", "Bắc Sơn", "3/11434#1", False),
    old_ward("DH", "Đồng Hòa", "3/11431#1", False),
)
NEW = (
    city("HP2", "1/31#2", True),
    new_ward("PKA", "Kiến An", "2/11443#1"),
    new_ward("PPL", "Phù Liễn", "2/11446#1"),
)
