"""The posts of a unit: titles and seats by its level."""

from collections.abc import Iterator
from typing import NamedTuple

from services.loadgen.shape import load_shape
from services.organization.events import Role


class Title(NamedTuple):
    """A kind of post. `elected`: by a congress or a council. `lead`: a leadership post, for which people are
    planned."""

    name: str
    role: Role
    seats: float
    lead: bool = True
    elected: bool = False


COMMUNE = (
    Title("Bí thư Đảng ủy", Role.HEAD, 1, elected=True),
    Title("Phó Bí thư Đảng ủy", Role.DEPUTY, 1, elected=True),
    Title("Chủ tịch Hội đồng nhân dân", Role.HEAD, 1, elected=True),
    Title("Phó Chủ tịch Hội đồng nhân dân", Role.DEPUTY, 1, elected=True),
    Title("Chủ tịch Ủy ban nhân dân", Role.HEAD, 1, elected=True),
    Title("Phó Chủ tịch Ủy ban nhân dân", Role.DEPUTY, 1.5, elected=True),
    Title("Chủ tịch Ủy ban Mặt trận Tổ quốc", Role.HEAD, 1),
    Title("Bí thư Đoàn Thanh niên", Role.HEAD, 1),
    Title("Chủ tịch Hội Liên hiệp Phụ nữ", Role.HEAD, 1),
    Title("Chủ tịch Hội Nông dân", Role.HEAD, 1),
    Title("Chủ tịch Hội Cựu chiến binh", Role.HEAD, 1),
)
CIVIL_SERVANTS = (
    ("Chỉ huy trưởng Ban Chỉ huy quân sự", 1.0),
    ("Công chức văn phòng, thống kê", 2.2),
    ("Công chức địa chính, xây dựng", 1.8),
    ("Công chức tài chính, kế toán", 1.4),
    ("Công chức tư pháp, hộ tịch", 1.4),
    ("Công chức văn hóa, xã hội", 1.4),
)
TOP = (
    Title("Bí thư", Role.HEAD, 1, elected=True),
    Title("Phó Bí thư", Role.DEPUTY, 2, elected=True),
    Title("Chủ tịch Hội đồng nhân dân", Role.HEAD, 1, elected=True),
    Title("Phó Chủ tịch Hội đồng nhân dân", Role.DEPUTY, 2, elected=True),
    Title("Chủ tịch Ủy ban nhân dân", Role.HEAD, 1, elected=True),
    Title("Phó Chủ tịch Ủy ban nhân dân", Role.DEPUTY, 3, elected=True),
)
OFFICE_NAMES = (
    "Ban Tổ chức", "Ban Tuyên giáo", "Ban Dân vận", "Ủy ban Kiểm tra", "Văn phòng cấp ủy", "Ủy ban Mặt trận Tổ quốc",
    "Đoàn Thanh niên", "Hội Liên hiệp Phụ nữ", "Hội Nông dân", "Hội Cựu chiến binh", "Văn phòng", "Nội vụ", "Tư pháp",
    "Tài chính", "Kinh tế", "Tài nguyên và Môi trường", "Lao động", "Văn hóa", "Giáo dục", "Y tế", "Thanh tra",
    "Quản lý đô thị", "Ban Pháp chế", "Ban Kinh tế, xã hội",
)  # fmt: skip
COMMITTEES = (
    "Ủy viên Ban Chấp hành", "Đại biểu Hội đồng nhân dân", "Ủy viên Ban Thường vụ", "Giám đốc Trung tâm chính trị",
    "Ủy viên Ủy ban nhân dân", "Trưởng Ban Pháp chế",
)  # fmt: skip
"""Posts that are held beside another one."""


def titles_of_level(level: str, other_staff: float = 0) -> Iterator[Title]:
    """The titles of a unit of this level: CENTRAL, PROVINCE, DISTRICT, COMMUNE, WARD."""
    given = load_shape()["posts"]
    if level == "COMMUNE":
        yield from COMMUNE
        yield from _staff(given["commune"]["staff"])
    elif level == "WARD":
        yield from COMMUNE
        yield from _offices(
            given["ward"]["lead"] - sum(title.seats for title in COMMUNE), 2, OFFICE_NAMES[-14:]
        )
        yield from _staff(given["ward"]["staff"])
    else:
        seats = given["province"] if level in ("CENTRAL", "PROVINCE") else given["district"]
        yield from TOP
        yield from _offices(seats - 10, 3 if level == "DISTRICT" else 4, OFFICE_NAMES)
    if other_staff:
        yield Title("Viên chức, nhân viên", Role.STAFF, other_staff, lead=False)


def _staff(people: float) -> Iterator[Title]:
    part = people / sum(seats for _, seats in CIVIL_SERVANTS)
    for name, seats in CIVIL_SERVANTS:
        yield Title(name, Role.STAFF, seats * part, lead=False)


def _offices(people: float, in_each: int, names: tuple[str, ...]) -> Iterator[Title]:
    """Heads and deputies of so many offices; beyond the names they are numbered service units."""
    count = int(people // in_each)
    for number in range(count):
        name = names[number] if number < len(names) else f"Đơn vị sự nghiệp số {number + 1 - len(names)}"
        yield Title(f"Người đứng đầu {name}", Role.HEAD, 1)
        yield Title(f"Cấp phó {name}", Role.DEPUTY, in_each - 1)
