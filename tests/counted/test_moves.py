"""Moves planned and done, and that an answer given again changes nothing."""

from tests.counted.story import ROTATED, Story


def test_plans_are_counted_apart_from_what_was_done(told: Story) -> None:
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
    told.say("/rotation/plan", **plan, items=items)
    asked = {"place": "city", "from": "2015-10-15", "to": "2020-10-15", "basis": "plan"}
    assert told.values("/rotation-flows", **asked) == {"DOWN": 19, "LATERAL": 0, "UP": 0}
    assert told.values("/rotation-flows", **{**asked, "to": "2021-01-01"})["LATERAL"] == 85
    assert told.values("/rotation-flows", **asked, by="from_bloc,to_bloc") == {"PARTY GOVERNMENT": 19}
    assert told.ask("/rotation-flows", **asked, term="2010-2015")["total"] is None
    assert {line["done"] for line in told.ask("/rotation-plans", place="city")["items"]} == {None}


def moved(told: Story) -> None:
    started = {"type": "appointment.appointed", "effective_from": "2015-01-01"}
    told.say("/appointment/an", **started, tenure="t1", post="chair")
    told.say("/appointment/binh", **started, tenure="t2", post="far")
    down = {"rotation": "r1", "to_post": "secretary", "from_tenure": "t1"}
    told.say("/rotation/an", **ROTATED, **down, effective_from="2018-05-01")
    move = {"type": "rotation.transferred", "kind": "TRANSFER", "effective_from": "2018-07-01"}
    told.say("/rotation/binh", **move, move="m1", to_post="chair", from_tenure="t2")
    told.say("/rotation/binh", **{**move, "kind": "SECONDMENT"}, move="m2", to_unit="other", direction="UP")


def test_moves_are_not_persons_and_are_found_from_both_sides(told: Story) -> None:
    moved(told)
    year = {"from": "2018-01-01", "to": "2018-12-31"}
    assert told.values("/rotation-flows", **year) == {"DOWN": 1, "LATERAL": 0, "UNSTATED": 1, "UP": 1}
    assert told.ask("/rotation-flows", **year, unit="person")["total"] == 2
    assert told.ask("/rotation-flows", **year, kind="TRANSFER,ROTATION")["total"] == 2
    assert told.ask("/rotation-flows", **year, place="ward")["total"] == 1
    assert told.ask("/rotation-flows", **{**year, "to": "2018-04-30"})["total"] is None
    assert told.values("/rotation-flows", **year, place="city", by="from_level,to_level") == {
        "COMMUNE DISTRICT": 1,
        "DISTRICT COMMUNE": 1,
    }
    assert told.values("/rotation-flows", **year, place="ward", by="from_bloc,to_bloc,outcome") == {
        "GOVERNMENT PARTY OPEN": 1
    }


def test_answers_that_are_given_again_change_nothing(told: Story) -> None:
    moved(told)
    ended = {"type": "rotation.rotation-ended", "effective_from": "2021-06-01", "outcome": "RETURNED"}
    told.say("/rotation/an", **ended, rotation="r1", next_post="head")
    before = {name: log.position() for name, log in told.ledger.logs.items()}
    terms = told.ask("/term-history", cadre="an")["items"]
    assert [(line["post"], line["ended"]) for line in terms] == [
        *(("chair", "MOVED"), ("secretary", "MOVED"), ("head", "")),
    ]
    for topic in told.ledger.logs:
        with told.ledger.tables.transaction() as connection:
            told.ledger.tables.set_position(connection, f"reactions/{topic}", 0)
    told.ledger.project_pending()
    assert {name: log.position() for name, log in told.ledger.logs.items()} == before
    assert told.ask("/term-history", cadre="an")["items"] == terms
