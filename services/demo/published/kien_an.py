"""Kiến An district, Hải Phòng: the report to the congress of the city's Party organisation, 15 October 2020.

Two mergers, the secretary who chairs the council, and the head of the Propaganda Board who runs the political centre
are part of the simulated city; the rest of the report is here.
"""

from services.demo.city.world import demo_id
from services.demo.published.acts import LEVEL_ENDS, PlaceRecorder, derive_unit_id
from services.evaluation.events import Evaluated, Evaluator, Grade, Occasion
from services.organization.events import Bloc, Kind, OversightSet, Role, UnitEstablished, UnitReparented
from services.personnel.events import TrainingField, TrainingStatus
from services.planning.events import PlanningSource
from services.regulation.events import DocumentKind, ItemStatus, ProgrammeItemStatusSet
from services.rotation.events import Direction, MoveKind, PlanApproved, PlanItem
from shared.core.partial_dates import PDate

PLACE_KEY = "KA5"
BASE, OPENED = "..2014-01-01", "2014-02-03"
DISTRICT, COMMITTEE, COUNCIL_BODY = (
    derive_unit_id("2/307#1"),
    demo_id("unit", "KA/DU"),
    demo_id("unit", "KA/UB"),
)
_GROUPS = {"11431": 24, "11434": 22, "11437": 20, "11440": 18, "11446": 30, "11449": 25}
"""Residential groups by ward; with the ten of Trần Thành Ngọ ward there are 149."""
PLANNED_MOVES = {Direction.DOWN: 19, Direction.LATERAL: 85}
REPLACED = 5
_TARGETS = 17
CROSSING = {"TC": "UB/vice", "NV": "DU/deputy", "VPU": "UB/vice", "DT": "DU/standing", "MT": "HD/vice"}
"""Planned by one body for a post of another: the offices that those planned come from."""
_DUAL = ("THQ", "CAQ", "TAQ", "KSQ", "TKA")
_TRAININGS = (
    (TrainingField.POL_THEORY, "ADVANCED", "2016-09-05", 3),
    (TrainingField.POL_THEORY, "INTERMEDIATE", "2017-09-04", 6),
    (TrainingField.UPDATE, "LOCAL", "2016-11-07", 12),
    (TrainingField.UPDATE, "LOCAL", "2017-11-06", 12),
    (TrainingField.UPDATE, "LOCAL", "2018-11-05", 12),
)


def record_place(recorder: PlaceRecorder) -> None:
    recorder.managed_by = COMMITTEE
    record_groups(recorder)
    rotation_plan(recorder)
    people = recorder.people("cb", 12, "2015-03-02")
    trained = recorder.paper(
        "11-KH/QU", "Quận ủy Kiến An", "2016-01-15", "Đào tạo, bồi dưỡng cán bộ", DocumentKind.PLAN
    )
    for field, level, day, number in _TRAININGS:
        recorder.train(people[:number], field, level, day, trained, status=TrainingStatus.SENT)
    record_planning(recorder, people)
    record_replaced(recorder)
    congress_targets(recorder)


def record_groups(recorder: PlaceRecorder) -> None:
    """They exist before the ledger begins, and continue under the new wards."""
    of_new_ward = {"11446": "2/11446#1", "11440": "2/11446#1"}
    for ward, number in _GROUPS.items():
        for n in range(1, number + 1):
            key = f"{ward}/TDP{n}"
            fact = UnitEstablished(
                effective_from=PDate("..2010-01-01"),
                name=f"Tổ dân phố số {n}",
                kind=Kind.RESIDENTIAL_GROUP,
                bloc=Bloc.TERRITORY,
                parent=derive_unit_id(f"3/{ward}#1"),
                baseline=True,
            )
            recorder.record("2014-01-20", recorder.id("unit", key), fact)
            after = UnitReparented(
                effective_from=PDate(LEVEL_ENDS), parent=derive_unit_id(of_new_ward.get(ward, "2/11443#1"))
            )
            recorder.record("2025-06-24", recorder.id("unit", key), after)


def rotation_plan(recorder: PlaceRecorder) -> None:
    title = "Luân chuyển, điều động cán bộ nhiệm kỳ 2015-2020"
    paper = recorder.paper("09-KH/QU", "Quận ủy Kiến An", "2016-03-14", title, DocumentKind.PLAN)
    items = tuple(
        PlanItem(item=direction.value, direction=direction, count=count, from_unit=DISTRICT)
        for direction, count in PLANNED_MOVES.items()
    )
    fact = PlanApproved(
        effective_from=PDate("2016-03-14"),
        owner=COMMITTEE,
        term="2015-2020",
        title=title,
        items=items,
        decision=paper,
        managed_by=COMMITTEE,
    )
    recorder.record("2016-03-18", recorder.id("rotation-plan", "2015-2020"), fact)


def record_planning(recorder: PlaceRecorder, people: list[str]) -> None:
    """Planning across lines of work, and from units that the district manages together with their branch."""
    farm = recorder.unit(
        "TKN", "Trạm Nông nghiệp thành phố tại quận Kiến An", Kind.OTHER, DISTRICT, "..2015-01-01"
    )
    oversight = OversightSet(
        effective_from=PDate("2015-01-05"),
        vertical=demo_id("unit", "HP/UB"),
        territorial=COMMITTEE,
        shares={"plan": COMMITTEE},
    )
    recorder.record("2015-01-12", farm, oversight)
    paper = recorder.paper(
        "31-QĐ/QU", "Quận ủy Kiến An", "2019-06-10", "Phê duyệt quy hoạch nhiệm kỳ 2020-2025"
    )
    listed = recorder.open_list(
        "chủ chốt", COMMITTEE, "Chức danh chủ chốt quận", "2020-2025", "2019-06-10", paper
    )
    from_elsewhere = list(zip(people, CROSSING.items(), strict=False))
    for person, (office, post) in from_elsewhere:
        recorder.add_to_list(
            listed,
            person,
            "2019-06-10",
            paper,
            post=demo_id("post", f"KA/{post}"),
            source=PlanningSource.EXTERNAL,
            source_unit=demo_id("unit", f"KA/{office}"),
        )
    dual = [demo_id("unit", f"KA/{each}") for each in _DUAL] + [farm]
    for person, unit in zip(people[len(from_elsewhere) :], dual, strict=False):
        recorder.add_to_list(
            listed,
            person,
            "2019-06-10",
            paper,
            post=demo_id("post", "KA/UB/vice"),
            source=PlanningSource.DUAL_MANAGED,
            source_unit=unit,
        )


def record_replaced(recorder: PlaceRecorder) -> None:
    """Assigned other work after they were evaluated under Central Resolution 4."""
    office = recorder.unit(
        "BQL", "Ban Quản lý dự án quận Kiến An", Kind.BOARD, COUNCIL_BODY, BASE, known=OPENED
    )
    other = recorder.unit(
        "HTCD", "Trung tâm Học tập cộng đồng quận Kiến An", Kind.CENTRE, COUNCIL_BODY, BASE, known=OPENED
    )
    title = "Kiểm điểm theo Nghị quyết Trung ương 4"
    paper = recorder.paper("18-KL/QU", "Quận ủy Kiến An", "2017-12-18", title, DocumentKind.CONCLUSION)
    moved = recorder.paper("44-QĐ/QU", "Quận ủy Kiến An", "2018-02-05", "Bố trí công tác khác")
    for n, person in enumerate(recorder.people("tt", REPLACED, OPENED), start=1):
        old = recorder.post(f"BQL/{n}", office, f"Phó Trưởng ban phụ trách tổ {n}", Role.DEPUTY, BASE, OPENED)
        new = recorder.post(f"HTCD/{n}", other, f"Giáo vụ khối {n}", Role.STAFF, BASE, OPENED)
        recorder.appoint(person, old, "2014-03-03", known="2014-03-10")
        evaluation = demo_id("evaluation", f"{person}/2017")
        judged = Evaluated(
            effective_from=PDate("2017-12-18"),
            evaluation=evaluation,
            period="2017",
            occasion=Occasion.ANNUAL,
            grade=Grade.FAILED,
            unit=office,
            authority=COMMITTEE,
            evaluator=Evaluator.MANAGING_AUTHORITY,
            decision=paper,
        )
        recorder.record("2017-12-18", person, judged)
        ground = "không hoàn thành nhiệm vụ sau kiểm điểm Nghị quyết Trung ương 4"
        recorder.move(
            person, new, "2018-02-05", MoveKind.REPLACEMENT, moved, trigger=f"@{evaluation}", ground=ground
        )
    ends = recorder.paper(
        "203-TB/QU", "Quận ủy Kiến An", "2025-06-20", "Kết thúc hoạt động", DocumentKind.NOTICE
    )
    recorder.end_of_level(ends)


def congress_targets(recorder: PlaceRecorder) -> None:
    title = "Nghị quyết Đại hội Đảng bộ quận nhiệm kỳ 2015-2020"
    programme = recorder.paper(
        "01-NQ/ĐH", "Đại hội Đảng bộ quận Kiến An", "2015-07-20", title, DocumentKind.RESOLUTION
    )
    for n in range(1, _TARGETS + 1):
        for day, status in (("2015-07-20", ItemStatus.PLANNED), ("2020-07-15", ItemStatus.DONE)):
            fact = ProgrammeItemStatusSet(
                effective_from=PDate(day),
                item=f"{n:02}",
                status=status,
                title=f"Chỉ tiêu {n}",
                lead=COMMITTEE,
            )
            recorder.record(day if status is ItemStatus.DONE else "2015-07-27", programme, fact)
