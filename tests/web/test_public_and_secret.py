"""Below the class personal nobody reads words about persons, nor SECRET facts of any service; a public token reads
units, documents and rules (integrity 6, decision 0024)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.facts import MASKED
from shared.http.auth import BearerTokens, PersonToken
from shared.http.authentication import is_about_identity, is_own_path
from shared.http.token_classes import TokenClass
from shared.operations.settings import load
from tests.web.test_token_classes import QUESTIONS

READ, WRITE, OPEN, MINH = "r" * 40, "w" * 40, "o" * 40, "m" * 40
WORDS = ("Bà Hoa ốm nặng", "Quyết định kỷ luật bà Hoa", "Lý do bí ẩn", "Nhận xét kín", "1970-05-05")


class Told:
    """One person in office, with words about her, and three secret facts."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        unit = {"name": "Phường Mở", "kind": "WARD", "effective_from": "2000-01-01"}
        self.unit = self.record("organization", "", "unit-established", **unit)
        seats = [
            {"unit": self.unit, "title": title, "title_code": "CT", "seats": 1} for title in ("A", "B", "C")
        ]
        self.posts = [
            self.record("organization", "", "post-created", effective_from="2000-01-01", **each)
            for each in seats
        ]
        self.cadre, self.hidden = (
            self.record("personnel", "", "registered", name="Hoa", effective_from="1990-01-01", **more)
            for more in ({"birth": "1970-05-05", "note": WORDS[0]}, {"confidentiality": "SECRET"})
        )
        self.decision = self.register("DECISION", WORDS[1], "12/QĐ-UBND")
        self.decree = self.register("DECREE", "Nghị định về hội", "8/2025/NĐ-CP")
        self.appoint(self.cadre, "mo", self.posts[0], note=WORDS[3], findings=[self.finding()])
        self.appoint(self.cadre, "mat", self.posts[1], confidentiality="SECRET", holding="CONCURRENT")
        list_ = {"owner": self.unit, "title_set": "BCH", "term": "2025-2030", "effective_from": "2024-01-01"}
        self.list = self.record("planning", "", "round-opened", confidentiality="INTERNAL", **list_)
        for entry, post, secrecy in (("vao-mo", 1, "INTERNAL"), ("vao-mat", 2, "SECRET")):
            fields = {
                "entry": entry,
                "cadre": self.cadre,
                "post": self.posts[post],
                "confidentiality": secrecy,
            }
            self.record("planning", self.list, "added-to-planning", effective_from="2024-02-01", **fields)

    @staticmethod
    def finding() -> dict[str, Any]:
        words = {"detail": WORDS[3], "reason": WORDS[2], "inputs": {"birth": "1970-05-05"}}
        return {"rule": "AGE", "overridden_by": "Ban", **words}

    def register(self, kind: str, title: str, number: str) -> str:
        fields = {"number": number, "issuer": "UBND", "signed_on": "2020-01-01", "kind": kind, "title": title}
        return self.record("regulation", "", "decision-registered", effective_from="2020-01-01", **fields)

    def appoint(self, cadre: str, tenure: str, post: str, **fields: Any) -> None:
        fields |= {"tenure": tenure, "post": post, "effective_from": "2020-01-01", "decision": self.decision}
        self.record("appointment", cadre, "appointed", **fields)

    def record(self, service: str, stream: str, fact: str, /, **fields: Any) -> str:
        path = f"/{service}/{stream}".rstrip("/")
        body = {"type": f"{service}.{fact}", **fields}
        sent = {"If-Match": "*", "Authorization": f"Bearer {WRITE}"}
        answer = self.client.post(path, json=body, headers=sent)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["stream"])

    def ask(self, token: str, path: str, **query: str) -> Any:
        answer = self.client.get(path, params=query, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def addresses(self) -> Iterator[str]:
        """Every question of the contract that needs no more than an id, with the ids that are there."""
        ids = {"cadre": self.cadre, "unit": self.unit, "decision": self.decision, "stream": self.cadre}
        for path, operation in QUESTIONS:
            required = {each["name"] for each in operation.get("parameters", ()) if each.get("required")}
            if required <= ids.keys():
                query = "&".join(f"{name}={ids[name]}" for name in required if f"{{{name}}}" not in path)
                yield path.format_map({**dict.fromkeys(required, ""), **ids}) + f"?{query}"
        yield f"/feeds/personnel?stream={self.cadre}"
        yield f"/regulation/{self.decision}/facts?"
        yield "/feeds/regulation?"
        yield f"/feeds/appointment?stream={self.cadre}"
        yield "/search?q=Hoa"
        yield f"/findings?place={self.unit}"
        yield f"/planning-entries?list={self.list}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("classes")))
    persons = (
        PersonToken("Mở", OPEN, token_class=TokenClass.PUBLIC),
        PersonToken("Minh", MINH, token_class=TokenClass.PERSONAL),
    )
    tokens = BearerTokens(read=READ, write=WRITE, persons=persons)
    with TestClient(create_http_app(ledger, tokens=tokens)) as client:
        yield Told(client)
    ledger.close()


def test_words_about_a_person_are_for_the_class_personal(told: Told) -> None:
    seen: set[str] = set()
    for address in told.addresses():
        masked = told.client.get(address, headers={"Authorization": f"Bearer {READ}"})
        assert not (found := {each for each in WORDS if each in masked.text}), (address, found)
        clear = told.client.get(address, headers={"Authorization": f"Bearer {MINH}"}).text
        seen |= {each for each in WORDS if each in clear}
    assert seen == {*WORDS}


def test_masked_words_say_so_and_codes_stay(told: Told) -> None:
    [fact] = [each["fact"] for each in told.ask(READ, f"/appointment/{told.cadre}/facts")]
    assert (fact["note"], fact["post"]) == (MASKED, told.posts[0])
    [finding] = [each for each in fact["findings"] if each["rule"] == "AGE"]
    assert (finding["detail"], finding["reason"], finding["inputs"]) == (MASKED, MASKED, {"birth": MASKED})
    titles = {each["number"]: each["title"] for each in told.ask(READ, "/decisions")["items"]}
    assert titles == {"12/QĐ-UBND": MASKED, "8/2025/NĐ-CP": "Nghị định về hội"}
    assert [each["number"] for each in told.ask(READ, "/decisions", q="12/qd-ubnd")["items"]] == [
        "12/QĐ-UBND"
    ]
    assert told.ask(READ, "/decisions", q="ky luat")["items"] == []


def test_a_secret_tenure_hides_its_row_and_is_counted(told: Told) -> None:
    for path, query in (("/term-history", {"cadre": told.cadre}), ("/who-held", {"cadre": told.cadre})):
        answer = told.client.get(path, params=query, headers={"Authorization": f"Bearer {READ}"})
        if answer.status_code == 200:
            assert "mat" not in {each["tenure"] for each in answer.json()["items"]}, path
    terms = told.ask(READ, "/term-history", cadre=told.cadre)
    assert ([each["tenure"] for each in terms["items"]], terms["withheld"]) == (["mo"], 1)
    clear = told.ask(MINH, "/term-history", cadre=told.cadre)
    assert ({each["tenure"] for each in clear["items"]}, "withheld" in clear) == ({"mo", "mat"}, False)
    assert told.ask(READ, "/holders", post=told.posts[1])["items"] == []
    assert len(told.ask(MINH, "/holders", post=told.posts[1])["items"]) == 1


def test_a_secret_entry_hides_its_row_and_is_counted(told: Told) -> None:
    entries = told.ask(READ, "/planning-entries", list=told.list)
    assert ({each["entry"] for each in entries["items"]}, entries["withheld"]) == ({"vao-mo"}, 1)
    assert {each["entry"] for each in told.ask(MINH, "/planning-entries", list=told.list)["items"]} == {
        "vao-mo",
        "vao-mat",
    }


def test_a_secret_person_is_not_there(told: Told) -> None:
    for token, known in ((READ, False), (MINH, True)):
        life = told.client.get(f"/cadres/{told.hidden}/life", headers={"Authorization": f"Bearer {token}"})
        assert (life.status_code == 200) is known
    feed = told.client.get("/feeds/personnel", headers={"Authorization": f"Bearer {READ}"}).text
    assert told.hidden not in feed
    assert told.cadre in feed


def test_a_public_token_reads_units_documents_and_rules_and_nothing_about_persons(told: Told) -> None:
    refused = 0
    for address in told.addresses():
        answer = told.client.get(address, headers={"Authorization": f"Bearer {OPEN}"})
        if answer.status_code == 403:
            path = address.partition("?")[0]
            expected = "RoleNeeded" if is_own_path(path) or is_about_identity(path) else "NotPublic"
            assert answer.json()["rule"] == expected, answer.text
            assert answer.json()["title_vi"]
            refused += 1
            continue
        for each in (*WORDS, told.cadre, "Hoa", '"mo"', "vao-mo"):
            assert each not in answer.text or each in address, (address, answer.text)
    assert refused > 30
    assert [each["name"] for each in told.ask(OPEN, "/units")["items"]] == ["Phường Mở"]
    assert {each["number"] for each in told.ask(OPEN, "/decisions")["items"]} == {
        "12/QĐ-UBND",
        "8/2025/NĐ-CP",
    }
    assert len(told.ask(OPEN, f"/organization/{told.posts[0]}/facts")) == 1
    assert told.ask(OPEN, "/search", q="Hoa")["items"] == []


def test_who_is_unknown_is_told_of_no_class(told: Told, tmp_path: Path) -> None:
    answer = told.client.get("/holders", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["rule"]) == (401, "Unauthorised")
