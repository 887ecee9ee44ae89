"""The territories of the demonstration: a city, two districts and wards until 30 June 2025, the city and two wards
after."""

from services.demo.city.plan import (
    DEPUTY,
    GOVERNMENT,
    HEAD,
    PARTY,
    BodyPlan,
    PostPlan,
    Territory,
    plan_board,
    plan_body,
    plan_committee,
    plan_council,
    plan_division,
    plan_mass_organisations,
    plan_party,
)
from services.organization.events import Bloc, Kind


def build_city(key: str, unit: str, reformed: bool) -> Territory:
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
        plan_party(
            "Thành ủy Hải Phòng",
            "Thành ủy",
            6,
            ("BTC/head", "BTG/head", "KT/head", "HD/vice", "VP/head", "CA/head"),
        ),
        plan_board("BTC", "Ban Tổ chức Thành ủy", "2 Phó Trưởng ban"),
        plan_board("BTG", "Ban Tuyên giáo và Dân vận Thành ủy" if reformed else "Ban Tuyên giáo Thành ủy"),
        plan_board("KT", "Ủy ban Kiểm tra Thành ủy", head="Chủ nhiệm"),
        plan_board("VP", "Văn phòng Thành ủy", head="Chánh Văn phòng"),
        plan_council(of, False, "Ban Pháp chế", "Ban Kinh tế - Ngân sách"),
        plan_committee(of, 3, 4, ("NV/head", "TC/head", "XD/head", "CA/head")),
        *(
            plan_division(each, name, "2 Phó Giám đốc", head="Giám đốc", kind=Kind.DEPARTMENT)
            for each, name in departments.items()
        ),
        plan_body(
            "TH",
            "Cục Thuế thành phố Hải Phòng" if not reformed else "Thuế thành phố Hải Phòng",
            Kind.OTHER,
            GOVERNMENT,
            "Cục trưởng" if not reformed else "Trưởng Thuế",
        ),
        *(
            plan_body(each, name, Kind.OTHER, Bloc.JUSTICE_SECURITY, head)
            for each, (name, head) in vertical.items()
        ),
        *plan_mass_organisations(of, 0),
    )
    return Territory(key, of, unit, 6, "PROVINCE", key, bodies)


DISTRICT_SERVICE_UNITS = {
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
DUAL_MANAGED = {
    "THQ": ("Chi cục Thuế quận Kiến An", "TH", "Chi cục trưởng"),
    "CAQ": ("Công an quận Kiến An", "CA", "Trưởng Công an quận"),
    "TAQ": ("Tòa án nhân dân quận Kiến An", "TA", "Chánh án"),
    "KSQ": ("Viện Kiểm sát nhân dân quận Kiến An", "KS", "Viện trưởng"),
    "TKA": ("Trường Trung học phổ thông Kiến An", "GD", "Hiệu trưởng"),
}
"""Units with two superiors: an authority of the city and the district's Party committee."""


def build_district() -> Territory:
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
        plan_party("Quận ủy Kiến An", "Quận ủy", 6, members),
        plan_board("BTC", "Ban Tổ chức Quận ủy", "Phó Trưởng ban Thường trực", "Phó Trưởng ban"),
        plan_board("BTG", "Ban Tuyên giáo Quận ủy"),
        plan_board("KT", "Ủy ban Kiểm tra Quận ủy", head="Chủ nhiệm"),
        plan_board("DV", "Ban Dân vận Quận ủy"),
        plan_board("VPU", "Văn phòng Quận ủy", head="Chánh Văn phòng"),
        BodyPlan(
            "CT",
            "Trung tâm Bồi dưỡng chính trị quận Kiến An",
            Kind.SERVICE_UNIT,
            PARTY,
            (
                PostPlan("head", "Giám đốc", "HEAD", HEAD, 1, False, ("BTG/head",)),
                PostPlan("deputy1", "Phó Giám đốc", "DEPUTY_HEAD", DEPUTY),
            ),
            "DU",
        ),
        plan_council(of, True, "Ban Pháp chế", "Ban Kinh tế - Xã hội"),
        plan_committee(of, 2, 4, ("NV/head", "TC/head", "DT/head", "CAQ/head")),
        plan_division("NV", "Phòng Nội vụ quận Kiến An", "2 Phó Trưởng phòng"),
        *(plan_division(key, f"{name} {of}") for key, name in divisions.items()),
        plan_division("VP", "Văn phòng HĐND và UBND quận Kiến An", head="Chánh Văn phòng"),
        plan_division("TT", "Thanh tra quận Kiến An", head="Chánh Thanh tra"),
        *(
            plan_body(key, f"{name} quận Kiến An", Kind.SERVICE_UNIT, Bloc.SERVICE, head, *deputies, in_="UB")
            for key, (name, deputies, head) in DISTRICT_SERVICE_UNITS.items()
        ),
        *(
            plan_body(key, name, Kind.OTHER, Bloc.JUSTICE_SECURITY if key != "TKA" else Bloc.SERVICE, head)
            for key, (name, _, head) in DUAL_MANAGED.items()
        ),
        *plan_mass_organisations(of, 1),
    )
    return Territory("KA", of, "2/307#1", 4, "DISTRICT", "HP", bodies)


def build_neighbour() -> Territory:
    """A second district, with the posts from which people move here."""
    committee = plan_party("Quận ủy Lê Chân", "Quận ủy", 1, ("UB/chair",))
    return Territory("LC", "quận Lê Chân", "2/305#1", 4, "DISTRICT", "HP", (committee,))


def build_group(number: int) -> BodyPlan:
    head = PostPlan("head", "Tổ trưởng", "HEAD", HEAD, 1, True)
    return BodyPlan(
        f"TDP{number}", f"Tổ dân phố số {number}", Kind.RESIDENTIAL_GROUP, Bloc.TERRITORY, (head,)
    )


def build_old_ward(key: str, name: str, unit: str, concurrent: bool, groups: int = 0) -> Territory:
    of = f"phường {name}"
    bodies = (
        plan_party(f"Đảng ủy {of}", "Đảng ủy", 3, ("HD/vice", "UB/chair", "MT/head")),
        plan_council(of, concurrent),
        plan_committee(of, 1, 1, ()),
        *plan_mass_organisations(of, 0),
        *(build_group(number) for number in range(1, groups + 1)),
    )
    return Territory(key, of, unit, 2, "COMMUNE", "KA", bodies)


def build_new_ward(key: str, name: str, unit: str) -> Territory:
    of = f"phường {name}"
    divisions = {"KT2": "Phòng Kinh tế, Hạ tầng và Đô thị", "VX": "Phòng Văn hóa - Xã hội"}
    bodies = (
        plan_party(f"Đảng ủy {of}", "Đảng ủy", 5, ("BXD/head", "KT/head", "HD/vice", "UB/chair", "MT/head")),
        plan_board("BXD", f"Ban Xây dựng Đảng {of}"),
        plan_board("KT", f"Ủy ban Kiểm tra Đảng ủy {of}", head="Chủ nhiệm"),
        plan_board("VPD", f"Văn phòng Đảng ủy {of}", head="Chánh Văn phòng"),
        plan_council(of, True, "Ban Văn hóa - Xã hội", "Ban Kinh tế - Ngân sách"),
        plan_committee(of, 2, 3, ("KT2/head", "VX/head", "VP/head")),
        plan_division("VP", f"Văn phòng HĐND và UBND {of}", head="Chánh Văn phòng"),
        *(plan_division(each, f"{name_} {of}") for each, name_ in divisions.items()),
        plan_division("HC", f"Trung tâm Phục vụ hành chính công {of}", head="Giám đốc", kind=Kind.CENTRE),
        *plan_mass_organisations(of, 0),
    )
    return Territory(key, of, unit, 4, "COMMUNE", "HP2", bodies)


OLD_TERRITORIES = (
    build_city("HP", "1/31#1", False),
    build_district(),
    build_neighbour(),
    build_old_ward("TTN", "Trần Thành Ngọ", "3/11443#1", True, groups=10),
    build_old_ward("VD", "Văn Đẩu", "3/11446#1", True),
    build_old_ward("BS", "Bắc Sơn", "3/11434#1", False),
    build_old_ward("DH", "Đồng Hòa", "3/11431#1", False),
)
NEW_TERRITORIES = (
    build_city("HP2", "1/31#2", True),
    build_new_ward("PKA", "Kiến An", "2/11443#1"),
    build_new_ward("PPL", "Phù Liễn", "2/11446#1"),
)
