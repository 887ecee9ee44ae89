"""Access in an emergency (issue 13, "broke the glass, with a reason, for an hour"): for its hour somebody reads out of
their scope, records nothing there, and each sensitive look is on record with the entry that has the reason."""

from typing import Any

from starlette.testclient import TestClient

from tests.access.two_offices import TwoOffices
from tests.identity.office import rule

REASON = "Bão số 9: cần liên hệ người nhà cán bộ"
MINUTE = 60


def break_glass(client: TestClient) -> str:
    answer = client.post("/session/emergency", json={"reason": REASON})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["until"])


def find(client: TestClient) -> set[str]:
    return {each["name"] for each in client.get("/search?q=nguyen").json()["items"]}


def life(offices: TwoOffices, client: TestClient) -> Any:
    return client.get(f"/cadres/{offices.ids['binh']}/life").json()


def test_for_an_hour_somebody_reads_what_is_out_of_their_scope(offices: TwoOffices) -> None:
    with offices.office.signed_in("officer") as client:
        assert find(client) == {"Nguyễn anh"}
        assert client.get("/units").json()["within"] == [offices.ids["ward"]]
        before = offices.position()
        until = break_glass(client)
        assert find(client) == {"Nguyễn anh", "Nguyễn binh"}
        units = client.get("/units").json()
        assert units["emergency_until"] == until
        assert "within" not in units
        assert "Tôn giáo kín" in str(client.get(f"/personnel/{offices.ids['binh']}/facts").json())
        lines = offices.read_record(before)
        [broken] = [line for line in lines if line.what == "EMERGENCY"]
        [look] = [line for line in lines if line.what == "READ"]
        assert (broken.reason, broken.until) == (REASON, until)
        assert (look.of, look.emergency) == (offices.ids["binh"], broken.id)
        for _ in range(2):
            offices.office.wait(29 * MINUTE)
            assert find(client) == {"Nguyễn anh", "Nguyễn binh"}
        offices.office.wait(2 * MINUTE)
        assert find(client) == {"Nguyễn anh"}
        assert client.get("/units").json()["within"] == [offices.ids["ward"]]
        assert client.get("/session/emergency").json() == {"until": ""}


def test_nothing_is_recorded_or_taken_out_there(offices: TwoOffices) -> None:
    body = {"name": "Nguyễn Mới", "effective_from": "2020-01-01", "managed_by": offices.ids["other"]}
    with offices.office.signed_in("officer") as client:
        break_glass(client)
        assert rule(client.post("/personnel/registered", json=body), 403) == "OutOfScope"
        assert {each["data"]["stream"] for each in client.get("/feeds/personnel").json()} == {
            offices.ids["anh"]
        }


def test_it_ends_with_its_session_and_is_of_no_other(offices: TwoOffices) -> None:
    with offices.office.signed_in("officer") as client, offices.office.signed_in("officer") as other:
        break_glass(client)
        assert len(find(client)) == 2
        assert len(find(other)) == 1
        assert client.delete("/session").status_code == 204
        assert client.get("/search?q=nguyen").status_code == 401
    with offices.office.signed_in("officer") as again:
        assert len(find(again)) == 1


def test_it_ends_when_the_account_is_disabled(offices: TwoOffices) -> None:
    account = offices.office.add("away", None)
    administration = offices.office.access.administration
    officer = administration.directory()
    granted = next(each.granted for each in officer.grants.values() if each.granted.role.value == "officer")
    administration.grant(account, granted.role, "test", units=granted.units)
    with offices.office.signed_in("away") as client:
        break_glass(client)
        assert len(find(client)) == 2
        administration.disable(account, "test")
        assert client.get("/search?q=nguyen").status_code == 401
        administration.enable(account, "test")
        assert client.get("/search?q=nguyen").status_code == 401
    with offices.office.signed_in("away") as again:
        assert len(find(again)) == 1


def test_it_shows_no_more_of_a_person_than_the_role_does(offices: TwoOffices) -> None:
    with offices.office.signed_in("viewer") as client:
        break_glass(client)
        before = offices.position()
        facts = client.get(f"/personnel/{offices.ids['binh']}/facts")
        assert facts.status_code == 200
        assert "Tôn giáo kín" not in facts.text
        assert [line.what for line in offices.read_record(before)] == ["READ"], "also what is not sensitive"
