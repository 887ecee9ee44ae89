"""Hà Nội: programme 01-CTr/TU, Hoàn Kiếm's service units, and the first contest for a head; as of 13 May 2022."""

from services.appointment.events import EndReason, TenureEnded
from services.demo.city.world import demo_id
from services.demo.published import ha_noi_contest
from services.demo.published.acts import PlaceRecorder, derive_unit_id
from services.evaluation.events import Evaluated, Evaluator, Grade, Occasion, SubjectKind
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    Portion,
    QuotaKind,
    QuotaSet,
    ReorganisationExecuted,
    Role,
)
from services.personnel.events import TrainingField, TrainingStatus
from services.regulation.events import DocumentKind, ItemStatus, ProgrammeItemStatusSet
from services.rotation.events import MoveKind
from shared.core.partial_dates import PDate

PLACE_KEY = "HN"
CITY, HOAN_KIEM, THANH_XUAN = derive_unit_id("1/01#1"), derive_unit_id("2/002#1"), derive_unit_id("2/009#1")
BASE, OPENED = "..2020-01-01", "2020-02-03"
LEADS = 11
_STATUSES = {ItemStatus.DONE: 16, ItemStatus.SUBMITTED: 8, ItemStatus.IN_PROGRESS: 10}
"""Of 34 topics and schemes, at the end of 2021."""
_SERVICE_UNITS = {
    "VHTT": ("Trung tâm Văn hóa - Thông tin và Thể thao quận Hoàn Kiếm", 9, 4),
    "QLDA": ("Ban Quản lý dự án đầu tư xây dựng quận Hoàn Kiếm", 8, 3),
    "TTYT": ("Trung tâm Y tế quận Hoàn Kiếm", 9, 4),
}
"""Of each: the number of its divisions before and after 2021."""
PAYROLL = (6150, 4200)
_GROUNDS = ("thiếu nhiệt huyết, trách nhiệm", "tín nhiệm thấp", "mất đoàn kết nội bộ", "có đơn thư, dư luận")


def record_place(recorder: PlaceRecorder) -> None:
    committee = recorder.unit(
        "TU", "Thành ủy Hà Nội", Kind.PARTY_COMMITTEE, CITY, BASE, bloc=Bloc.PARTY, known=OPENED
    )
    recorder.managed_by = committee
    stays = [committee]
    record_programme(recorder, stays)
    record_hoan_kiem(recorder)
    ha_noi_contest.record_contest(recorder, committee, THANH_XUAN, BASE, OPENED)
    record_weak_leaders(recorder)
    ends = recorder.paper(
        "77-TB/QU", "Quận ủy Hoàn Kiếm", "2025-06-20", "Kết thúc hoạt động", DocumentKind.NOTICE
    )
    recorder.units = [unit for unit in recorder.units if unit not in stays]
    recorder.end_of_level(ends)


def record_programme(recorder: PlaceRecorder, stays: list[str]) -> None:
    document = recorder.paper(
        "01-CTr/TU", "Thành ủy Hà Nội", "2021-03-17", "Tăng cường xây dựng Đảng", DocumentKind.PROGRAMME
    )
    leads = [
        recorder.unit(
            f"CQ{n}", f"Cơ quan chủ trì số {n} của thành phố Hà Nội", Kind.BOARD, CITY, BASE, known=OPENED
        )
        for n in range(1, LEADS + 1)
    ]
    stays += leads
    statuses = [status for status, number in _STATUSES.items() for _ in range(number)]
    for n, status in enumerate(statuses):
        for day, item_status in (("2021-03-17", ItemStatus.PLANNED), ("2021-12-27", status)):
            fact = ProgrammeItemStatusSet(
                effective_from=PDate(day),
                item=f"{n + 1:02}",
                status=item_status,
                title=f"Chuyên đề {n + 1}",
                lead=leads[n % LEADS],
            )
            recorder.record(day, document, fact)


def record_hoan_kiem(recorder: PlaceRecorder) -> None:
    """Fewer divisions in three service units, and fewer posts paid by the budget."""
    paper = recorder.paper(
        "1204/QĐ-UBND", "Ủy ban nhân dân quận Hoàn Kiếm", "2021-06-14", "Sắp xếp đơn vị sự nghiệp"
    )
    teacher = recorder.unit(
        "GD",
        "Khối trường học quận Hoàn Kiếm",
        Kind.SERVICE_UNIT,
        HOAN_KIEM,
        BASE,
        bloc=Bloc.SERVICE,
        known=OPENED,
    )
    for day, amount in zip(("2020-02-03", "2021-07-05"), PAYROLL, strict=True):
        quota = QuotaSet(
            effective_from=PDate(day),
            quota=QuotaKind.PAYROLL_SERVICE,
            amount=amount,
            decision=paper if amount == PAYROLL[1] else "",
        )
        recorder.record(day, teacher, quota)
    for key, (name, before, after) in _SERVICE_UNITS.items():
        centre = recorder.unit(key, name, Kind.SERVICE_UNIT, HOAN_KIEM, BASE, bloc=Bloc.SERVICE, known=OPENED)
        old = [
            recorder.unit(
                f"{key}/{n}",
                f"Tổ nghiệp vụ số {n}",
                Kind.DIVISION,
                centre,
                BASE,
                bloc=Bloc.SERVICE,
                known=OPENED,
            )
            for n in range(1, before + 1)
        ]
        heads = [
            recorder.post(f"{key}/{n}/head", unit, "Tổ trưởng", Role.HEAD, BASE, OPENED)
            for n, unit in enumerate(old)
        ]
        for n, post in enumerate(heads):
            recorder.appoint(recorder.person(f"{key}{n}", OPENED), post, "2019-05-06", known=OPENED)
        kept, gone = old[:after], old[after:]
        reorganisation = recorder.id("reorganisation", key)
        edges = tuple(
            Edge(source=unit, target=kept[n % after], portion=Portion.WHOLE, clause_no=n + 1)
            for n, unit in enumerate(gone)
        )
        done = ReorganisationExecuted(
            effective_from=PDate("2021-07-05"), title=f"Sắp xếp {name}", edges=edges, decision=paper
        )
        recorder.record("2021-07-05", reorganisation, done)
        for unit in gone:
            recorder.end(unit, "2021-07-05", DissolutionReason.MERGED, paper, reorganisation)


def record_weak_leaders(recorder: PlaceRecorder) -> None:
    """Leaders relieved early, below the threshold of discipline; others change posts as a rule."""
    paper = recorder.paper(
        "501-QĐ/TU", "Thành ủy Hà Nội", "2022-03-07", "Cho thôi giữ chức vụ, chuyển đổi vị trí công tác"
    )
    office = recorder.unit(
        "TNMT", "Phòng Tài nguyên và Môi trường quận Hoàn Kiếm", Kind.DIVISION, HOAN_KIEM, BASE, known=OPENED
    )
    for n, ground in enumerate(_GROUNDS):
        person = recorder.person(f"thôi{n}", OPENED)
        post = recorder.post(f"TNMT/{n}", office, f"Phó Trưởng phòng {n + 1}", Role.DEPUTY, BASE, OPENED)
        tenure = recorder.appoint(person, post, "2019-03-04", known=OPENED)
        relieved = TenureEnded(
            effective_from=PDate("2022-03-14"),
            tenure=tenure,
            reason=EndReason.RELIEVED,
            ground=ground,
            decision=paper,
        )
        recorder.record("2022-03-14", person, relieved)
    for n in range(3):
        person = recorder.person(f"vị trí{n}", OPENED)
        old, new = (
            recorder.post(
                f"DC/{n}/{way}", office, f"Công chức địa chính {n + 1}{way}", Role.STAFF, BASE, OPENED
            )
            for way in "ab"
        )
        recorder.appoint(person, old, "2019-03-04", known=OPENED, term_months=0)
        recorder.move(person, new, "2022-03-21", MoveKind.POSITION_CHANGE, paper)
    scheme = recorder.paper(
        "17-ĐA/TU", "Thành ủy Hà Nội", "2021-09-06", "Đào tạo nguồn cán bộ cơ sở", DocumentKind.SCHEME
    )
    trained = [demo_id("person", f"{PLACE_KEY}/{key}{n}") for key in _SERVICE_UNITS for n in range(3)]
    recorder.train(
        trained, TrainingField.PROFESSIONAL, "GRASSROOTS", "2021-09-06", scheme, status=TrainingStatus.SENT
    )
    for n, (unit, grade) in enumerate(
        ((recorder.id("unit", "VHTT"), Grade.GOOD), (recorder.id("unit", "QLDA"), Grade.FAILED))
    ):
        fact = Evaluated(
            effective_from=PDate("2022-04-11"),
            evaluation=demo_id("evaluation", f"{unit}/inspection"),
            period="2022",
            occasion=Occasion.INSPECTION,
            subject=SubjectKind.COLLECTIVE,
            grade=grade,
            unit=unit,
            authority=recorder.id("unit", "TU"),
            evaluator=Evaluator.INSPECTION_TEAM,
            evidence=f"Biên bản kiểm tra {n + 1}",
        )
        recorder.record("2022-04-11", unit, fact)
