"""Thủ Dầu Một city, Bình Dương: more than four years of rotation under 98-QĐ/TW, as published on 25 January 2022."""

from services.appointment.events import EndReason, TenureEnded
from services.demo.city.world import demo_id, shift_day
from services.demo.published.acts import HELD, PlaceRecorder, derive_unit_id
from services.evaluation.events import (
    Ballot,
    ConfidenceVoted,
    Evaluated,
    Evaluator,
    Grade,
    Occasion,
    VoteKind,
)
from services.organization.events import Bloc, Kind, Role, Route
from services.personnel.events import TrainingField, TrainingStatus
from services.regulation.events import DocumentKind
from services.rotation.events import Direction, RotationPurpose
from shared.core.partial_dates import PDate

PLACE_KEY = "TDM"
_CITY = derive_unit_id("2/718#1")
BASE, OPENED = "..2017-01-01", "2017-02-06"
UP, DOWN = 7, 17
_OFFICES = (
    ("BTC", "Ban Tổ chức Thành ủy Thủ Dầu Một", Kind.PARTY_BOARD, Bloc.PARTY),
    ("BTG", "Ban Tuyên giáo Thành ủy Thủ Dầu Một", Kind.PARTY_BOARD, Bloc.PARTY),
    ("BDV", "Ban Dân vận Thành ủy Thủ Dầu Một", Kind.PARTY_BOARD, Bloc.PARTY),
    ("NV", "Phòng Nội vụ thành phố Thủ Dầu Một", Kind.DIVISION, Bloc.GOVERNMENT),
    ("KT", "Phòng Kinh tế thành phố Thủ Dầu Một", Kind.DIVISION, Bloc.GOVERNMENT),
    ("DTN", "Thành đoàn Thủ Dầu Một", Kind.MASS_ORG, Bloc.FRONT),
)
_WARDS = {
    "25741": "Hiệp Thành", "25744": "Phú Lợi", "25747": "Phú Cường", "25750": "Phú Hòa", "25753": "Phú Thọ",
    "25756": "Chánh Nghĩa", "25759": "Định Hòa", "25760": "Hòa Phú", "25762": "Phú Mỹ", "25763": "Phú Tân",
}  # fmt: skip
BACK_AFTER_YEARS = 3
RETURNED = 4
"""Of those sent down, how many came back after three years, to a post next to the one they are planned for."""


def record_place(recorder: PlaceRecorder) -> None:
    committee = recorder.unit(
        "TU", "Thành ủy Thủ Dầu Một", Kind.PARTY_COMMITTEE, _CITY, BASE, bloc=Bloc.PARTY, known=OPENED
    )
    recorder.managed_by = committee
    recorder.paper("98-QĐ/TW", "Bộ Chính trị", "2017-10-07", "Luân chuyển cán bộ", DocumentKind.REGULATION)
    local = recorder.paper(
        "05-QĐ/TU", "Tỉnh ủy Bình Dương", "2018-04-23", "Luân chuyển cán bộ", DocumentKind.REGULATION
    )
    offices = [
        recorder.unit(
            key, name, kind, committee if bloc is Bloc.PARTY else _CITY, BASE, bloc=bloc, known=OPENED
        )
        for key, name, kind, bloc in _OFFICES
    ]
    wards = [
        recorder.unit(
            f"{code}/DU",
            f"Đảng ủy phường {name}",
            Kind.PARTY_COMMITTEE,
            derive_unit_id(f"3/{code}#1"),
            BASE,
            bloc=Bloc.PARTY,
            known=OPENED,
        )
        for code, name in _WARDS.items()
    ]
    plan = recorder.paper(
        "14-QĐ/TU", "Thành ủy Thủ Dầu Một", "2017-09-11", "Phê duyệt quy hoạch chức danh chủ chốt thành phố"
    )
    listed = recorder.open_list(
        "chủ chốt", committee, "Chức danh chủ chốt thành phố", "2015-2020", "2017-09-11", plan
    )
    key_titles = [
        recorder.post(f"TU/{n}", committee, title, role, BASE, OPENED, key_title=True, route=Route.MIXED)
        for n, (title, role) in enumerate(
            (
                ("Phó Bí thư Thường trực Thành ủy", Role.DEPUTY),
                ("Ủy viên Ban Thường vụ, Trưởng Ban Tổ chức", Role.HEAD),
                ("Ủy viên Ban Thường vụ, Trưởng Ban Tuyên giáo", Role.HEAD),
                ("Ủy viên Ban Thường vụ, Trưởng Ban Dân vận", Role.HEAD),
            )
        )
    ]
    supervisor = recorder.person("giám sát", OPENED, born=(1966, 1968))
    recorder.appoint(
        supervisor,
        recorder.post("TU/BT", committee, "Bí thư Thành ủy", Role.HEAD, BASE, OPENED),
        "2015-08-03",
        known=OPENED,
    )
    people = recorder.people("lc", UP + DOWN, OPENED, born=(1972, 1985))
    old = [
        recorder.post(
            f"cũ/{n}",
            wards[n % 10] if n < UP else offices[n % 6],
            "Phó Bí thư" if n < UP else "Phó Trưởng ban",
            Role.DEPUTY,
            BASE,
            OPENED,
        )
        for n in range(UP + DOWN)
    ]
    for n, person in enumerate(people):
        recorder.appoint(person, old[n], "2015-09-07", known=OPENED)
        entry = recorder.add_to_list(listed, person, "2017-09-11", plan, post=key_titles[n % 4])
        down = n >= UP
        to = recorder.post(
            f"mới/{n}",
            wards[n % 10] if down else offices[n % 6],
            "Bí thư Đảng ủy phường" if down else "Trưởng ban",
            Role.HEAD,
            BASE,
            OPENED,
            key_title=down,
            rank_group="KEY" if down else "",
        )
        day = (
            shift_day("2018-05-14", 7 * 26 * ((n - UP) // 4))
            if down
            else shift_day("2018-05-14", 7 * 52 * (n // 3))
        )
        rotation = recorder.rotate(
            person,
            to,
            day,
            Direction.DOWN if down else Direction.UP,
            local,
            purpose=RotationPurpose.TRAINING,
            supervisor=supervisor,
            planned_entry=entry,
        )
        if down and n - UP < RETURNED:
            record_return(recorder, n - UP, person, rotation, wards[n % 10], offices, local, day)
    record_career(recorder, people[UP], key_titles[UP % 4])
    record_votes(recorder, wards, people[UP : UP + 4])
    ends = recorder.paper(
        "512-TB/TU", "Thành ủy Thủ Dầu Một", "2025-06-20", "Kết thúc hoạt động", DocumentKind.NOTICE
    )
    recorder.end_of_level(ends)


def record_return(
    recorder: PlaceRecorder,
    n: int,
    person: str,
    rotation: str,
    ward: str,
    offices: list[str],
    paper: str,
    day: str,
) -> None:
    """Evaluated every year by the host unit; back after three years, one step from the planned title."""
    for year in range(int(day[:4]), int(day[:4]) + BACK_AFTER_YEARS):
        judged = Evaluated(
            effective_from=PDate(f"{year}-12-18"),
            evaluation=demo_id("evaluation", f"{person}/{year}"),
            period=str(year),
            occasion=Occasion.ROTATION,
            grade=Grade.EXCELLENT if (n + year) % 3 == 0 else Grade.GOOD,
            unit=ward,
            authority=ward,
            evaluator=Evaluator.HOST_COLLECTIVE,
        )
        recorder.record(f"{year}-12-21", person, judged)
    back = recorder.post(f"về/{n}", offices[n], "Phó Trưởng ban Thường trực", Role.DEPUTY, BASE, OPENED)
    recorder.end_rotation(
        person, rotation, f"{int(day[:4]) + BACK_AFTER_YEARS}-{int(day[5:7]) + 1:02}-{day[8:]}", back, paper
    )


def record_career(recorder: PlaceRecorder, person: str, planned: str) -> None:
    """The whole career of one cadre: planned, trained, rotated, evaluated each year, back, then the planned title."""
    trained = recorder.paper(
        "21-QĐ/TU", "Thành ủy Thủ Dầu Một", "2017-11-06", "Cử đi học cao cấp lý luận chính trị"
    )
    for day, status in (("2017-11-06", TrainingStatus.SENT), ("2018-02-12", TrainingStatus.COMPLETED)):
        recorder.train(
            [person], TrainingField.POL_THEORY, "ADVANCED", day, trained, status=status, programme="CCLLCT"
        )
    final = recorder.paper("77-QĐ/TU", "Thành ủy Thủ Dầu Một", "2021-11-08", "Điều động, bổ nhiệm cán bộ")
    left = TenureEnded(
        effective_from=PDate("2021-11-15"), tenure=HELD, reason=EndReason.MOVED, decision=final
    )
    recorder.record("2021-11-15", person, left)
    recorder.appoint(person, planned, "2021-11-15", paper=final)


def record_votes(recorder: PlaceRecorder, wards: list[str], people: list[str]) -> None:
    """Before the wards' congresses of 2020: candidates sent from elsewhere and local ones."""
    for n, person in enumerate(people):
        local = recorder.person(f"tại chỗ{n}", "2019-03-04")
        vote = ConfidenceVoted(
            effective_from=PDate("2020-04-13"),
            vote=demo_id("vote", f"{wards[(UP + n) % 10]}/2020"),
            kind=VoteKind.RATING,
            called=32,
            present=31,
            body=wards[(UP + n) % 10],
            term="2020-2025",
            results=(
                Ballot(cadre=person, high=28 + n % 3, medium=1, low=0),
                Ballot(cadre=local, high=22 + n % 3, medium=5, low=2),
            ),
        )
        recorder.record("2020-04-20", wards[(UP + n) % 10], vote)
