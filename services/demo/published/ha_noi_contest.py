"""Hà Nội: the pilot of contests in 2022, and the first contest."""

from services.appointment.events import (
    AppointmentRoute,
    Candidate,
    ContestConcluded,
    ContestOpened,
    EndReason,
    TenureEnded,
)
from services.demo.published.acts import PlaceRecorder
from services.organization.events import Bloc, Kind, Role
from services.regulation.events import DocumentKind
from shared.core.partial_dates import Day, PDate

PLANNED_TITLES = 90


def record_contest(recorder: PlaceRecorder, committee: str, district: str, base: str, opened_on: str) -> None:
    """The pilot of 2022, and its first contest: four candidates, all of them deputy heads."""
    paper = recorder.paper(
        "29-ĐA/TU",
        "Thành ủy Hà Nội",
        "2021-12-27",
        "Thí điểm thi tuyển chức danh lãnh đạo",
        DocumentKind.SCHEME,
    )
    pilot = recorder.id("contest", "pilot")
    opened = ContestOpened(
        effective_from=PDate("2022-01-03"),
        title="Thí điểm thi tuyển chức danh lãnh đạo, quản lý năm 2022",
        organiser=committee,
        planned_count=PLANNED_TITLES,
        approximate=True,
        until=Day(PDate("2022-12-31")),
        decision=paper,
    )
    recorder.record("2022-01-03", pilot, opened)
    schools = [
        recorder.unit(
            f"THCS{n}",
            f"Trường Trung học cơ sở số {n} quận Thanh Xuân",
            Kind.SERVICE_UNIT,
            district,
            base,
            bloc=Bloc.SERVICE,
            known=opened_on,
        )
        for n in range(1, 6)
    ]
    head = recorder.post("THCS1/HT", schools[0], "Hiệu trưởng", Role.HEAD, base, opened_on)
    deputies = [
        recorder.post(f"THCS{n}/PHT", school, "Phó Hiệu trưởng", Role.DEPUTY, base, opened_on)
        for n, school in enumerate(schools[1:], 2)
    ]
    people = recorder.people("pht", 4, opened_on, born=(1976, 1984))
    tenures = [
        recorder.appoint(*each, "2018-08-06", known=opened_on) for each in zip(people, deputies, strict=True)
    ]
    one = recorder.id("contest", "thanh-xuan")
    competing = tuple(
        Candidate(cadre=person, post=post) for person, post in zip(people, deputies, strict=True)
    )
    recorder.record(
        "2022-04-04",
        one,
        ContestOpened(
            effective_from=PDate("2022-04-04"),
            title="Thi tuyển Hiệu trưởng Trường Trung học cơ sở",
            post=head,
            organiser=district,
            candidates=competing,
            part_of=pilot,
            decision=paper,
        ),
    )
    scores = dict(zip(people, (91.5, 86.0, 83.25, 79.0), strict=True))
    recorder.record(
        "2022-04-25",
        one,
        ContestConcluded(effective_from=PDate("2022-04-25"), winner=people[0], scores=scores),
    )
    decided = recorder.paper(
        "812/QĐ-UBND", "Ủy ban nhân dân quận Thanh Xuân", "2022-05-09", "Bổ nhiệm Hiệu trưởng"
    )
    left = TenureEnded(
        effective_from=PDate("2022-05-09"), tenure=tenures[0], reason=EndReason.MOVED, decision=decided
    )
    recorder.record("2022-05-09", people[0], left)
    recorder.appoint(people[0], head, "2022-05-09", paper=decided, route=AppointmentRoute.CONTEST)
