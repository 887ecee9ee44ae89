"""Invented people: names drawn by the frequencies of real ones, each used once."""

from random import Random
from typing import NamedTuple

SYNTHETIC = (
    "Nhân vật hư cấu do máy sinh ra để trình diễn, không phải người thật. / Synthetic, for demonstration."
)
SURNAMES = {
    "Nguyễn": 285, "Lê": 97, "Trần": 90, "Phạm": 68, "Hoàng": 35, "Vũ": 30, "Phan": 29, "Võ": 27, "Đặng": 25,
    "Bùi": 25, "Đỗ": 24, "Huỳnh": 22, "Trương": 17, "Ngô": 17, "Hồ": 15, "Dương": 13, "Đinh": 18, "Đoàn": 16,
    "Lương": 15, "Mai": 13, "Tạ": 12, "Trịnh": 12, "Lưu": 10, "Cao": 10, "Hà": 9, "Đào": 12, "Lại": 6, "Khổng": 4,
}  # fmt: skip
MIDDLE_NAMES = {
    "M": {"Văn": 18, "Ngọc": 4, "Đức": 4, "Xuân": 4, "Hữu": 4, "Quang": 4, "Đình": 3, "Công": 3, "Minh": 3, "Thế": 2},
    "F": {"Thị": 25, "Thị Thu": 4, "Thị Ngọc": 3, "Thị Kim": 3, "Thị Thanh": 3, "Thu": 3, "Ngọc": 3, "Minh": 2},
}  # fmt: skip
GIVEN_NAMES = {
    "M": "Bách Chung Chương Duy Duyệt Đạt Điền Điệp Định Hiển Hiệp Hoan Hoạt Hội Huynh Khải Khang Khiêm Khoa Khôi Kiểm "
    "Kỳ Lâm Luân Lực Mạnh Nghiêm Nhật Nhuận Phú Quân Quý Sáng Tài Tân Thái Thiện Thịnh Thuận Thuyết Tiệp Toàn Toản Trí "
    "Triệu Trực Tuyến Tường Uy Việt Vĩnh Vượng Xuyên",
    "F": "An Bích Chi Chinh Diệp Dung Duyên Đào Giang Hạnh Hằng Hiền Hồng Huế Huệ Hương Hường Lam Lan Liên Loan Lý Mây "
    "Ngân Nguyệt Nhàn Nhị Nhung Oanh Phượng Quyên Quỳnh Sáu Thảo Thêu Thơm Thúy Tình Tuyết Vân Vui Xuyến Yên Yến",
}
HOME_PLACES = (
    "Kiến An",
    "An Lão",
    "Kiến Thụy",
    "Thủy Nguyên",
    "Vĩnh Bảo",
    "Tiên Lãng",
    "Lê Chân",
    "Ngô Quyền",
    "Hồng Bàng",
    "An Dương",
)


class InventedPerson(NamedTuple):
    """An invented person."""

    name: str
    sex: str
    birth: str
    home: str
    ethnicity: str


def draw_person(chance: Random, taken: set[str], born: tuple[int, int], sex: str = "") -> InventedPerson:
    """A new person born between the two years; the birth date has the precision that real files have."""
    sex = sex or ("F" if chance.random() < 0.32 else "M")
    while True:
        surname = chance.choices(list(SURNAMES), list(SURNAMES.values()))[0]
        middle = chance.choices(list(MIDDLE_NAMES[sex]), list(MIDDLE_NAMES[sex].values()))[0]
        name = f"{surname} {middle} {chance.choice(GIVEN_NAMES[sex].split())}"
        if name not in taken:
            break
    taken.add(name)
    birth = f"{chance.randint(*born)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    birth = birth[: chance.choices((10, 7, 4), (80, 8, 12))[0]]
    home = (
        f"{chance.choice(HOME_PLACES)}, Hải Phòng"
        if chance.random() < 0.85
        else chance.choice(("Thái Bình", "Hải Dương", "Nam Định"))
    )
    return InventedPerson(
        name, sex, birth, home, "Kinh" if chance.random() < 0.97 else chance.choice(("Tày", "Mường", "Nùng"))
    )
