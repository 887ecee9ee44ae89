"""Móng Cái city, Quảng Ninh: the work of 2019, as published on 15 February 2020."""

from typing import Any

from services.appointment.events import Holding, Nominated, Reappointed
from services.demo.city.world import demo_id
from services.demo.published.acts import PlaceRecorder, add_weeks, derive_unit_id
from services.organization.events import Bloc, Kind, Role, Route
from services.personnel.events import KinshipDeclared, Relation, TrainingField, TrainingStatus
from services.planning.events import RemovalReason, ReviewClosed
from services.regulation.events import DocumentKind, RuleEnacted
from services.rotation.events import Direction, MoveKind
from shared.core.partial_dates import Day, PDate

PLACE_KEY = "MC"
CITY, PROVINCE = derive_unit_id("2/194#1"), derive_unit_id("1/22#1")
BASE = "..2015-01-01"
OPENED = "2015-02-02"
_GROUNDS = (
    ("phai nhạt lý tưởng, bản lĩnh chính trị không vững vàng", RemovalReason.POLITICAL_STANDARD),
    ("quan liêu, xa dân", RemovalReason.REVIEW),
    ("vụ lợi cá nhân", RemovalReason.REVIEW),
    ("có biểu hiện “tự diễn biến”, “tự chuyển hóa”", RemovalReason.POLITICAL_STANDARD),
)
_LISTS = {
    "BCH": ("Ban Chấp hành Đảng bộ thành phố", 24, 4, 2),
    "chủ chốt": ("Chức danh lãnh đạo chủ chốt", 40, 10, 4),
}
"""Of each list 2015-2020: its name, how many were on it, and how many the review of 2019 removed and added."""
_TRAININGS = (
    (TrainingField.POL_THEORY, "ADVANCED", 15),
    (TrainingField.POL_THEORY, "INTERMEDIATE", 3),
    (TrainingField.STATE_MGMT, "SPECIALIST", 9),
    (TrainingField.LEADERSHIP, "DIVISION", 84),
)
_COMMUNES = {
    "HX": ("3/06745#1", "xã Hải Xuân"),
    "VN": ("3/06748#1", "xã Vạn Ninh"),
    "HT": ("3/06733#1", "xã Hải Tiến"),
}
DIVISIONS = ("Nội vụ", "Tài chính - Kế hoạch", "Tư pháp", "Kinh tế", "Quản lý đô thị", "Văn hóa và Thông tin")
MOVES = 19
APPOINTED, REAPPOINTED = 11, 6


def record_place(recorder: PlaceRecorder) -> None:
    committee = recorder.unit(
        "TU", "Thành ủy Móng Cái", Kind.PARTY_COMMITTEE, CITY, BASE, bloc=Bloc.PARTY, known=OPENED
    )
    province = recorder.id("unit", "TU-QN")
    recorder.managed_by = committee
    government = recorder.unit(
        "UB", "Ủy ban nhân dân thành phố Móng Cái", Kind.PEOPLES_COMMITTEE, CITY, BASE, known=OPENED
    )
    offices = [
        recorder.unit(
            f"P{n}", f"Phòng {name} thành phố Móng Cái", Kind.DIVISION, government, BASE, known=OPENED
        )
        for n, name in enumerate(DIVISIONS, start=1)
    ]
    people = recorder.people("cb", 90, OPENED, home_unit=derive_unit_id("3/06712#1"))
    papers = {
        key: recorder.paper(number, "Thành ủy Móng Cái", signed, title)
        for key, number, signed, title in (
            ("plan", "05-QĐ/TU", "2015-04-06", "Phê duyệt quy hoạch 2015-2020"),
            ("review", "71-QĐ/TU", "2019-07-08", "Rà soát, bổ sung quy hoạch năm 2019"),
            ("next", "88-QĐ/TU", "2019-10-07", "Phê duyệt quy hoạch 2020-2025, 2021-2026"),
            ("train", "12-KH/TU", "2019-01-14", "Cử cán bộ đi đào tạo, bồi dưỡng năm 2019"),
            ("staff", "15-QĐ/TU", "2019-02-11", "Điều động, bổ nhiệm cán bộ năm 2019"),
        )
    }
    record_planning(recorder, committee, people, papers)
    record_moves(recorder, offices, people, papers["staff"])
    record_appointments(recorder, committee, offices, people, papers)
    for field, level, number in _TRAININGS:
        recorder.train(people[:number], field, level, "2019-03-11", papers["train"])
    overseas = {"programme": "SCHEME_165", "status": TrainingStatus.REGISTERED, "managed_by": province}
    recorder.train(
        people[84:86], TrainingField.OVERSEAS, "SCHEME_165", "2019-05-13", papers["train"], **overseas
    )
    record_communes(recorder, people[86:], papers["staff"])
    record_siblings(recorder, people[41], people[73])
    record_congress(recorder, committee, people)
    ends = recorder.paper(
        "310-TB/TU", "Thành ủy Móng Cái", "2025-06-20", "Kết thúc hoạt động", DocumentKind.NOTICE
    )
    recorder.end_of_level(ends)


def record_planning(
    recorder: PlaceRecorder, committee: str, people: list[str], papers: dict[str, str]
) -> None:
    """Two horizons: the old one is reviewed while the next two are built."""
    for key, (name, size, removed, added) in _LISTS.items():
        listed = recorder.open_list(key, committee, name, "2015-2020", "2015-04-06", papers["plan"])
        title = {"title_code": "COMMITTEE_MEMBER" if key == "BCH" else "KEY_TITLE", "unit": committee}
        entries = [
            recorder.add_to_list(listed, each, "2015-04-06", papers["plan"], **title)
            for each in people[:size]
        ]
        for n, entry in enumerate(entries[:removed]):
            ground, reason = _GROUNDS[n % len(_GROUNDS)]
            recorder.remove_from_list(
                listed, entry, "2019-07-08", papers["review"], reason, ground, review=2019
            )
        for each in people[size : size + added]:
            recorder.add_to_list(listed, each, "2019-07-08", papers["review"], review=2019, **title)
        closed = ReviewClosed(
            effective_from=PDate("2019-07-15"),
            year=2019,
            in_count=added,
            out_count=removed,
            approved_by=committee,
            decision=papers["review"],
        )
        recorder.record("2019-07-15", listed, closed)
    for key, term, bloc in (
        ("BCH kế tiếp", "2020-2025", Bloc.PARTY),
        ("UBND kế tiếp", "2021-2026", Bloc.GOVERNMENT),
    ):
        listed = recorder.open_list(key, committee, key, term, "2019-10-07", papers["next"], bloc=bloc)
        for each in people[30:45]:
            recorder.add_to_list(
                listed, each, "2019-10-07", papers["next"], title_code="NEXT_TERM", unit=committee
            )


def record_moves(recorder: PlaceRecorder, offices: list[str], people: list[str], paper: str) -> None:
    """Nineteen moves of eighteen people, for the first one moved again; a commune is reinforced by the twentieth."""
    for n in range(MOVES):
        person, office = people[40 + n % (MOVES - 1)], offices[n % 6]
        if n < MOVES - 1:
            old = recorder.post(f"CV{n}", office, f"Phó Trưởng phòng {n + 1}", Role.DEPUTY, BASE, OPENED)
            recorder.appoint(person, old, "2017-05-08", known="2017-05-15")
        new = recorder.post(
            f"LC{n}", offices[(n + 1) % 6], f"Phó Trưởng phòng mới {n + 1}", Role.DEPUTY, BASE, OPENED
        )
        direction = Direction.DOWN if n % 3 == 0 else Direction.LATERAL
        day = add_weeks("2019-02-25", n // 6 * 9)
        if n % 2:
            recorder.rotate(person, new, day, direction, paper)
        else:
            recorder.move(person, new, day, MoveKind.TRANSFER, paper, direction=direction)


def record_appointments(
    recorder: PlaceRecorder, committee: str, offices: list[str], people: list[str], papers: dict[str, str]
) -> None:
    """Seventeen appointments, all of them planned."""
    plan, paper = papers["plan"], papers["staff"]
    listed = recorder.open_list(
        "phòng, ban", committee, "Chức danh lãnh đạo phòng, ban", "2015-2020", "2015-04-06", plan
    )
    for n in range(APPOINTED):
        post = recorder.post(f"BN{n}", offices[n % 6], f"Trưởng bộ phận {n + 1}", Role.HEAD, BASE, OPENED)
        recorder.add_to_list(listed, people[60 + n], "2015-04-06", plan, post=post)
        recorder.appoint(people[60 + n], post, add_weeks("2019-04-29", n // 4 * 9), paper=paper)
    higher = recorder.post("CVP", offices[0], "Chánh Văn phòng", Role.HEAD, BASE, OPENED)
    for n in range(REAPPOINTED):
        person, post = (
            people[72 + n],
            recorder.post(f"BNL{n}", offices[n], f"Phó Trưởng bộ phận {n + 1}", Role.DEPUTY, BASE, OPENED),
        )
        recorder.add_to_list(listed, person, "2015-04-06", plan, post=higher)
        first = recorder.appoint(person, post, "2014-06-02", known=OPENED)
        again = Reappointed(
            effective_from=PDate("2019-06-03"), tenure=f"{first}/2", previous=first, term_no=2, decision=paper
        )
        recorder.record("2019-06-03", person, again)


def record_communes(recorder: PlaceRecorder, people: list[str], paper: str) -> None:
    """One person is secretary and chair, and from elsewhere. One of them came from the city to reinforce."""
    leaders = dict(zip(_COMMUNES, people, strict=False))
    for key, (place, name) in _COMMUNES.items():
        party = recorder.unit(
            f"{key}/DU",
            f"Đảng ủy {name}",
            Kind.PARTY_COMMITTEE,
            derive_unit_id(place),
            BASE,
            bloc=Bloc.PARTY,
            known=OPENED,
        )
        state = recorder.unit(
            f"{key}/UB",
            f"Ủy ban nhân dân {name}",
            Kind.PEOPLES_COMMITTEE,
            derive_unit_id(place),
            BASE,
            known=OPENED,
        )
        common: dict[str, Any] = {
            "role": Role.HEAD,
            "route": Route.ELECTED,
            "key_title": True,
            "not_local": True,
        }
        secretary = recorder.post(
            f"{key}/BT", party, "Bí thư Đảng ủy", day=BASE, known=OPENED, title_code="SECRETARY", **common
        )
        chair = recorder.post(
            f"{key}/CT",
            state,
            "Chủ tịch Ủy ban nhân dân",
            day=BASE,
            known=OPENED,
            title_code="COMMITTEE_CHAIR",
            paired_post=secretary,
            **common,
        )
        person, from_city = leaders[key], key == "HX"
        if from_city:
            before = recorder.post("TC", recorder.units[1], "Phó Chánh Văn phòng", Role.DEPUTY, BASE, OPENED)
            recorder.appoint(person, before, "2016-04-04", known="2016-04-11")
            recorder.move(
                person, secretary, "2019-02-18", MoveKind.REINFORCEMENT, paper, direction=Direction.DOWN
            )
        else:
            recorder.elect(person, secretary, "2015-05-18", known="2015-05-25")
        since = "2019-03-04" if from_city else "2015-06-15"
        recorder.elect(person, chair, since, holding=Holding.CONCURRENT, known=since)


def record_congress(recorder: PlaceRecorder, committee: str, people: list[str]) -> None:
    """The city's congress of May 2020: candidates nominated in the winter, elected in May."""
    seats = recorder.post(
        "UVBCH", committee, "Ủy viên Ban Chấp hành", Role.MEMBER, BASE, OPENED, seats=0, route=Route.ELECTED
    )
    for n, person in enumerate(people[30:40]):
        nominated = Nominated(
            effective_from=PDate("2020-01-13"),
            nomination=demo_id("nomination", f"{person}/2020"),
            election="MC/DH24",
            post=seats,
            body=committee,
            nominated_by=committee,
            first_time=n > 4,
        )
        recorder.record("2020-01-13", person, nominated)
        if n < 8:
            recorder.elect(
                person,
                seats,
                "2020-05-25",
                holding=Holding.CONCURRENT,
                election="MC/DH24",
                known="2020-06-01",
            )


def record_siblings(recorder: PlaceRecorder, one: str, other: str) -> None:
    """Both lead the same division, until one of them is moved in March 2019."""
    declared = KinshipDeclared(
        effective_from=PDate("2016-01-04"),
        kinship=demo_id("kinship", f"{one}/{other}"),
        relation=Relation.SIBLING.value,
        relative=other,
    )
    recorder.record("2018-01-15", one, declared)
    source = recorder.paper(
        "02-QĐ/TU", "Thành ủy Móng Cái", "2018-01-08", "Kiểm soát quan hệ gia đình", DocumentKind.REGULATION
    )
    rule = RuleEnacted(
        effective_from=PDate("2018-01-08"),
        rule="KIN_SAME_COLLECTIVE",
        number=101,
        until=Day(PDate("2023-07-11")),
        source="02-QĐ/TU 8/1/2018",
        title_vi="Người có quan hệ gia đình không ở cùng một tập thể lãnh đạo",
        title_en="Relatives are not in one leading collective",
        decision=source,
    )
    recorder.record("2018-01-08", recorder.id("rule", "kin"), rule)
