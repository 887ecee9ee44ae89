"""Pages worth visiting in the demonstration: a title in two languages, and the address."""

from typing import NamedTuple
from urllib.parse import urlencode

from services.demo.city.world import demo_id
from services.importing.batches import derive_id
from services.importing.vietnam import GSO_SCHEME as GSO


class TourStop(NamedTuple):
    title_vi: str
    title_en: str
    url: str


def _derive_unit_id(place: str) -> str:
    """The id of a real unit, by `LEVEL/CODE#LIFE` of the official list."""
    return derive_id(GSO, "unit", place)


def build_address(**query: str) -> str:
    return f"/?{urlencode(query)}"


KIEN_AN, WARD_ID, PHU_LIEN = (
    _derive_unit_id("2/307#1"),
    _derive_unit_id("2/11443#1"),
    _derive_unit_id("2/11446#1"),
)
CITIES = (_derive_unit_id("1/31#1"), _derive_unit_id("1/31#2"))
"""Hải Phòng until 30 June 2025, and the city that it became with Hải Dương."""
BAC_NINH = _derive_unit_id("1/24#2")
CENTRE_ID = demo_id("unit", "KA/VTT")
MONG_CAI, SENT_DOWN = _derive_unit_id("2/194#1"), demo_id("person", "TDM/lc008")
CHAIR, DEPUTY_ID, JUSTICE = (demo_id("post", f"KA/{post}") for post in ("UB/chair", "TC/deputy1", "TP/head"))

DEMO_STORY = (
    TourStop(
        "Quận Kiến An ngày 15/10/2020: Bí thư đồng thời là Chủ tịch HĐND",
        "Kiến An district on 15 October 2020: one person in two boxes",
        build_address(as_of="2020-10-15", unit=KIEN_AN),
    ),
    TourStop(
        "Ngày cuối cùng của quận Kiến An (30/6/2025)",
        "The last day of Kiến An district (30 June 2025)",
        build_address(as_of="2025-06-30", unit=KIEN_AN),
    ),
    TourStop(
        "Phường Kiến An ngày 1/7/2025: lãnh đạo được chỉ định",
        "Kiến An ward on 1 July 2025: leaders designated, no district above",
        build_address(as_of="2025-07-01", unit=WARD_ID),
    ),
    TourStop(
        "Phường Phù Liễn hình thành từ hai quận, huyện",
        "Phù Liễn ward, made of wards of one district and a township of another",
        build_address(as_of="2025-07-01", view="unit", id=PHU_LIEN),
    ),
    TourStop(
        "Mã 24 là Bắc Giang, hôm sau là Bắc Ninh",
        "Code 24 is Bắc Giang on one day and Bắc Ninh on the next",
        build_address(as_of="2025-07-01", view="unit", id=BAC_NINH),
    ),
    TourStop(
        "Năm đơn vị sự nghiệp thành một (1/10/2018)",
        "Five service units become one (1 October 2018)",
        build_address(as_of="2018-10-01", view="unit", id=CENTRE_ID),
    ),
    TourStop(
        "Ai giữ chức Chủ tịch UBND quận trong 12 năm, có cả quyền Chủ tịch",
        "Who chaired the district's People's Committee, an acting chair among them",
        build_address(as_of="2018-06-01", view="post", id=CHAIR),
    ),
    TourStop(
        "Một bổ nhiệm sau bị hủy: như đã biết ngày 1/5/2019",
        "An appointment that was voided later: as known on 1 May 2019",
        build_address(as_of="2019-05-01", known_at="2019-05-01", view="post", id=DEPUTY_ID),
    ),
    TourStop(
        "… và như đã biết hôm nay",
        "… and as known today",
        build_address(as_of="2019-05-01", view="post", id=DEPUTY_ID),
    ),
    TourStop(
        "Một ngày nhập nhầm: như đã biết ngày 30/6/2017 (đính chính tháng 10)",
        "A wrong date: as known on 30 June 2017, before the correction of October",
        build_address(as_of="2017-01-15", known_at="2017-06-30", view="post", id=JUSTICE),
    ),
    TourStop(
        "Ngày 15/6/2025 đã biết gì về ngày 1/7/2025",
        "What was known on 15 June 2025 about 1 July 2025",
        build_address(as_of="2025-07-01", known_at="2025-06-15", unit=KIEN_AN),
    ),
    TourStop(
        "Báo cáo công tác cán bộ năm 2019 của thành phố Móng Cái",
        "Cadre-work report of Móng Cái city for 2019",
        build_address(
            **{
                "as_of": "2019-12-31",
                "view": "report",
                "id": MONG_CAI,
                "from": "2019-01-01",
                "to": "2019-12-31",
            }
        ),
    ),
    TourStop(
        "Quy hoạch, đào tạo, luân chuyển, đánh giá, trở về, bổ nhiệm: toàn bộ quá trình của một cán bộ",
        "Planned, trained, rotated, judged, returned, appointed: the whole life of one cadre",
        build_address(as_of="2022-01-25", view="life", id=SENT_DOWN),
    ),
)
