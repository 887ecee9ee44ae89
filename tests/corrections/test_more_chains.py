"""Chains of corrections of what much stands on: registrations, units, mergers, dissolutions; and two at one moment."""

from threading import Thread
from typing import Any

from services.chronicle.rows import EDGES, MERGED_RECORDS, PLANNING_ENTRIES
from services.chronicle.rows.evaluation import EVALUATIONS
from tests.corrections.office import Office, accepted, has_consequences, refused
from tests.corrections.test_chains import rotated


def planned(office: Office, owner: str, cadre: str, post: str) -> str:
    """A list of the owner with an entry."""
    opened = office.record(
        "/planning", "planning.round-opened", "2009-01-01", owner=owner, title_set="a", term="t"
    )
    list_ = opened.split("/")[1]
    added = {"entry": "e", "cadre": cadre, "post": post}
    office.record(f"/planning/{list_}", "planning.added-to-planning", "2011-01-01", **added)
    return list_


def evaluated(office: Office, who: str, **fields: Any) -> str:
    named = {"evaluation": "v", "period": "2012", "occasion": "ANNUAL", "grade": "GOOD", **fields}
    return office.record(f"/evaluation/{who}", "evaluation.evaluated", "2012-12-31", **named)


def state(office: Office, *cadres: str) -> list[Any]:
    entries = office.ledger.tables.rows(PLANNING_ENTRIES)
    return [
        [sorted(office.tenures(cadre)) for cadre in cadres],
        [office.rotations(cadre) for cadre in cadres],
        sorted((row.entry_id, row.removed, row.ended) for row in entries),
        len(office.ledger.tables.rows(EVALUATIONS)),
    ]


def test_a_void_registration_takes_the_career_with_it_and_brings_it_back(office: Office) -> None:
    an, before, _, _ = rotated(office)
    planned(office, office.unit(), an, before)
    evaluation = evaluated(office, an)
    trained = {"training": "k", "field": "POL_THEORY", "status": "COMPLETED"}
    office.record(f"/personnel/{an}", "personnel.trained", "2012-01-01", **trained)
    whole = state(office, an)
    answer = office.correct(office.first("personnel", an))
    assert (answer.status_code, evaluation in answer.json()["facts"]) == (409, True)
    void = accepted(office.correct(office.first("personnel", an), consequences="apply"))
    assert state(office, an) == [[[]], [[]], [], 0]
    topic, stream, event_id = void.split("/")
    progress = office.client.get(f"/{topic}/{stream}/corrections/{event_id}").json()
    assert progress == {"asked": progress["asked"], "done": progress["asked"], "waiting": []}
    again = accepted(office.correct(void, consequences="apply"))
    assert state(office, an) == whole
    accepted(office.correct(again, consequences="apply"))
    assert state(office, an) == [[[]], [[]], [], 0]
    corrected = [e for _, e in office.ledger.logs["appointment"].read() if e.actor.startswith("reaction:")]
    ended = [each for each in corrected if each.fact.__class__.__name__ == "TenureEnded"]
    assert len(ended) == 2, "what followed is recorded once each time that it follows"


def test_a_void_unit_takes_all_that_is_in_it(office: Office) -> None:
    unit, an = office.unit(), office.cadre()
    post = office.place(unit)
    office.appoint(an, post, "2010-01-01")
    planned(office, unit, an, post)
    evaluated(office, unit, subject="COLLECTIVE")
    whole = state(office, an)
    void = accepted(office.correct(office.first("organization", unit), consequences="apply"))
    assert state(office, an) == [[[]], [[]], [], 0]
    accepted(office.correct(void, consequences="apply"))
    assert state(office, an) == whole


def merged(office: Office) -> tuple[str, str, str, str, str]:
    """(unit that ended, unit that it went into, cadre who held a post there, the reorganisation, the dissolution)."""
    old, new, an = office.unit(), office.unit("2020-01-01"), office.cadre()
    office.appoint(an, office.place(old), "2010-01-01")
    edges = [{"source": old, "target": new, "portion": "WHOLE"}]
    executed = office.record(
        "/organization", "organization.reorganisation-executed", "2020-01-01", title="m", edges=edges
    )
    by = {"reason": "MERGED", "reorganisation": executed.split("/")[1]}
    dissolved = office.record(f"/organization/{old}", "organization.unit-dissolved", "2020-01-01", **by)
    return old, new, an, executed, dissolved


def test_a_void_merger_of_units_brings_them_back(office: Office) -> None:
    _, _, an, executed, dissolved = merged(office)
    (held,) = office.tenures(an)
    assert held[2] == "2020-01-01"
    has_consequences(office.correct(executed), ("VOID", dissolved), ("VOID", office.fact("appointment", an)))
    void = accepted(office.correct(executed, consequences="apply"))
    assert office.tenures(an) == [(*held[:2], "")]
    assert office.ledger.tables.rows(EDGES) == []
    accepted(office.correct(void, consequences="apply"))
    assert office.tenures(an) == [held]
    assert len(office.ledger.tables.rows(EDGES)) == 1


def test_a_unit_of_a_merger_is_not_void(office: Office) -> None:
    old, new, _, executed, _ = merged(office)
    for unit in (old, new):
        refused(
            office.correct(office.first("organization", unit), consequences="apply"), "InTheWay", executed
        )


def test_a_void_merger_of_files_takes_back_what_came_through_it(office: Office) -> None:
    kept, other = office.cadre(), office.cadre()
    post = office.place(office.unit())
    office.appoint(other, post, "2010-01-01")
    office.retire(kept, "2015-01-01")
    one = office.record(
        f"/personnel/{kept}", "personnel.records-merged", "2016-01-01", merged=other, reason="r"
    )
    assert office.tenures(other) == [(post, "2010-01-01", "2015-01-01")]
    void = accepted(office.correct(one, consequences="apply"))
    assert office.tenures(other) == [(post, "2010-01-01", "")]
    accepted(office.correct(void, consequences="apply"))
    assert office.tenures(other) == [(post, "2010-01-01", "2015-01-01")]
    registered = office.first("personnel", other)
    assert one in office.correct(registered).json()["facts"], "the merger names the file"
    accepted(office.correct(registered, consequences="apply"))
    assert (office.tenures(other), office.ledger.tables.rows(MERGED_RECORDS)) == ([], [])


def test_a_dissolution_is_moved_to_and_fro_with_all_that_ended_with_it(office: Office) -> None:
    an, before, after, rotation = rotated(office)
    unit = office.ledger.logs["organization"].load_stream(after)[0].fact.unit
    list_ = planned(office, office.unit(), an, after)
    dissolved = office.dissolve(unit, "2020-01-01")
    for day in ("2016-01-01", "2022-01-01", "2018-06"):
        accepted(office.correct(dissolved, "AMEND", "apply", effective_from=day))
        assert (after, "2015-01-01", day) in office.tenures(an)
        assert office.rotations(an) == [("2015-01-01", day)]
    refused(office.correct(dissolved, "AMEND", "apply", effective_from="2014-01-01"), "InTheWay", rotation)
    void = accepted(office.correct(dissolved, consequences="apply"))
    assert office.rotations(an) == [("2015-01-01", "")]
    accepted(office.correct(void))
    assert office.rotations(an) == [("2015-01-01", "2018-06")]
    assert (before, "2010-01-01", "2015-01-01") in office.tenures(an)
    (entry,) = office.ledger.tables.rows(PLANNING_ENTRIES, list_id=list_)
    assert (entry.removed, entry.ended) == ("2015-01-01", "APPOINTED")


def test_of_corrections_of_one_fact_at_one_moment_one_is_taken(office: Office) -> None:
    post, an = office.place(office.unit()), office.cadre()
    topic, stream, event_id = office.appoint(an, post, "2010-01-01").split("/")
    answers: list[Any] = []

    def correct(version: str, **body: Any) -> None:
        sent = {"target": event_id, "reason": "r", "consequences": "apply", **body}
        headers = {"If-Match": version}
        answers.append(office.client.post(f"/{topic}/{stream}/corrections", json=sent, headers=headers))

    def together(*threads: Thread) -> list[int]:
        answers.clear()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answer.status_code for answer in answers)

    moves = [{"mode": "AMEND", "new_values": {"effective_from": f"201{n}-01-01"}} for n in range(1, 5)]
    codes = together(*(Thread(target=correct, args=('"1"',), kwargs=body) for body in moves))
    assert codes == [201, 412, 412, 412], "those who have seen version 1"
    codes = together(*(Thread(target=correct, args=("*",), kwargs={"mode": "VOID"}) for _ in range(4)))
    assert codes == [201, 422, 422, 422]
    assert {answer.json().get("rule") for answer in answers} == {None, "AlreadyVoid"}
    assert office.tenures(an) == []
