"""Answers of a real ledger with the record of access around it: what is noted of which question, and what is not."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.identity.access_events import AccessFact
from services.identity.access_record.entries import AccessLine
from services.identity.access_record.middleware import RecordedAccess
from services.identity.access_record.questions import EXPORTS, SENSITIVE
from services.identity.access_record.reading import list_access
from services.identity.access_record.recorder import AccessRecorder
from shared.core.clock import SimulatedClock, system_clock
from shared.core.errors import SiteClosed
from shared.core.facts import Topic
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.http.auth import BearerTokens, PersonToken
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.contract.completeness import list_operations
from tests.contract.test_openapi import DOCUMENT

READ, WRITE, AN = "r" * 40, "w" * 40, "a" * 40
TOKENS = BearerTokens(READ, WRITE, (PersonToken("Nguyễn Văn An", AN, writes=True),))
ORDINARY = {
    *(
        "/org-chart",
        "/units",
        "/units/{unit}/versions",
        "/lineage",
        "/unit-counts",
        "/names",
        "/labels",
        "/search",
    ),
    *(
        "/holders",
        "/term-history",
        "/who-held",
        "/diff",
        "/paired-posts",
        "/concurrent-holders",
        "/replacements",
    ),
    *(
        "/decisions",
        "/decisions/{decision}",
        "/decision-register",
        "/decision-gaps",
        "/rules",
        "/tasks",
        "/due",
    ),
    *("/rotation-flows", "/rotations", "/rotations/open", "/rotation-plans", "/appointments", "/contests"),
    *("/planning-pool", "/planning-changes", "/planning-entries", "/planning-structure", "/planned-share"),
    *(
        "/programme-board",
        "/training-summary",
        "/evaluation-distribution",
        "/deep-review-counts",
        "/balances",
    ),
    *(
        "/reorganisations/posts",
        "/reorganisations/{reorganisation}/balance",
        "/findings",
        "/conflicts",
        "/forecast",
    ),
    *("/session", "/sessions", "/session/emergency", "/accounts", "/api-tokens", "/session/access-record"),
    *("/session/oidc", "/session/oidc/{provider}", "/session/oidc/{provider}/callback"),
    "/identity/access-record",
    *("/contradictions", "/sync/status", "/asyncapi.json", "/schemas/{tag}", "/health", "/ready", "/metrics"),
    *(
        f"/{topic}/{{stream}}/{rest}"
        for topic in ("regulation", "organization")
        for rest in ("facts", "corrections/preview", "corrections/{correction}")
    ),
}
"""Names, posts, terms, planning and counts, which those who see persons at all see every minute."""


class Watched:
    """A ledger with two people in it, and the record of who looks at them."""

    laptop: TestClient
    """The same ledger without tokens."""

    def __init__(self, client: TestClient, log: EventLog[AccessFact], recorder: AccessRecorder) -> None:
        self.client, self.log, self.recorder = client, log, recorder
        self.people = [self.register("Trần Thị Một"), self.register("Trần Văn Hai")]

    def register(self, name: str) -> str:
        body = {
            "type": "personnel.registered",
            "name": name,
            "ethnicity": "Tày",
            "effective_from": "2020-01-01",
        }
        answer = self.client.post("/personnel", json=body, headers=bearer(AN))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["stream"])

    def ask(self, address: str, token: str = AN) -> tuple[int, list[AccessLine]]:
        """The status of the answer, and what it added to the record."""
        before = self.log.position()
        status = self.client.get(address, headers=bearer(token)).status_code
        self.recorder.flush()
        return status, list_access(self.log, after=before)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def client_of(ledger: EmbeddedLedger, recorder: AccessRecorder, tokens: BearerTokens | None) -> TestClient:
    app = create_http_app(ledger, tokens=tokens)
    app.add_middleware(RecordedAccess, recorder=recorder)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    home = tmp_path_factory.mktemp("watched")
    ledger = open_embedded_ledger(load(home))
    log: EventLog[AccessFact] = EventLog(
        Topic("identity", AccessFact), home / "access.db", "here", system_clock, ledger.keys
    )
    clock = SimulatedClock(Instant("2026-11-27T18:47:03.000000Z"))  # always one quarter
    recorder = AccessRecorder(log, clock)
    with client_of(ledger, recorder, TOKENS) as client:
        found = Watched(client, log, recorder)
        with client_of(ledger, recorder, None) as found.laptop:
            yield found
    log.close()
    ledger.close()


def test_every_question_of_the_contract_is_sorted() -> None:
    """A new route without a decision about it fails here."""
    asked = {path for path, method, _ in list_operations(DOCUMENT) if method == "get"}
    assert asked - ORDINARY - SENSITIVE - EXPORTS == set()
    assert (ORDINARY | SENSITIVE | EXPORTS) - asked == set()
    assert not ORDINARY & (SENSITIVE | EXPORTS)


def test_who_looks_at_a_person_is_on_record(watched: Watched) -> None:
    status, [line] = watched.ask(f"/cadres/{watched.people[0]}/life")
    assert status == 200
    assert (line.what, line.by, line.name) == ("READ", "token:Nguyễn Văn An", "Nguyễn Văn An")
    assert (line.of, line.questions) == (watched.people[0], ("/cadres/{cadre}/life",))
    assert watched.ask(f"/cadres/{watched.people[0]}/life") == (200, [])


def test_a_list_is_on_record_with_everybody_in_it(watched: Watched) -> None:
    for number, person in enumerate(watched.people):
        body = {
            "type": "personnel.disciplined",
            "case": f"case-{number}",
            "form": "REPRIMAND",
            "side": "PARTY",
            "grounds": "Căn cứ",
            "effective_from": "2021-01-01",
        }
        headers = bearer(AN) | {"If-Match": "*"}
        assert watched.client.post(f"/personnel/{person}", json=body, headers=headers).status_code == 201
    status, lines = watched.ask("/disciplines")
    assert status == 200
    assert {line.of for line in lines} == set(watched.people)
    assert {question for line in lines for question in line.questions} >= {"/disciplines"}


def test_the_facts_of_a_person_are_on_record(watched: Watched) -> None:
    status, [line] = watched.ask(f"/personnel/{watched.people[1]}/facts")
    assert (status, line.of) == (200, watched.people[1])


def test_who_sees_nothing_sensitive_is_not_on_record(watched: Watched) -> None:
    """The answers to an internal token are masked."""
    assert watched.ask(f"/cadres/{watched.people[0]}/life", READ) == (200, [])
    assert watched.ask("/disciplines", READ) == (200, [])
    assert watched.ask("/units") == (200, [])
    assert watched.ask(f"/names?ids={watched.people[0]}") == (200, [])


def test_whoever_has_this_machine_alone_is_not_watched(watched: Watched) -> None:
    before = watched.log.position()
    assert watched.laptop.get(f"/cadres/{watched.people[0]}/life").status_code == 200
    watched.recorder.flush()
    assert watched.log.position() == before


def test_a_denial_is_on_record(watched: Watched) -> None:
    answer = watched.client.post(f"/personnel/{watched.people[0]}", json={}, headers=bearer(READ))
    assert (answer.status_code, answer.json()["rule"]) == (403, "ReadsOnly")
    _, lines = watched.ask("/units")
    [line] = lines
    assert (line.what, line.rule, line.of) == ("DENIED", "ReadsOnly", watched.people[0])


def test_an_export_is_on_record_before_its_first_byte(watched: Watched) -> None:
    before = watched.log.position()
    assert watched.client.get("/feeds/personnel", headers=bearer(AN)).status_code == 200
    [line] = list_access(watched.log, after=before)
    assert (line.what, line.questions) == ("EXPORTED", ("/feeds/personnel",))


def test_what_cannot_be_put_on_record_is_not_shown(watched: Watched) -> None:
    watched.log.close_site(SiteClosed("here", "another"))
    answer = watched.client.get("/feeds/evaluation", headers=bearer(AN))
    watched.log.close_site(None)
    assert (answer.status_code, answer.json()["rule"]) == (503, "AccessNotRecorded")
    assert watched.client.get("/feeds/evaluation", headers=bearer(AN)).status_code == 200


def test_no_question_is_slowed_by_the_record(watched: Watched) -> None:
    """Nothing is written before the answer to a look leaves."""
    before = watched.log.position()
    assert watched.client.get(f"/trainings?cadre={watched.people[0]}", headers=bearer(AN)).status_code == 200
    assert watched.log.position() == before
    watched.recorder.flush()
    assert watched.log.position() == before + 1


def test_the_record_can_be_written_as_json(watched: Watched) -> None:
    lines: Any = msgspec.json.decode(msgspec.json.encode(list_access(watched.log)))
    assert {line["what"] for line in lines} <= {"READ", "EXPORTED", "DENIED", "EMERGENCY"}
