"""A correction and its consequences are all or nothing within a log; across logs it says how far it is (integrity.md,
section 2)."""

from typing import Any

import pytest

from shared.core.errors import StoreUnavailable
from shared.core.facts import AnyEvent, Corrected
from tests.corrections.office import Office, accepted, has_consequences, refused
from tests.corrections.test_chains import rotated


def unit_with_posts(office: Office) -> tuple[str, list[str], str]:
    """(unit, its posts, a cadre who holds the first)."""
    unit, an = office.unit(), office.cadre()
    posts = [office.place(unit), office.place(unit)]
    office.appoint(an, posts[0], "2010-01-01", "t")
    return unit, posts, an


def corrections(office: Office, topic: str) -> list[AnyEvent]:
    return [event for _, event in office.ledger.logs[topic].read() if isinstance(event.fact, Corrected)]


def progress(office: Office, correction: str) -> Any:
    topic, stream, event_id = correction.split("/")
    return office.client.get(f"/{topic}/{stream}/corrections/{event_id}").json()


def test_facts_of_other_streams_of_the_log_are_in_the_same_append(office: Office) -> None:
    unit, posts, _ = unit_with_posts(office)
    commits = office.ledger.logs["organization"].commits[0]
    accepted(office.correct(office.first("organization", unit), consequences="apply"))
    assert office.ledger.logs["organization"].commits[0] == commits + 1
    first, *others = corrections(office, "organization")
    assert (first.stream, {event.stream for event in others}) == (unit, set(posts))
    assert {(each.cause, each.recorded_at, each.correlation) for each in others} == {
        (first.event_id, first.recorded_at, first.correlation)
    }
    (void,) = corrections(office, "appointment")
    assert (void.cause, void.correlation) == (first.event_id, first.correlation)


def test_what_cannot_be_written_leaves_nothing_of_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    unit, posts, an = unit_with_posts(office)
    connection: Any = office.ledger.logs["organization"]._writer._connection
    written = connection._insert

    def fail_after_the_first_row(table: str, rows: list[Any], number: int) -> bool:
        written(table, rows[:1], number)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(connection, "_insert", fail_after_the_first_row)
    monkeypatch.setattr("shared.eventlog.recorders.sqlite.ROWS_PER_INSERT", 1)
    answer = office.correct(office.first("organization", unit), consequences="apply")
    assert answer.status_code == 503, answer.text
    monkeypatch.undo()
    assert corrections(office, "organization") == corrections(office, "appointment") == []
    assert office.tenures(an) == [(posts[0], "2010-01-01", "")]
    accepted(office.correct(office.first("organization", unit), consequences="apply"))
    assert office.tenures(an) == []


def test_a_stream_that_changed_meanwhile_refuses_all_and_all_is_decided_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, posts, _ = unit_with_posts(office)
    log = office.ledger.logs["organization"]
    whole = log.append

    def revise_first(request: Any) -> Any:
        monkeypatch.undo()
        office.record(f"/organization/{posts[1]}", "organization.post-revised", "2005-01-01", title="Khác")
        return whole(request)

    monkeypatch.setattr(log, "append", revise_first)
    accepted(office.correct(office.first("organization", unit), consequences="apply"))
    assert [event.stream for event in corrections(office, "organization")].count(posts[1]) == 2, (
        "the revision too"
    )


def test_an_append_condition_that_fails_for_one_stream_refuses_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another post comes into the unit after the decision, which then takes it along."""
    unit, posts, _ = unit_with_posts(office)
    log = office.ledger.logs["organization"]
    whole, added = log.append, list[str]()

    def add_first(request: Any) -> Any:
        monkeypatch.undo()
        added.append(office.place(unit))
        return whole(request)

    monkeypatch.setattr(log, "append", add_first)
    correction = accepted(office.correct(office.first("organization", unit), consequences="apply"))
    voided = {event.stream for event in corrections(office, "organization")}
    assert voided == {unit, *posts, *added}
    assert progress(office, correction) == {"asked": 4, "done": 4, "waiting": []}


def test_a_repeated_request_gets_the_same_answer(office: Office) -> None:
    unit, _, _ = unit_with_posts(office)
    office.record(f"/organization/{unit}", "organization.unit-renamed", "2002-01-01", name="n")
    topic, stream, event_id = office.first("organization", unit).split("/")
    body = {"target": event_id, "mode": "VOID", "reason": "r", "consequences": "apply"}
    headers = {"If-Match": "*", "Idempotency-Key": "again"}
    one, two = (
        office.client.post(f"/{topic}/{stream}/corrections", json=body, headers=headers) for _ in range(2)
    )
    assert one.status_code == two.status_code == 201
    assert one.json() == two.json()
    assert len(one.json()["facts"]) == 2, "the unit and its new name"


def test_the_end_that_followed_from_a_void_move_is_void_in_the_append_of_its_log(office: Office) -> None:
    """The move is in another log; what followed from it is not left behind, nor recorded again meanwhile."""
    an, before, _, _ = rotated(office)
    appointed, ended = office.fact("appointment", an), office.fact("appointment", an, 1)
    accepted(office.correct(appointed, consequences="apply"))
    first, second = corrections(office, "appointment")
    assert [f"appointment/{an}/{each.fact.target}" for each in (first, second)] == [appointed, ended]
    assert first.recorded_at == second.recorded_at
    assert len(office.client.get(f"/appointment/{an}/facts").json()) == 5
    assert office.tenures(an) == [(before, "2010-01-01", "")]


def test_progress_counts_what_follows_in_other_logs(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    unit, posts, an = unit_with_posts(office)
    dissolved = office.dissolve(unit, "2020-01-01")
    end = office.fact("appointment", an)

    def fail(*_: Any) -> Any:
        raise StoreUnavailable("no more")

    monkeypatch.setattr(office.ledger.logs["appointment"], "append", fail)
    answer = office.correct(dissolved, "AMEND", "apply", effective_from="2018-01-01")
    correction = answer.json()["facts"][0] if answer.status_code == 201 else office.fact("organization", unit)
    assert progress(office, correction) == {"asked": 1, "done": 0, "waiting": [end]}
    monkeypatch.undo()
    office.ledger.project_pending()
    assert progress(office, correction) == {"asked": 1, "done": 1, "waiting": []}
    assert office.tenures(an) == [(posts[0], "2010-01-01", "2018-01-01")]


def test_the_void_of_a_void_brings_back_what_was_void_with_it(office: Office) -> None:
    unit, posts, an = unit_with_posts(office)
    office.record(f"/organization/{unit}", "organization.unit-renamed", "2002-01-01", name="n")
    office.end(an, "t", "2015-01-01")
    before = [office.client.get(f"/units/{unit}/versions").json(), office.tenures(an)]
    void = accepted(office.correct(office.first("organization", unit), consequences="apply"))
    assert office.tenures(an) == []
    companions = [
        ("VOID", f"{topic}/{event.stream}/{event.event_id}")
        for topic in ("organization", "appointment")
        for event in corrections(office, topic)
        if event.event_id != void.rpartition("/")[2]
    ]
    has_consequences(office.correct(void), *companions)
    again = accepted(office.correct(void, consequences="apply"))
    assert [office.client.get(f"/units/{unit}/versions").json()["items"], office.tenures(an)] == [
        before[0]["items"],
        before[1],
    ]
    assert office.holders(posts[0], "2012-01-01") == [an]
    accepted(office.correct(again, consequences="apply"))
    assert (office.tenures(an), office.holders(posts[0], "2012-01-01")) == ([], [])


def test_the_void_of_a_void_is_refused_where_what_comes_back_cannot_be_true(office: Office) -> None:
    unit, _, an = unit_with_posts(office)
    void = accepted(office.correct(office.first("organization", unit), consequences="apply"))
    other = office.appoint(an, office.place(office.unit()), "2010-01-01")
    answer = office.correct(void, consequences="apply")
    refused(answer, "TwoPrimaryPosts", other)
