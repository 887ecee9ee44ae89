"""The territories of the demonstration: a city, two districts and wards until 30 June 2025, the city and two wards
after."""

from services.demo.city.plan import (
    DEPUTY,
    GOVERNMENT,
    HEAD,
    PARTY,
    Body,
    Post,
    Territory,
    board,
    body,
    committee,
    council,
    division,
    masses,
    party,
)
from services.organization.events import Bloc, Kind


def city(key: str, unit: str, reformed: bool) -> Territory:
    of = "thành phố Hải Phòng"
    departments = {
        "NV": "Sở Nội vụ",
        "TC": "Sở Tài chính",
        "XD": "Sở Xây dựng",
        "GD": "Sở Giáo dục và Đào tạo",
        "YT": "Sở Y tế",
    }
    if not reformed:
        departments |= {"KH": "Sở Kế hoạch và Đầu tư", "LD": "Sở Lao động - Thương binh và Xã hội"}
    vertical = {
        "CA": ("Công an thành phố", "Giám đốc"),
        "TA": ("Tòa án nhân dân thành phố", "Chánh án"),
        "KS": ("Viện Kiểm sát nhân dân thành phố", "Viện trưởng"),
    }
    bodies = (
        party(
            "Thành ủy Hải Phòng",
            "Thành ủy",
            6,
            ("BTC/head", "BTG/head", "KT/head", "HD/vice", "VP/head", "CA/head"),
        ),
        board("BTC", "Ban Tổ chức Thành ủy", "2 Phó Trưởng ban"),
        board("BTG", "Ban Tuyên giáo và Dân vận Thành ủy" if reformed else "Ban Tuyên giáo Thành ủy"),
        board("KT", "Ủy ban Kiểm tra Thành ủy", head="Chủ nhiệm"),
        board("VP", "Văn phòng Thành ủy", head="Chánh Văn phòng"),
        council(of, False, "Ban Pháp chế", "Ban Kinh tế - Ngân sách"),
        committee(of, 3, 4, ("NV/head", "TC/head", "XD/head", "CA/head")),
        *(
            division(each, name, "2 Phó Giám đốc", head="Giám đốc", kind=Kind.DEPARTMENT)
            for each, name in departments.items()
        ),
        body(
            "TH",
            "Cục Thuế thành phố Hải Phòng" if not reformed else "Thuế thành phố Hải Phòng",
            Kind.OTHER,
            GOVERNMENT,
            "Cục trưởng" if not reformed else "Trưởng Thuế",
        ),
        *(
            body(each, name, Kind.OTHER, Bloc.JUSTICE_SECURITY, head)
            for each, (name, head) in vertical.items()
        ),
        *masses(of, 0),
    )
    return Territory(key, of, unit, 6, "PROVINCE", key, bodies)


SERVICE_UNITS = {
    "DPT": ("Đài Phát thanh", ("Phó Trưởng đài",), "Trưởng đài"),
    "VHT": (
        "Trung tâm Văn hóa - Thông tin",
        ("Phó Giám đốc phụ trách văn hóa", "Phó Giám đốc phụ trách thông tin"),
        "Giám đốc",
    ),
    "TDT": ("Trung tâm Thể dục thể thao", ("Phó Giám đốc",), "Giám đốc"),
    "NTN": ("Nhà Thiếu nhi", ("Phó Giám đốc",), "Giám đốc"),
    "QLR": ("Ban Quản lý Rừng phong cảnh", ("Phó Trưởng ban",), "Trưởng ban"),
}
"""The five units that are merged: five heads and six deputies."""
DUAL = {
    "THQ": ("Chi cục Thuế quận Kiến An", "TH", "Chi cục trưởng"),
    "CAQ": ("Công an quận Kiến An", "CA", "Trưởng Công an quận"),
    "TAQ": ("Tòa án nhân dân quận Kiến An", "TA", "Chánh án"),
    "KSQ": ("Viện Kiểm sát nhân dân quận Kiến An", "KS", "Viện trưởng"),
    "TKA": ("Trường Trung học phổ thông Kiến An", "GD", "Hiệu trưởng"),
}
"""Units with two superiors: an authority of the city and the district's Party committee."""


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
            body(key, f"{name} quận Kiến An", Kind.SERVICE_UNIT, Bloc.SERVICE, head, *deputies, in_="UB")
            for key, (name, deputies, head) in SERVICE_UNITS.items()
        ),
        *(
            body(key, name, Kind.OTHER, Bloc.JUSTICE_SECURITY if key != "TKA" else Bloc.SERVICE, head)
            for key, (name, _, head) in DUAL.items()
        ),
        *masses(of, 1),
    )
    return Territory("KA", of, "2/307#1", 4, "DISTRICT", "HP", bodies)


def neighbour() -> Territory:
    """A second district, with the posts from which people move here."""
    committee = party("Quận ủy Lê Chân", "Quận ủy", 1, ("UB/chair",))
    return Territory("LC", "quận Lê Chân", "2/305#1", 4, "DISTRICT", "HP", (committee,))


def group(number: int) -> Body:
    head = Post("head", "Tổ trưởng", "HEAD", HEAD, 1, True)
    return Body(f"TDP{number}", f"Tổ dân phố số {number}", Kind.RESIDENTIAL_GROUP, Bloc.TERRITORY, (head,))


def old_ward(key: str, name: str, unit: str, concurrent: bool, groups: int = 0) -> Territory:
    of = f"phường {name}"
    bodies = (
        party(f"Đảng ủy {of}", "Đảng ủy", 3, ("HD/vice", "UB/chair", "MT/head")),
        council(of, concurrent),
        committee(of, 1, 1, ()),
        *masses(of, 0),
        *(group(number) for number in range(1, groups + 1)),
    )
    return Territory(key, of, unit, 2, "COMMUNE", "KA", bodies)


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
    return Territory(key, of, unit, 4, "COMMUNE", "HP2", bodies)


OLD = (
    city("HP", "1/31#1", False),
    district(),
    neighbour(),
    old_ward("TTN", "Trần Thành Ngọ", "3/11443#1", True, groups=10),
    old_ward("VD", "Văn Đẩu", "3/11446#1", True),
    old_ward("BS", "Bắc Sơn", "3/11434#1", False),
    old_ward("DH", "Đồng Hòa", "3/11431#1", False),
)
NEW = (
    city("HP2", "1/31#2", True),
    new_ward("PKA", "Kiến An", "2/11443#1"),
    new_ward("PPL", "Phù Liễn", "2/11446#1"),
)
