"""An id, a code or a number is what is equal to it: wildcards, case and separators mean themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.api.dependencies import decode_cursor, encode_cursor
from shared.core.text import fold
from shared.operations.settings import load

PERSONS = ("le_a", "le-a", "0035e00000QxYzA", "0035e00000QxYza", "50%", "500")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        yield client
    ledger.close()


def record(client: TestClient, path: str, fact: dict[str, Any]) -> str:
    answer = client.post(path, json=fact, headers={"If-Match": "*"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, home = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("home")
    lines = {"persons": ["person_id,name"], "posts": ["post_id,title"], "terms": []}
    lines["terms"].append("term_id,person_id,post_id,start,end,start_precision,end_precision,end_status")
    for number, person in enumerate(PERSONS, start=1):
        lines["persons"].append(f"{person},Person {number}")
        lines["posts"].append(f"q{number},Post {number}")
        lines["terms"].append(f"t{number},{person},q{number},2010-01-01,2012-01-01,day,day,closed")
    for name, text in lines.items():
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        application(), ["--home", str(home), "import", "terms", str(folder), "--scheme", "mine", "--yes"]
    )
    assert done.exit_code == 0, done.output
    return home


@pytest.mark.parametrize(("number", "person"), list(enumerate(PERSONS, start=1)))
def test_a_code_of_a_scheme_is_one_person(imported: Path, number: int, person: str) -> None:
    """Case 01-person-id-like: `_`, `%` and case are part of the code."""
    words = ["show", "history", "--person", person, "--scheme", "mine", "--json"]
    done = CliRunner().invoke(application(), ["--home", str(imported), *words])
    assert [line["term"] for line in json.loads(done.stdout)] == [f"t{number}"]


@pytest.mark.parametrize("code", ["%", "le%", "LE_A", "50_", "mine", "le_a\t", ""])
def test_what_is_no_code_is_nobody(imported: Path, code: str) -> None:
    """Case 01-person-id-like: a pattern finds nobody."""
    words = ["show", "history", "--person", code, "--scheme", "mine"]
    assert CliRunner().invoke(application(), ["--home", str(imported), *words]).exit_code != 0


def test_a_document_is_found_by_its_id_alone(client: TestClient) -> None:
    """Repro like: `%` and `_` in an id were wildcards, and SQLite ignored case."""
    for name in ("QDX1", "QD_1", "qdx1"):
        fact = {
            "type": "regulation.decision-registered",
            "number": name,
            "issuer": "x",
            "signed_on": "2024-01-01",
            "kind": "PLAN",
            "title": name,
            "effective_from": "2024-01-01",
        }
        record(client, f"/regulation/{name}", fact)
        assert client.get(f"/decisions/{name}").json()["id"] == name
    for name in ("%", "Q%", "QD%1", "Qdx1"):
        assert client.get(f"/decisions/{quote(name)}").status_code == 404


def test_filters_take_wildcards_as_themselves(client: TestClient) -> None:
    """Repro like: `/units?parent=%` listed every unit."""
    unit = {"type": "organization.unit-established", "kind": "COMMUNE", "effective_from": "2000-01-01"}
    top = record(client, "/organization", {**unit, "name": "100% Top", "level": "P_1"})
    record(client, "/organization", {**unit, "name": "100x Below", "parent": top, "level": "PX1"})

    def names(**query: str) -> list[str]:
        answer = client.get("/units", params={"as_of": "2020-01-01", **query})
        return [item["name"] for item in answer.json()["items"]]

    assert names(parent=top) == ["100x Below"]
    assert names(parent="root") == ["100% Top"]
    assert names(level="P_1") == names(q="100%") == ["100% Top"]
    assert names(parent="%") == names(level="%") == names(q="_") == names(scheme="%") == []
    for path in ("/programme-progress", "/contests", "/ballots", "/decisions"):
        assert client.get(path, params={"q": "%", "programme": "%", "kind": "%"}).status_code in (
            200,
            404,
            422,
        )


def test_a_code_with_a_scheme_inside_is_no_code_of_that_scheme(client: TestClient) -> None:
    unit = {"type": "organization.unit-established", "kind": "COMMUNE", "effective_from": "2000-01-01"}
    coded = {**unit, "name": "A", "codes": [{"scheme": "one", "value": "two 1"}]}
    record(client, "/organization", coded)
    units = {
        scheme: client.get("/units", params={"as_of": "2020-01-01", "scheme": scheme}).json()["items"]
        for scheme in ("one", "two", "on", "ne", "%")
    }
    assert [len(items) for items in units.values()] == [1, 0, 0, 0, 0]
    assert units["one"][0]["codes"] == [{"scheme": "one", "value": "two 1"}]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Đặng Hoà", "dang hoa"),
        ("Đặng Hoà", "ĐẶNG HÒA"),
        ("Ðặng Hòa", "Đặng Hoà"),
        ("Ɖặng Hòa", "đặng hoà"),
        ("Đặng Hoà", "đặng hòa"),
        ("Thuỷ", "THỦY"),
        ("Straße", "STRASSE"),
    ],
)
def test_search_folds_every_way_of_writing(written: str, asked: str) -> None:
    assert fold(written) == fold(asked)


def test_a_decision_is_found_by_its_number_in_any_case_and_first(client: TestClient) -> None:
    for number, signed, title in (
        ("12/QĐ-UBND", "2020-01-01", "Về nhân sự"),
        ("112/QĐ-UBND", "2024-01-01", "Theo 12/QĐ-UBND"),
        ("12/QĐ-UBNDX", "2023-01-01", "Khác"),
    ):
        fact = {
            "type": "regulation.decision-registered",
            "number": number,
            "issuer": "UBND",
            "signed_on": signed,
            "kind": "DECISION",
            "title": title,
            "effective_from": signed,
        }
        record(client, "/regulation", fact)
    for asked in ("12/QĐ-UBND", "12/qđ-ubnd", "12/QD-ubnd"):
        found = [item["number"] for item in client.get("/decisions", params={"q": asked}).json()["items"]]
        assert found == ["12/QĐ-UBND", "112/QĐ-UBND", "12/QĐ-UBNDX"]


def test_search_has_exact_names_first(client: TestClient) -> None:
    unit = {"type": "organization.unit-established", "kind": "COMMUNE", "effective_from": "2000-01-01"}
    for name in ("Phường An Hoà Đông", "An Hoà", "Xã An Hoà"):
        record(client, "/organization", {**unit, "name": name})
    found = [item["name"] for item in client.get("/search", params={"q": "AN HÒA"}).json()["items"]]
    assert found[0] == "An Hoà"
    assert len(found) == 3
    assert client.get("/search", params={"q": "%"}).json()["items"] == []


@pytest.mark.parametrize("name", ["An", "An\tBình", 'An "Bình"', "Đặng\n"])
def test_a_cursor_carries_any_name(name: str) -> None:
    assert decode_cursor(encode_cursor(name, "id\t1")) == (name, "id\t1")
