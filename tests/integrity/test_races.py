"""Requests that come at one moment, as real threads send them: what cannot be true together is not recorded together.

Case 26-race and the parts c, d, e, f, g, h of repro concur.
"""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.integrity.conftest import Office, new_id, rules

ROUNDS = 8


def test_case_26_race_two_units_are_not_put_under_each_other(office: Office) -> None:
    """Also repro concur f."""
    for _ in range(ROUNDS):
        one, two = office.unit(), office.unit()

        def move(unit: str, parent: str) -> Any:
            path, day = f"/organization/{unit}", "2010-01-01"
            return lambda client: office.post(
                path, "unit-reparented", client, parent=parent, effective_from=day
            )

        answers = office.at_once(move(one, two), move(two, one))
        assert rules(answers) == ["UnderItself", "recorded"]


def test_a_ring_of_moves_is_broken_somewhere(office: Office) -> None:
    for _ in range(ROUNDS // 2):
        units = [office.unit() for _ in range(5)]

        def move(number: int, ring: list[str]) -> Any:
            path, parent = f"/organization/{ring[number]}", ring[(number + 1) % len(ring)]
            fields = {"parent": parent, "effective_from": "2010-01-01"}
            return lambda client: office.post(path, "unit-reparented", client, **fields)

        answers = office.at_once(*(move(number, units) for number in range(5)))
        assert rules(answers) == ["UnderItself", *["recorded"] * 4]


def test_case_26_race_one_national_id_is_on_one_file(office: Office) -> None:
    """Also repro concur h."""
    for _ in range(ROUNDS):
        person = {"name": "Hai Người", "effective_from": "1990-01-01", "national_id": new_id()}

        def register(client: TestClient, fields: dict[str, Any] = person) -> Any:
            return office.post("/personnel", "registered", client, **fields)

        assert rules(office.at_once(*[register] * 4)) == ["SamePerson"] * 3 + ["recorded"]


def test_a_national_id_is_not_given_to_two_files_by_amendments(office: Office) -> None:
    for _ in range(ROUNDS // 2):
        national_id = new_id()

        def amend(cadre: str, number: str) -> Any:
            fields = {"national_id": number, "effective_from": "2001-01-01"}
            return lambda client: office.post(f"/personnel/{cadre}", "profile-amended", client, **fields)

        answers = office.at_once(*(amend(office.cadre(), national_id) for _ in range(3)))
        assert rules(answers) == ["SamePerson", "SamePerson", "recorded"]


def test_one_tenure_id_is_of_one_cadre(office: Office) -> None:
    for _ in range(ROUNDS // 2):
        tenure = new_id()

        def appoint(cadre: str, post: str, id_: str) -> Any:
            fields = {"tenure": id_, "post": post, "effective_from": "2010-01-01"}
            return lambda client: office.post(f"/appointment/{cadre}", "appointed", client, **fields)

        answers = office.at_once(*(appoint(office.cadre(), office.seat(), tenure) for _ in range(3)))
        assert rules(answers) == ["TenureIdTaken", "TenureIdTaken", "recorded"]


def test_one_code_of_a_scheme_is_of_one_unit(office: Office) -> None:
    for _ in range(ROUNDS // 2):
        code = {"scheme": "GSO", "value": new_id()}
        fields = {"name": "Phường", "kind": "WARD", "effective_from": "2020-01-01", "codes": [code]}

        def establish(client: TestClient, fields: dict[str, Any] = fields) -> Any:
            return office.post("/organization", "unit-established", client, **fields)

        assert rules(office.at_once(*[establish] * 3)) == ["CodeTaken", "CodeTaken", "recorded"]


def test_one_code_of_a_scheme_is_of_one_cadre(office: Office) -> None:
    """Registered and amended with it at one moment."""
    for _ in range(ROUNDS // 2):
        code, cadre = {"scheme": "hr", "value": new_id()}, office.cadre()
        fields = {"name": "Lê Thị Hoa", "effective_from": "1990-01-01", "codes": [code]}
        amended = {"effective_from": "2000-01-01", "codes": [code]}

        def register(client: TestClient, fields: dict[str, Any] = fields) -> Any:
            return office.post("/personnel", "registered", client, **fields)

        def amend(client: TestClient, cadre: str = cadre, fields: dict[str, Any] = amended) -> Any:
            return office.post(f"/personnel/{cadre}", "profile-amended", client, **fields)

        answers = office.at_once(register, register, amend)
        assert rules(answers) == ["CodeTaken", "CodeTaken", "recorded"]


def test_one_list_for_an_owner_a_title_set_and_a_term(office: Office) -> None:
    for _ in range(ROUNDS // 2):
        fields = {
            "owner": office.unit(),
            "title_set": "BGD",
            "term": "2025-2030",
            "effective_from": "2025-01-01",
        }

        def open_list(client: TestClient, fields: dict[str, Any] = fields) -> Any:
            return office.post("/planning", "round-opened", client, **fields)

        assert rules(office.at_once(*[open_list] * 3)) == ["ListExists", "ListExists", "recorded"]


def test_siblings_are_established_at_one_moment(office: Office) -> None:
    """They concern their parent, not each other."""
    parent = office.unit()
    fields = {"name": "Tổ", "kind": "DIVISION", "effective_from": "2010-01-01", "parent": parent}
    before = office.ledger.logs["organization"].commits

    def establish(client: TestClient) -> Any:
        return office.post("/organization", "unit-established", client, **fields)

    assert rules(office.at_once(*[establish] * 16)) == ["recorded"] * 16
    requests = office.ledger.logs["organization"].commits[1] - before[1]
    assert requests == 16, "none had to be decided again"


def test_many_moves_at_one_moment_are_all_recorded(office: Office) -> None:
    top = office.unit()

    def move(unit: str) -> Any:
        fields = {"parent": top, "effective_from": "2010-01-01"}
        return lambda client: office.post(f"/organization/{unit}", "unit-reparented", client, **fields)

    assert rules(office.at_once(*(move(office.unit()) for _ in range(24)))) == ["recorded"] * 24


def test_two_who_take_the_last_seat_are_told_of_each_other(office: Office) -> None:
    """Where neither the post nor its unit refuses more holders, each after the first has the finding SEATS."""
    for _ in range(ROUNDS // 2):
        post = office.seat(seats=1, title_code="TP")
        cadres = [office.cadre() for _ in range(3)]

        def appoint(cadre: str, post_id: str) -> Any:
            fields = {"tenure": new_id(), "post": post_id, "effective_from": "2015-01-01"}
            return lambda client: office.post(f"/appointment/{cadre}", "appointed", client, **fields)

        assert rules(office.at_once(*(appoint(cadre, post) for cadre in cadres))) == ["recorded"] * 3
        findings = [
            [finding.rule for finding in event.fact.findings]
            for cadre in cadres
            for event in office.ledger.logs["appointment"].load_stream(cadre)
        ]
        assert sorted("SEATS" in each for each in findings) == [False, True, True]


@pytest.mark.parametrize("says", ["post", "unit"])
def test_of_two_who_take_the_last_seat_one_is_refused_where_the_unit_says_so(
    office: Office, says: str
) -> None:
    for _ in range(ROUNDS // 2):
        refuses: dict[str, Any] = {"refuse_excess": True}
        unit = office.unit(**(refuses if says == "unit" else {}))
        post = office.seat(unit, seats=2, **(refuses if says == "post" else {}))
        cadres = [office.cadre() for _ in range(4)]

        def appoint(cadre: str, post_id: str) -> Any:
            fields = {"tenure": new_id(), "post": post_id, "effective_from": "2015-01-01"}
            return lambda client: office.post(f"/appointment/{cadre}", "appointed", client, **fields)

        answers = office.at_once(*(appoint(cadre, post) for cadre in cadres))
        assert rules(answers) == ["SeatsTaken"] * 2 + ["recorded"] * 2


def test_one_live_entry_for_a_cadre_and_a_title(office: Office) -> None:
    """In one stream: the version of the list decides."""
    list_ = office.add(
        "/planning",
        "round-opened",
        owner=office.unit(),
        title_set="A",
        term="2025",
        effective_from="2025-01-01",
    )
    cadre, post = office.cadre(), office.seat()

    def add(client: TestClient) -> Any:
        fields = {"entry": new_id(), "cadre": cadre, "post": post, "effective_from": "2025-02-01"}
        return office.post(f"/planning/{list_}", "added-to-planning", client, **fields)

    answers = office.at_once(*[add] * 4)
    assert rules(answers).count("recorded") == 1
    assert set(rules(answers)) <= {"recorded", "AlreadyPlanned", "Conflict"}


def test_one_open_rotation_of_a_cadre(office: Office) -> None:
    """In one stream: the version of the cadre's moves decides."""
    cadre, posts = office.cadre(), [office.seat() for _ in range(4)]

    def rotate(post: str) -> Any:
        fields = {"rotation": new_id(), "to_post": post, "effective_from": "2025-02-01"}
        return lambda client: office.post(f"/rotation/{cadre}", "rotated", client, **fields)

    answers = office.at_once(*(rotate(post) for post in posts))
    assert rules(answers).count("recorded") == 1
    assert len(office.client.get("/holders", params={"post": posts[0]}).json()["items"]) <= 1


def test_repro_concur_c_d_e_one_key_one_double_click_one_primary_post(office: Office) -> None:
    key, body = new_id(), {"name": "once", "kind": "DIVISION", "effective_from": "2000-01-01"}
    named = {"type": "organization.unit-established", **body}
    sent = {"Idempotency-Key": key}
    answers = office.at_once(*[lambda client: client.post("/organization", json=named, headers=sent)] * 12)
    assert rules(answers) == ["recorded"] * 12
    assert len({tuple(each.json()["facts"]) for each in answers}) == 1

    cadre, post = office.cadre(), office.seat()
    same = {"tenure": new_id(), "post": post, "effective_from": "2010-01-01"}
    office.at_once(*[lambda client: office.post(f"/appointment/{cadre}", "appointed", client, **same)] * 8)
    assert len(office.ledger.logs["appointment"].load_stream(cadre)) == 1

    other = office.cadre()

    def appoint(client: TestClient) -> Any:
        fields = {"tenure": new_id(), "post": post, "effective_from": "2010-01-01"}
        return office.post(f"/appointment/{other}", "appointed", client, **fields)

    assert rules(office.at_once(*[appoint] * 4)).count("recorded") == 1


def test_a_seat_that_is_refused_is_free_again_and_moves_are_refused_too(office: Office) -> None:
    post, first, second = office.seat(refuse_excess=True), office.cadre(), office.cadre()

    def appoint(cadre: str, day: str, **more: Any) -> list[str]:
        fields = {"tenure": new_id(), "post": post, "effective_from": day, **more}
        return rules([office.post(f"/appointment/{cadre}", "appointed", **fields)])

    tenure = new_id()
    office.add(f"/appointment/{first}", "appointed", tenure=tenure, post=post, effective_from="2015-01-01")
    assert appoint(second, "2016-01-01") == appoint(second, "2010-01-01") == ["SeatsTaken"]
    moved = {"rotation": new_id(), "to_post": post, "effective_from": "2016-01-01"}
    assert rules([office.post(f"/rotation/{second}", "rotated", **moved)]) == ["SeatsTaken"]
    office.add(f"/appointment/{first}", "tenure-ended", tenure=tenure, effective_from="2016-01-01")
    assert appoint(second, "2016-01-01") == ["recorded"]
    answered = [{"rule": "SeatsTaken", "overridden_by": "Ban Thường vụ", "reason": "chuyển tiếp"}]
    assert appoint(office.cadre(), "2017-01-01", findings=answered) == ["recorded"]


def test_repro_concur_a_b_one_version_is_written_once(office: Office) -> None:
    unit = office.unit()
    version = office.client.get(f"/organization/{unit}/facts").headers["etag"]

    def rename(number: int, seen: str) -> Any:
        fields = {"name": f"N{number}", "effective_from": "2001-01-01", "same_day_order": number}
        body = {"type": "organization.unit-renamed", **fields}
        return lambda client: client.post(f"/organization/{unit}", json=body, headers={"If-Match": seen})

    answers = office.at_once(*(rename(number, version) for number in range(16)))
    assert sorted(each.status_code for each in answers) == [201] + [412] * 15

    def rename_until_done(number: int) -> Any:
        def run(client: TestClient) -> Any:
            while True:
                seen = client.get(f"/organization/{unit}/facts").headers["etag"]
                answer = rename(number, seen)(client)
                if answer.status_code != 412:
                    return answer

        return run

    answers = office.at_once(*(rename_until_done(number) for number in range(100, 116)))
    assert rules(answers) == ["recorded"] * 16
    facts = office.client.get(f"/organization/{unit}/facts").json()
    assert len({each["fact"]["name"] for each in facts[2:]}) == 16, "none is lost, none is doubled"


@pytest.mark.parametrize("rival", ["unit-dissolved", "service-ended"])
def test_repro_concur_g_i_nobody_holds_a_post_after_its_unit_or_the_service_ended(
    office: Office, rival: str
) -> None:
    """Appointed for a day before, while the end is recorded: whichever comes first, the tenure ends with it."""
    for _ in range(ROUNDS):
        unit, cadre = office.unit(), office.cadre()
        post = office.seat(unit)
        held = {"tenure": new_id(), "post": post, "effective_from": "2014-01-01"}
        path, end = {
            "unit-dissolved": (f"/organization/{unit}", {"reason": "MERGED"}),
            "service-ended": (f"/personnel/{cadre}", {"kind": "RETIRED"}),
        }[rival]

        def appoint(client: TestClient, held: Any = held, cadre: str = cadre) -> Any:
            return office.post(f"/appointment/{cadre}", "appointed", client, **held)

        def finish(client: TestClient, path: str = path, end: Any = end) -> Any:
            return office.post(path, rival, client, effective_from="2015-01-01", **end)

        assert rules(office.at_once(appoint, finish)) == ["recorded", "recorded"]
        after = office.client.get("/holders", params={"post": post, "as_of": "2016-01-01"}).json()["items"]
        assert after == []
