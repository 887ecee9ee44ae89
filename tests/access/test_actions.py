"""What the policies name besides reading and recording is asked over HTTP (issue 13): taking data out, the records of
accounts and access, and lookups of what is out of scope; each denial is on record."""

from starlette.testclient import TestClient

from shared.http.out_of_reach import OUT_OF_REACH
from shared.http.principal import Role
from tests.access.two_offices import NATIONAL_ID, TwoOffices
from tests.identity.office import rule

NOBODY = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
REPORT = "/reports/cadre-work?from=2020-01-01&to=2026-01-01"


def test_whoever_only_reads_takes_nothing_out_and_that_is_on_record(offices: TwoOffices) -> None:
    report = f"{REPORT}&place={offices.ids['ward']}"
    for who, status in (("viewer", 403), ("officer", 200), ("head", 200), ("auditor", 200)):
        with offices.office.signed_in(who) as client:
            before = offices.position()
            for address in ("/feeds/personnel", f"{report}&format=xlsx", f"{report}&format=text"):
                answer = client.get(address)
                assert answer.status_code == status, (who, address)
                if status == 403:
                    assert (answer.json()["rule"], answer.json()["action"]) == ("RoleMayNot", "export")
            assert client.get(report).status_code == 200, "on the screen it is read"
            kinds = {(line.what, line.rule) for line in offices.read_record(before)}
            assert (("DENIED", "RoleMayNot") in kinds) is (status == 403)
            assert ("EXPORTED", "") in kinds


def test_a_feed_is_of_the_scope_in_which_somebody_may_take_data_out(offices: TwoOffices) -> None:
    """Officer of one ward and viewer of all: the feed is of the ward."""
    ward = (offices.ids["ward"],)
    account = offices.office.add("both", Role.OFFICER, units=ward, clearance="CONFIDENTIAL")
    offices.office.access.administration.grant(account, Role.VIEWER, "test")
    with offices.office.signed_in("both") as client:
        assert len(client.get("/search?q=nguyen").json()["items"]) == 2
        assert [each["data"]["stream"] for each in client.get("/feeds/personnel").json()] == [
            offices.ids["anh"]
        ]


def test_accounts_and_access_are_read_by_who_keeps_or_replays_them(offices: TwoOffices) -> None:
    ward_auditor = offices.office.add("ward-auditor", Role.AUDITOR, units=(offices.ids["ward"],))
    assert ward_auditor
    for who, sees in (("administrator", True), ("auditor", True), ("ward-auditor", False)):
        with offices.office.signed_in(who) as client:
            assert bool(client.get("/feeds/identity").json()) is sees, who
    for who, changes in (("administrator", True), ("auditor", False), ("officer", False)):
        with offices.office.signed_in(who) as client:
            assert (client.get("/accounts").status_code == 200) is changes, who
            token = {"issuer": "https://x.test", "jti": "1"}
            revoked = client.post("/api-tokens/revoked-access-tokens", json=token)
            assert (revoked.status_code == 200) is changes, who


def test_an_auditor_of_a_ward_reads_who_looked_at_it(offices: TwoOffices) -> None:
    offices.office.add("other-auditor", Role.AUDITOR, units=(offices.ids["other"],))
    with offices.office.signed_in("auditor") as client:
        for person in ("anh", "binh"):
            assert client.get(f"/cadres/{offices.ids[person]}/life").status_code == 200
    with offices.office.signed_in("other-auditor") as client:
        lines = client.get("/identity/access-record?limit=1000").json()["items"]
        assert {line["of"] for line in lines} == {offices.ids["binh"]}
    with offices.office.signed_in("officer") as client:
        assert rule(client.get("/identity/access-record"), 403) == "RoleNeeded"


def test_a_lookup_of_what_is_out_of_scope_is_on_record_and_of_nothing_is_not(offices: TwoOffices) -> None:
    out, own = offices.ids["binh"], offices.ids["anh"]
    addresses = [
        *("/personnel/{}/facts", "/cadres/{}/life", "/term-history?cadre={}", "/names?ids={}"),
        "/kinship?cadre={}",
    ]
    with offices.office.signed_in("officer") as client:
        for address in addresses:
            before = offices.position()
            answers = [client.get(address.format(id_)) for id_ in (out, NOBODY, own)]
            assert answers[0].status_code == answers[1].status_code, address
            denied = [line for line in offices.read_record(before) if line.what == "DENIED"]
            assert [(line.of, line.rule) for line in denied] == [(out, "NotInScope")], address
    with offices.office.signed_in("auditor") as client:
        before = offices.position()
        client.get(f"/personnel/{out}/facts")
        assert [line.what for line in offices.read_record(before)] == ["READ"]


def register(client: TestClient, offices: TwoOffices, number: str) -> dict[str, object]:
    body = {
        "name": "Nguyễn Mới",
        "effective_from": "2020-01-01",
        "managed_by": offices.ids["ward"],
        "national_id": number,
    }
    answer = client.post("/personnel/registered", json=body)
    assert rule(answer, 422) == "SamePerson"
    problem: dict[str, object] = answer.json()
    return problem


def test_a_refusal_does_not_name_whom_its_reader_may_not_open(offices: TwoOffices) -> None:
    with offices.office.signed_in("officer") as client:
        problem = register(client, offices, NATIONAL_ID)
        assert problem["case"] == {"cadre": OUT_OF_REACH}
        assert OUT_OF_REACH in str(problem["detail"])
        assert offices.ids["binh"] not in str(problem)
        assert register(client, offices, "031169000000")["case"] == {"cadre": offices.ids["anh"]}
    with offices.office.signed_in("city-head") as client:
        assert register(client, offices, NATIONAL_ID)["case"] == {"cadre": offices.ids["binh"]}


def test_a_feed_does_not_count_what_it_leaves_out(offices: TwoOffices) -> None:
    """Page by page, of one event each: no page is empty before the end, and no number is of what was left out."""
    with offices.office.signed_in("officer") as client:
        address, events, left = "/feeds/organization?limit=1", [], []
        while True:
            answer = client.get(address)
            page = answer.json()
            left.append(answer.headers["Cadre-Left"])
            events += [each["data"]["stream"] for each in page]
            if left[-1] == "0":
                break
            assert len(page) == 1
            address = answer.headers["Link"].partition("<")[2].partition(">")[0]
        assert events == [offices.ids["ward"]]
        assert set(left) <= {"0", "1"}
