"""The services over HTTP: proposals, versions, repeats, and problems that say what, where and how to mend it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load

UNIT = {"type": "organization.unit-established", "effective_from": "2004-08-31", "level": "PROVINCE"}
CITY = {**UNIT, "name": "Thành phố Hải Phòng", "kind": "MUNICIPALITY", "bloc": "TERRITORY"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        yield client
    ledger.close()


def post(client: TestClient, url: str, fact: dict[str, Any], **headers: str) -> Any:
    return client.post(
        url, json=fact, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def positions(client: TestClient) -> list[str]:
    return [line for line in client.get("/metrics").text.splitlines() if "log_position{" in line]


def stream(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


@pytest.fixture
def city(client: TestClient) -> str:
    return stream(post(client, "/organization", CITY))


@pytest.fixture
def office(client: TestClient, city: str) -> str:
    return stream(
        post(client, "/organization", {**CITY, "name": "Sở Nội vụ", "kind": "DEPARTMENT", "parent": city})
    )


def seat(client: TestClient, unit: str, title: str = "Giám đốc") -> str:
    fact = {"type": "organization.post-created", "effective_from": "2010-01-01", "unit": unit, "title": title}
    return stream(post(client, "/organization", {**fact, "role": "HEAD"}))


def cadre(client: TestClient, name: str = "Nguyễn Văn An") -> str:
    return stream(
        post(client, "/personnel", {"type": "personnel.registered", "effective_from": "2000", "name": name})
    )


def appointed(tenure: str, post_id: str, start: str = "2015-01-01", **more: str) -> dict[str, str]:
    return {
        "type": "appointment.appointed",
        "tenure": tenure,
        "post": post_id,
        "effective_from": start,
        **more,
    }


def problem(answer: Any, status: int, rule: str) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert (answer.status_code, found["rule"]) == (status, rule), found
    assert found["title"]
    assert found["title_vi"]
    assert found["detail"]
    return found


def test_an_appointment_is_seen_in_the_chart_with_its_proof(client: TestClient, office: str) -> None:
    person, chair = cadre(client), seat(client, office)
    post(client, f"/appointment/{person}", appointed("t1", chair))
    chart = client.get("/org-chart", params={"unit": office, "as_of": "2016-05-01"}).json()
    [holder] = chart["items"][0]["posts"][0]["holders"]
    assert (holder["name"], holder["certain"]) == ("Nguyễn Văn An", True)
    fact = client.get("/facts/" + holder["proof"]["opened"]).json()
    assert fact["fact"]["post"] == chair
    assert (
        client.get("/org-chart", params={"unit": office, "as_of": "2014-12-31"}).json()["items"][0]["posts"][
            0
        ]["holders"]
        == []
    )


def test_a_void_appointment_is_still_known_as_it_was(client: TestClient, office: str) -> None:
    person, chair = cadre(client), seat(client, office)
    made = post(client, f"/appointment/{person}", appointed("t1", chair)).json()
    before = client.get(f"/appointment/{person}/facts").json()[-1]["recorded_at"]
    target = made["facts"][0].rsplit("/", 1)[1]
    void = {"type": "ledger.corrected", "target": target, "mode": "VOID", "reason": "nhập nhầm"}
    assert post(client, f"/appointment/{person}/corrections", void, if_match='"1"').status_code == 201
    now = client.get("/term-history", params={"cadre": person}).json()
    then = client.get("/term-history", params={"cadre": person, "known_at": before}).json()
    assert now["items"] == []
    assert [line["tenure"] for line in then["items"]] == ["t1"]
    proof = client.get("/facts/" + then["items"][0]["proof"]["opened"]).json()
    assert proof["corrections"][0]["fact"]["reason"] == "nhập nhầm"
    again = post(client, f"/appointment/{person}/corrections", void, if_match="*")
    problem(again, 422, "AlreadyVoid")
    unknown = post(client, f"/appointment/{person}/corrections", {**void, "target": "nothing"}, if_match="*")
    problem(unknown, 404, "UnknownFact")


def test_an_overfull_post_has_no_vacancy_and_an_empty_one_has_all(client: TestClient, office: str) -> None:
    chair, empty = seat(client, office), seat(client, office, "Phó giám đốc")
    for number, name in enumerate(("Nguyễn Văn An", "Trần Thị Bình"), start=1):
        post(client, f"/appointment/{cadre(client, name)}", appointed(f"t{number}", chair))
    [unit] = client.get("/org-chart", params={"unit": office, "as_of": "2020-01-01", "depth": 1}).json()[
        "items"
    ]
    vacancies = {each["post"]: (len(each["holders"]), each["vacant"]) for each in unit["posts"]}
    assert vacancies == {chair: (2, 0), empty: (0, 1)}


def test_the_same_idempotency_key_gets_the_same_answer(client: TestClient, office: str) -> None:
    person, chair = cadre(client), seat(client, office)
    url, fact = f"/appointment/{person}", appointed("t1", chair)
    first = post(client, url, fact, idempotency_key="k1")
    assert post(client, url, fact, idempotency_key="k1").json() == first.json()
    assert post(client, url, fact, idempotency_key="k1", if_match="*").json() == first.json()
    other = post(client, url, appointed("t2", chair), idempotency_key="k1", if_match="*")
    problem(other, 422, "KeyReused")
    assert len(client.get(f"{url}/facts").json()) == 1


def test_a_new_thing_asked_for_twice_with_one_key_is_one_thing(client: TestClient) -> None:
    fact = {"type": "personnel.registered", "effective_from": "2000", "name": "Nguyễn Văn An"}
    first = post(client, "/personnel", fact, idempotency_key="k1")
    assert post(client, "/personnel", fact, idempotency_key="k1").json() == first.json()
    assert post(client, "/personnel", fact, idempotency_key="k2").json()["stream"] != first.json()["stream"]
    other = {**fact, "name": "Nguyễn Văn Bình"}
    problem(post(client, "/personnel", other, idempotency_key="k1"), 422, "KeyReused")


def test_changing_what_exists_needs_the_version_that_was_seen(client: TestClient, city: str) -> None:
    rename = {"type": "organization.unit-renamed", "effective_from": "2020-01-01", "name": "Hải Phòng"}
    url = f"/organization/{city}"
    problem(post(client, url, rename), 428, "VersionNeeded")
    assert problem(post(client, url, rename, if_match='"7"'), 412, "VersionMismatch")["version"] == 1
    problem(post(client, url, rename, if_match="seven"), 422, "BadIfMatch")
    done = post(client, url, rename, if_match=client.get(f"{url}/facts").headers["etag"])
    assert (done.status_code, done.headers["etag"]) == (201, '"2"')


def test_what_cannot_be_true_is_refused_and_leaves_no_trace(
    client: TestClient, city: str, office: str
) -> None:
    person, chair, second = cadre(client), seat(client, office), seat(client, office, "Phó Giám đốc")
    url = f"/appointment/{person}"
    post(client, url, appointed("t1", chair))
    before = positions(client)
    end = {"type": "appointment.tenure-ended", "tenure": "t1", "effective_from": "2014-01-01"}
    move = {"type": "organization.unit-reparented", "effective_from": "2020-01-01", "parent": office}
    late = {
        **CITY,
        "name": "Quận mới",
        "kind": "URBAN_DISTRICT",
        "parent": city,
        "effective_from": "2025-07-01",
    }
    early = {
        "type": "organization.post-created",
        "effective_from": "1990-01-01",
        "unit": office,
        "title": "x",
    }
    for answer, rule, field in (
        (post(client, url, end, if_match="*"), "EndsBeforeStart", "effective_from"),
        (post(client, url, appointed("t2", second), if_match="*"), "TwoPrimaryPosts", "holding"),
        (
            post(client, url, appointed("t3", chair, holding="CONCURRENT"), if_match="*"),
            "SamePostTwice",
            "post",
        ),
        (post(client, url, appointed("t1", second, "2020-01-01"), if_match="*"), "TenureIdTaken", "tenure"),
        (
            post(client, url, appointed("t4", "nowhere", "2021-01-01"), if_match="*"),
            "UnknownReference",
            "post",
        ),
        (post(client, "/appointment/nobody", appointed("t5", chair)), "UnknownReference", "cadre"),
        (post(client, url, appointed("t6", second, "2015-02-30"), if_match="*"), "BadDate", "effective_from"),
        (post(client, url, appointed("t7", second, "30 tháng 2"), if_match="*"), "BadDate", "effective_from"),
        (post(client, f"/organization/{city}", move, if_match="*"), "UnderItself", "parent"),
        (post(client, "/organization", late), "KindNotInForce", "kind"),
        (post(client, "/organization", early), "NotInExistence", "unit"),
        (post(client, "/organization", {**CITY, "name": " "}), "Missing", "name"),
        (post(client, "/organization", {**CITY, "name": "x" * 20_000}), "TooLong", "name"),
        (post(client, "/organization", {**CITY, "kind": "KINGDOM"}), "BadBody", "kind"),
        (client.post("/organization", content=b"{", headers=JSON), "BadBody", ""),
    ):
        assert problem(answer, 422, rule)["field"] == field
    problem(client.post("/organization", content=b"x" * 2_000_000, headers=JSON), 413, "TooLarge")
    assert positions(client) == before


def test_names_are_kept_in_one_form_and_found_without_marks(client: TestClient) -> None:
    decomposed = "Tra\u0302\u0300n Thi\u0323 Ho\u0061\u0300"
    person = cadre(client, decomposed)
    assert client.get(f"/personnel/{person}/facts").json()[0]["fact"]["name"] == "Trần Thị Hoà"
    [hit] = client.get("/search", params={"q": "tran thi hoa"}).json()["items"]
    assert (hit["kind"], hit["id"], hit["name"]) == ("cadre", person, "Trần Thị Hoà")


def test_wrong_questions_are_told_what_is_wrong(client: TestClient, city: str) -> None:
    get = client.get
    problem(get("/org-chart", params={"unit": "nowhere"}), 404, "NotFound")
    problem(get("/org-chart", params={"unit": city, "as_of": "2025-02-30"}), 422, "BadDate")
    problem(get("/org-chart", params={"unit": city, "known_at": "yesterday"}), 422, "BadDate")
    problem(get("/term-history"), 422, "BadParameter")
    problem(get("/holders"), 422, "BadParameter")
    problem(get("/diff", params={"unit": city, "from": "2020"}), 422, "BadParameter")
    problem(get("/units", params={"cursor": "!"}), 422, "BadCursor")
    problem(get("/facts/appointment/x/y"), 404, "NotFound")
    problem(get("/nothing/here"), 404, "Http")


def test_long_lists_come_in_pages(client: TestClient, city: str) -> None:
    names = sorted(f"Phòng {number:02d}" for number in range(25))
    for name in names:
        stream(post(client, "/organization", {**CITY, "name": name, "kind": "DIVISION", "parent": city}))
    found, cursor = [], ""
    while True:
        page = client.get("/units", params={"parent": city, "limit": 10, "cursor": cursor}).json()
        found += [line["name"] for line in page["items"]]
        if not (cursor := page["next"]):
            break
    assert found == names


def test_a_national_id_is_nowhere_in_clear(client: TestClient, tmp_path: Path) -> None:
    fact = {
        "type": "personnel.registered",
        "effective_from": "2000",
        "name": "Lê Thị Bí Mật",
        "national_id": "031099012345",
    }
    stream(post(client, "/personnel", fact))
    problem(post(client, "/personnel", {**fact, "name": "Lê Thị Khác"}), 422, "SamePerson")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"031099012345" not in stored
    log = (tmp_path / "personnel.db").read_bytes() + (tmp_path / "personnel.db-wal").read_bytes()
    assert "Bí Mật".encode() not in log
    assert b"personnel.registered" in log


def test_the_documentation_describes_every_fact_without_a_network(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert "Appointed" in document["components"]["schemas"]
    for reference in {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}:
        assert reference in document["components"]["schemas"], reference
    page = client.get("/docs").text
    assert "swagger" in page.lower()
    assert "https://" not in page
