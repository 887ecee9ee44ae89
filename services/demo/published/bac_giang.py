"""Bắc Giang province: planning for 2025-2030 and reviews since 2021, as published on 11 July 2023."""

from itertools import cycle, islice, product

from services.appointment.events import AppointmentRoute
from services.demo.published import bac_giang_reviews
from services.demo.published.acts import LEVEL_ENDS, PlaceRecorder, derive_unit_id
from services.importing.vietnam import load_reform
from services.organization.events import Bloc, DissolutionReason, Kind, Role
from services.planning.events import RemovalReason
from services.regulation.events import DocumentKind, RuleEnacted, RuleKind
from services.rotation.events import Direction, PlanApproved, PlanItem
from shared.core.partial_dates import Day, PDate

PLACE_KEY = "BG"
PROVINCE, CODE = derive_unit_id("1/24#1"), "24"
BASE, OPENED = "..2020-10-01", "2021-01-11"
PERSONS = 540
AGENCIES = 50
_LISTS = (
    ("BCH tỉnh", "Ban Chấp hành Đảng bộ tỉnh", "2025-2030", Bloc.PARTY, 67),
    ("BTV tỉnh", "Ban Thường vụ Tỉnh ủy", "2025-2030", Bloc.PARTY, 20),
    ("chủ chốt tỉnh", "Lãnh đạo Tỉnh ủy, HĐND, UBND, Đoàn ĐBQH tỉnh", "2026-2031", Bloc.GOVERNMENT, 31),
    (
        "diện BTV",
        "Chức danh thuộc diện Ban Thường vụ Tỉnh ủy quản lý tại cơ quan tỉnh",
        "2026-2031",
        Bloc.GOVERNMENT,
        460,
    ),
    ("chủ chốt huyện", "Chức danh chủ chốt cấp huyện", "2025-2030", Bloc.PARTY, 237),
)
DOCUMENTS = (
    (
        "173-NQ/TU",
        "Tỉnh ủy Bắc Giang",
        "2021-09-29",
        "Nâng cao chất lượng đội ngũ cán bộ",
        DocumentKind.RESOLUTION,
    ),
    ("128-KL/TU", "Tỉnh ủy Bắc Giang", "2021-09-30", "Công tác cán bộ", DocumentKind.CONCLUSION),
    ("15-ĐA/TU", "Tỉnh ủy Bắc Giang", "2023-01-06", "Cán bộ trẻ, cán bộ nữ 2023-2030", DocumentKind.SCHEME),
    (
        "26-CT/TU",
        "Tỉnh ủy Bắc Giang",
        "2023-06-02",
        "Chấn chỉnh tác phong, lề lối làm việc",
        DocumentKind.DIRECTIVE,
    ),
    (
        "114-QĐ/TW",
        "Bộ Chính trị",
        "2023-07-11",
        "Kiểm soát quyền lực trong công tác cán bộ",
        DocumentKind.REGULATION,
    ),
)
DISTRICT_TITLES = (
    "SECRETARY", "STANDING_DEPUTY_SECRETARY", "DEPUTY_SECRETARY", "COUNCIL_CHAIR", "COUNCIL_VICE_CHAIR",
    "COMMITTEE_CHAIR", "COMMITTEE_VICE_CHAIR", "STANDING_MEMBER",
)  # fmt: skip
APPOINTED = 8


def record_place(recorder: PlaceRecorder) -> None:
    committee = recorder.unit(
        "TU", "Tỉnh ủy Bắc Giang", Kind.PARTY_COMMITTEE, PROVINCE, BASE, bloc=Bloc.PARTY, known=OPENED
    )
    recorder.managed_by = committee
    agencies = [
        recorder.unit(
            f"CQ{n:02}",
            f"Cơ quan tham mưu số {n} tỉnh Bắc Giang",
            Kind.DEPARTMENT,
            PROVINCE,
            BASE,
            known=OPENED,
        )
        for n in range(1, AGENCIES + 1)
    ]
    documents = {
        number: recorder.paper(number, issuer, signed, title, kind)
        for number, issuer, signed, title, kind in DOCUMENTS
    }
    women = cycle((*("F",) * 2, *("M",) * 5))
    ages = cycle(((1986, 1992), (1978, 1985), (1978, 1985), (1970, 1977), (1970, 1977)))
    people = [
        recorder.person(
            f"cb{n:03}", OPENED, born=next(ages), sex=next(women), ethnicity="Tày" if n % 11 == 0 else "Kinh"
        )
        for n in range(1, PERSONS + 1)
    ]
    record_planning(recorder, committee, agencies, people)
    bac_giang_reviews.record_reviews(recorder, CODE, committee, people, agencies)
    record_appointed(recorder, agencies, people)
    record_plans_and_targets(recorder, committee, documents["15-ĐA/TU"])
    ends = recorder.paper("99-QĐ/TU", "Tỉnh ủy Bắc Giang", "2025-06-23", "Kết thúc hoạt động")
    for unit in reversed(list(recorder.units)):
        recorder.end(unit, LEVEL_ENDS, DissolutionReason.MERGED, ends, load_reform().reorganisation(""))


def record_planning(recorder: PlaceRecorder, committee: str, agencies: list[str], people: list[str]) -> None:
    """815 entries of far fewer persons: whoever is planned for the committee is planned for an agency too."""
    day = "2023-04-10"
    paper = recorder.paper(
        "2187-QĐ/TU", "Tỉnh ủy Bắc Giang", day, "Phê duyệt quy hoạch nhiệm kỳ 2025-2030, 2026-2031"
    )
    districts = [
        load_reform().old_id(place)
        for place, unit in load_reform().old.items()
        if place[0] == "2" and unit.parent == CODE
    ]
    titles = {
        "diện BTV": [
            (code, unit) for code, unit in product(("HEAD", "DEPUTY_1", "DEPUTY_2", "DEPUTY_3"), agencies)
        ],
        "chủ chốt huyện": list(product(DISTRICT_TITLES, districts)),
        "chủ chốt tỉnh": [
            (code, committee) for code in ("SECRETARY", "DEPUTY", "CHAIR", "VICE_CHAIR", "DELEGATE")
        ],
    }
    first = {"diện BTV": 0, "chủ chốt huyện": 303, "chủ chốt tỉnh": 40, "BTV tỉnh": 10, "BCH tỉnh": 0}
    for key, name, term, bloc, size in _LISTS:
        listed = recorder.open_list(key, committee, name, term, day, paper, bloc=bloc)
        codes = cycle(titles.get(key, [(key, committee)]))
        chosen = islice(cycle(people), first[key], first[key] + size)
        entries = [
            recorder.add_to_list(listed, person, day, paper, title_code=code, unit=unit)
            for person, (code, unit) in zip(chosen, codes, strict=False)
        ]
        for entry in entries:
            recorder.remove_from_list(
                listed, entry, LEVEL_ENDS, paper, RemovalReason.TITLE_ABOLISHED, "kết thúc hoạt động của tỉnh"
            )


def record_appointed(recorder: PlaceRecorder, agencies: list[str], people: list[str]) -> None:
    """Appointments with preference for the young, women and people of ethnic minorities."""
    paper = recorder.paper("301-QĐ/TU", "Tỉnh ủy Bắc Giang", "2023-05-15", "Bổ nhiệm cán bộ")
    for n in range(APPOINTED):
        post = recorder.post(
            f"PGD{n}", agencies[n], "Phó Giám đốc", Role.DEPUTY, BASE, OPENED, title_code=f"APPOINTED_{n}"
        )
        recorder.appoint(people[n * 11 + 10], post, "2023-05-15", paper=paper, route=AppointmentRoute.DIRECT)


def record_plans_and_targets(recorder: PlaceRecorder, committee: str, scheme: str) -> None:
    for term, day in (("2020-2025", "2021-03-15"), ("2025-2030", "2023-06-19")):
        paper = recorder.paper(
            f"{term[:4]}-KH/TU", "Tỉnh ủy Bắc Giang", day, f"Luân chuyển cán bộ {term}", DocumentKind.PLAN
        )
        fact = PlanApproved(
            effective_from=PDate(day),
            owner=committee,
            term=term,
            title="Kế hoạch luân chuyển cán bộ",
            items=(PlanItem(item="1", count=12, direction=Direction.DOWN),),
            decision=paper,
        )
        recorder.record(day, recorder.id("rotation-plan", term), fact)
    target = RuleEnacted(
        effective_from=PDate("2023-01-06"),
        rule="BG_YOUNG_AND_WOMEN",
        number=1,
        kind=RuleKind.TARGET,
        parameters={"young_share": 0.15, "women_share": 0.25, "until_year": 2030},
        until=Day(PDate("2031-01-01")),
        source="15-ĐA/TU 6/1/2023",
        title_vi="Tỷ lệ cán bộ trẻ, cán bộ nữ",
        title_en="Share of young and of women cadres",
        decision=scheme,
    )
    recorder.record("2023-01-09", recorder.id("rule", "young-and-women"), target)
