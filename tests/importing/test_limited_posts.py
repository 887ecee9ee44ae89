"""Imports into posts that refuse holders beyond their seats (`refuse_excess`), as their post or unit says."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.appointment.events import Appointed, Holding, TenureEnded
from services.importing.batches import derive_id
from services.organization.events import Kind, PostCreated, PostRevised, UnitReclassified
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.testing import on
from tests.importing_law import ImportedLedger, Line, Source, set_aside

CLERK = Origin(actor="clerk")
PERSONS = [{"person_id": f"p{n}", "name": f"Person {n}"} for n in range(1, 5)]
UNITS = [{"unit_id": "u1", "parent_id": "", "name": "Sở Nội vụ", "level": "department"}]
POSTS = [{"post_id": "q1", "title": "Director", "unit_id": "u1"}]


def term(id_: str, person: str, start: str, end: str = "") -> Line:
    status = "closed" if end else "ongoing"
    days = {"start": start, "end": end, "end_status": status}
    return {"term_id": id_, "person_id": person, "post_id": "q1", **days}


def source(*terms: Line) -> Source:
    return {"persons.csv": PERSONS, "posts.csv": POSTS, "units.csv": UNITS, "terms.csv": list(terms)}


class Office(ImportedLedger):
    """A ledger with a post of one seat, imported, of which somebody says that it refuses more holders."""

    def post(self, says: str = "post") -> str:
        self.take(source())
        post, unit = derive_id("x", "post", "q1"), derive_id("x", "unit", "u1")
        app, day = self.ledger.apps["organization"], "1990-01-01"
        refuses = says == "post"
        app.handle(
            post,
            PostRevised(
                effective_from=on(day), title="Director", seats=1, term_months=0, refuse_excess=refuses
            ),
            CLERK,
        )
        if says == "unit":
            fact = UnitReclassified(
                effective_from=on(day), kind=Kind.DIVISION, level="PROVINCE", refuse_excess=True
            )
            app.handle(unit, fact, CLERK)
        self.project()
        return post

    def appoint(self, cadre: str, post: str, day: str, end: str = "") -> None:
        self.ledger.apps["personnel"].handle(cadre, Registered(name="A", effective_from=on("1980")), CLERK)
        self.project()
        app, tenure = self.ledger.apps["appointment"], f"by-hand-{cadre}"
        fact = Appointed(effective_from=on(day), tenure=tenure, post=post, holding=Holding.PRIMARY)
        app.handle(cadre, fact, CLERK)
        if end:
            app.handle(cadre, TenureEnded(effective_from=on(end), tenure=tenure), CLERK)
        self.project()

    def project(self) -> None:
        assert self.ledger.projector
        self.ledger.projector.project_pending()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    made: list[Office] = []

    def make_office() -> Office:
        made.append(Office(tmp_path / f"office-{len(made)}"))
        return made[-1]

    yield make_office
    for office in made:
        office.close()


def rules(report: Any) -> set[tuple[str, str, str]]:
    return {(each.id, each.column, each.rule) for each in report.set_aside}


@pytest.mark.parametrize("says", ["post", "unit"])
def test_a_holder_beyond_the_seats_is_set_aside(make: Any, says: str) -> None:
    """Held by somebody whom a command appointed, and by the source itself."""
    office = make()
    office.appoint("k1", office.post(says), "2010-01-01", "2015-01-01")
    lines = (
        term("t1", "p1", "2005-01-01", "2010-01-01"),
        term("t2", "p2", "2014-01-01", "2016-01-01"),
        term("t3", "p3", "2015-01-01"),
        term("t4", "p4", "2020-01-01"),
    )
    report = office.take(source(*lines))
    assert rules(report) == {("t2", "post_id", "SeatsTaken"), ("t4", "post_id", "SeatsTaken")}
    assert "2014-01-01" in next(each.reason for each in report.set_aside if each.id == "t2")
    again = office.take(source(*lines))
    assert (again.facts, rules(again)) == (0, rules(report))
    ended = source(*lines[:2], term("t3", "p3", "2015-01-01", "2020-01-01"), lines[3])
    assert rules(office.take(ended)) == {("t2", "post_id", "SeatsTaken")}, "the seat is free again"


def test_parts_in_any_order_make_the_whole(make: Any) -> None:
    """integrity §9, law of batching: those that begin first have the seats, whatever part brings them."""
    lines = [
        term("t1", "p1", "2012-01-01"),
        term("t2", "p2", "2010-01-01", "2013-01-01"),
        term("t3", "p3", "2009-01-01", "2011-01-01"),
    ]
    whole = make()
    whole.post()
    expected = whole.take(source(*lines))
    assert rules(expected) == {("t2", "post_id", "SeatsTaken")}
    for order in itertools.permutations(lines):
        office = make()
        office.post()
        for line in order:
            last = office.take(source(line))
        assert (office.rows(), set_aside(last)) == (whole.rows(), set_aside(expected))


def test_what_was_recorded_before_the_post_refused_stays(make: Any) -> None:
    office, lines = make(), (term("t1", "p1", "2010-01-01"), term("t2", "p2", "2011-01-01"))
    assert office.take(source(*lines)).set_aside == []
    office.post()
    again = office.take(source(*lines))
    assert (again.facts, again.set_aside) == (0, [])
    assert rules(office.take(source(term("t3", "p3", "2012-01-01")))) == {("t3", "post_id", "SeatsTaken")}


def test_a_seat_that_somebody_freed_by_hand_is_free(make: Any) -> None:
    """The source still says that the predecessor is in office; the log has the end."""
    office = make()
    office.post()
    office.take(source(term("t1", "p1", "2010-01-01")))
    ended = TenureEnded(effective_from=on("2016-01-01"), tenure=derive_id("x", "term", "t1"))
    office.ledger.apps["appointment"].handle(derive_id("x", "person", "p1"), ended, CLERK)
    office.project()
    lines = term("t1", "p1", "2010-01-01"), term("t2", "p2", "2016-01-01")
    assert office.take(source(*lines)).set_aside == []
    assert office.take(source(*lines)).set_aside == []


def test_a_post_that_does_not_refuse_takes_more_with_a_finding(make: Any) -> None:
    office = make()
    lines = (term("t1", "p1", "2010-01-01"), term("t2", "p2", "2011-01-01"))
    created = PostCreated(effective_from=on("1990-01-01"), unit="", title="Free", seats=1, term_months=0)
    office.ledger.apps["organization"].handle("free", created, CLERK)
    office.project()
    assert office.take(source(*lines)).set_aside == []
