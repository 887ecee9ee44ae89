"""Moves planned and done, and that an answer given again changes nothing."""

from tests.counted.story import ROTATED, Story


def test_plans_are_counted_apart_from_what_was_done(city: Story) -> None:
    items = [
        {"item": "a", "count": 19, "direction": "DOWN", "from_bloc": "PARTY", "to_bloc": "GOVERNMENT"},
        {"item": "b", "count": 85, "direction": "LATERAL", "due_on": "2021-01-01"},
    ]
    plan = {
        "type": "rotation.plan-approved",
        "effective_from": "2016-01-01",
        "owner": "city",
        "term": "2015-2020",
    }
    city.say("/rotation/plan", **plan, items=items)
    params = {"place": "city", "from": "2015-10-15", "to": "2020-10-15", "basis": "plan"}
    assert city.values("/rotation-flows", **params) == {"DOWN": 19, "LATERAL": 0, "UP": 0}
    assert city.values("/rotation-flows", **{**params, "to": "2021-01-01"})["LATERAL"] == 85
    assert city.values("/rotation-flows", **params, by="from_bloc,to_bloc") == {"PARTY GOVERNMENT": 19}
    assert city.ask("/rotation-flows", **params, term="2010-2015")["total"] is None
    assert {line["done"] for line in city.ask("/rotation-plans", place="city")["items"]} == {None}


def moved(city: Story) -> None:
    started = {"type": "appointment.appointed", "effective_from": "2015-01-01"}
    city.say("/appointment/an", **started, tenure="t1", post="chair")
    city.say("/appointment/binh", **started, tenure="t2", post="far")
    down = {"rotation": "r1", "to_post": "secretary", "from_tenure": "t1"}
    city.say("/rotation/an", **ROTATED, **down, effective_from="2018-05-01")
    move = {"type": "rotation.transferred", "kind": "TRANSFER", "effective_from": "2018-07-01"}
    city.say("/rotation/binh", **move, move="m1", to_post="chair", from_tenure="t2")
    city.say("/rotation/binh", **{**move, "kind": "SECONDMENT"}, move="m2", to_unit="other", direction="UP")


def test_moves_are_not_persons_and_are_found_from_both_sides(city: Story) -> None:
    moved(city)
    year = {"from": "2018-01-01", "to": "2018-12-31"}
    assert city.values("/rotation-flows", **year) == {"DOWN": 1, "LATERAL": 0, "UNSTATED": 1, "UP": 1}
    assert city.ask("/rotation-flows", **year, unit="person")["total"] == 2
    assert city.ask("/rotation-flows", **year, kind="TRANSFER,ROTATION")["total"] == 2
    assert city.ask("/rotation-flows", **year, place="ward")["total"] == 1
    assert city.ask("/rotation-flows", **{**year, "to": "2018-04-30"})["total"] is None
    assert city.values("/rotation-flows", **year, place="city", by="from_level,to_level") == {
        "COMMUNE DISTRICT": 1,
        "DISTRICT COMMUNE": 1,
    }
    assert city.values("/rotation-flows", **year, place="ward", by="from_bloc,to_bloc,outcome") == {
        "GOVERNMENT PARTY OPEN": 1
    }


def test_answers_that_are_given_again_change_nothing(city: Story) -> None:
    moved(city)
    ended = {"type": "rotation.rotation-ended", "effective_from": "2021-06-01", "outcome": "RETURNED"}
    city.say("/rotation/an", **ended, rotation="r1", next_post="head")
    before = {name: log.position() for name, log in city.ledger.logs.items()}
    terms = city.ask("/term-history", cadre="an")["items"]
    assert [(line["post"], line["ended"]) for line in terms] == [
        *(("chair", "MOVED"), ("secretary", "MOVED"), ("head", "")),
    ]
    for topic in city.ledger.logs:
        with city.ledger.tables.transaction() as connection:
            city.ledger.tables.set_position(connection, f"reactions/{topic}", 0)
    city.ledger.project_pending()
    assert {name: log.position() for name, log in city.ledger.logs.items()} == before
    assert city.ask("/term-history", cadre="an")["items"] == terms
