"""`GET /contradictions`, and what a circle of units does to every question (repro concur.py f)."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.organization.events import UnitReparented
from shared.eventlog.group_commit import AppendRequest
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import on
from tests.contradictions.stored import Told, tenure
from tests.questions.conftest import LedgerClient


class Office(LedgerClient):
    """A running ledger that also takes facts from another site, which no rule of ours has judged."""

    def __init__(self, client: TestClient, ledger: EmbeddedLedger) -> None:
        super().__init__(client)
        self.ledger = ledger

    def take_over(self, *facts: Told) -> None:
        for topic, stream, fact in facts:
            log = self.ledger.logs[topic]
            log.append(AppendRequest(stream, log.version(stream), (fact,), "import:another-site"))
        self.ledger.project_pending()

    def listed(self, **params: str) -> list[Any]:
        return self.items("/contradictions", **params)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("integrity")))
    with TestClient(create_http_app(ledger)) as client:
        yield Office(client, ledger)
    ledger.close()


@pytest.fixture(scope="module")
def circle(office: Office) -> tuple[str, str]:
    one, other = office.unit("A"), office.unit("B")
    office.seat(one, "Head")
    office.take_over(
        *(
            ("organization", unit, UnitReparented(parent=parent, effective_from=on("2005-01-01")))
            for unit, parent in ((one, other), (other, one))
        )
    )
    return one, other


QUESTIONS: dict[str, dict[str, str]] = {
    "/org-chart": {"unit": "", "depth": "32"},
    "/units": {"parent": ""},
    "/forecast": {"place": ""},
    "/conflicts": {"place": ""},
    "/contradictions": {"place": ""},
    "/findings": {"place": ""},
    "/due": {"place": ""},
    "/diff": {"unit": "", "from": "2004-01-01", "to": "2006-01-01"},
    "/lineage": {"unit": ""},
    "/reports/cadre-work": {"place": ""},
    "/holders": {"unit": ""},
    "/appointments": {"place": ""},
    "/rotations": {"place": ""},
    "/rotation-flows": {"place": ""},
    "/planning-pool": {"place": ""},
    "/planning-structure": {"place": ""},
    "/evaluation-distribution": {"place": "", "period": "2020"},
    "/unit-counts": {"place": ""},
}
"""Questions about a unit, by path; an empty parameter is the id of the unit."""


@pytest.mark.parametrize("path", QUESTIONS)
def test_a_circle_of_units_stops_no_question(office: Office, circle: tuple[str, str], path: str) -> None:
    params = {name: value or circle[0] for name, value in QUESTIONS[path].items()}
    answer = office.client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < 20_000


def test_a_chart_shows_each_unit_of_a_circle_once(office: Office, circle: tuple[str, str]) -> None:
    nodes = office.items("/org-chart", unit=circle[0], depth="32", as_of="2010-01-01")
    assert [(node["unit"], node["depth"]) for node in nodes] == [(circle[0], 0), (circle[1], 1)]
    assert [len(node["posts"]) for node in nodes] == [1, 0]


def test_a_unit_under_a_circle_can_be_moved_out_of_it(office: Office, circle: tuple[str, str]) -> None:
    unit = office.unit("under the circle", parent=circle[0])
    office.say(f"/organization/{unit}", "organization.unit-reparented", "2007-01-01", parent="")


def test_a_circle_is_listed_for_every_unit_of_it(office: Office, circle: tuple[str, str]) -> None:
    for unit in circle:
        (line,) = office.listed(kind="unit_circle", place=unit, as_of="2010-01-01")
        assert {each["id"]: each["name"] for each in line["concerns"]} == {circle[0]: "A", circle[1]: "B"}
        assert line["since"] == "2005-01-01"
        assert line["until"] == ""
        assert [fact.split("/")[:2] for fact in line["facts"]] == [
            ["organization", unit] for unit in sorted(circle)
        ]
    assert office.listed(kind="UNIT_CIRCLE", place=circle[0], as_of="2004-12-31") == []


def test_a_line_says_what_whom_since_when_and_how_to_mend_it(office: Office) -> None:
    unit = office.unit("Sở Nội vụ")
    posts = [office.seat(unit, title) for title in ("Giám đốc", "Phó Giám đốc")]
    person = office.cadre("Nguyễn Văn An")
    office.take_over(*(fact for post in posts for fact in tenure(person, post, "2020-01-01")))
    (line,) = office.listed(cadre=person)
    assert line["kind"] == "TWO_PRIMARY"
    assert line["title_vi"] == "một người giữ hai chức vụ chính cùng lúc"
    assert [each["name"] for each in line["concerns"]][:1] == ["Nguyễn Văn An"]
    assert {each["name"] for each in line["concerns"] if each["what"] == "post"} == {
        "Giám đốc",
        "Phó Giám đốc",
    }
    assert "CONCURRENT" in line["mend"]
    assert line["mend_vi"]
    for fact in line["facts"]:
        assert office.ask(f"/facts/{fact}")["fact"]["type"] == "appointment.appointed"


def test_pages_follow_each_other_without_gap_or_repetition(office: Office) -> None:
    for n in range(5):
        office.take_over(*tenure(f"nobody-{n}", "no-post", "2020-01-01", id_=f"t{n}"))
    whole = office.listed(kind="HOLDER_OF_VOIDED")
    assert len(whole) == 10
    paged, cursor = [], ""
    while True:
        page = office.ask("/contradictions", kind="HOLDER_OF_VOIDED", limit="3", cursor=cursor)
        paged += page["items"]
        if not (cursor := page["next"]):
            break
    assert paged == whole


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(office: Office) -> None:
    answer = office.client.get("/contradictions", params={"kind": "TWO"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "kind"
    assert all(kind in answer.json()["detail"] for kind in ContradictionKind.__members__)


def test_what_was_found_is_kept_no_longer_than_it_is_true(office: Office) -> None:
    unit = office.unit("Sở")
    person, posts = office.cadre("Kept"), [office.seat(unit, title) for title in "AB"]
    assert office.listed(cadre=person) == []
    assert office.listed(cadre=person) == []
    office.take_over(*(fact for post in posts for fact in tenure(person, post, "2020-01-01")))
    asked = office.ask("/contradictions", cadre=person)
    assert [line["kind"] for line in asked["items"]] == ["TWO_PRIMARY"]
    wrong = asked["items"][0]["facts"][1].rsplit("/", 1)[1]
    correction = {"target": wrong, "mode": "VOID", "reason": "recorded twice"}
    answer = office.client.post(
        f"/appointment/{person}/corrections", json=correction, headers={"If-Match": "*"}
    )
    assert answer.status_code == 201, answer.text
    assert office.listed(cadre=person) == []
    assert office.ask("/contradictions", cadre=person, known_at=asked["known_at"]) == asked
