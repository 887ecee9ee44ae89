"""All in one process: rows that follow the logs, answers that are given once."""

from pathlib import Path

import pytest
from sqlalchemy import text

from shared.runtime import embedded
from shared.testing import amend, void
from tests.kernel.ledger import BY, Died, Echoed, die, once, running, shown
from tests.kernel.toy import Signed, draft, note
from tests.laws.projected_table import table_in_bytes


def test_rows_follow_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        app = ledger.apps["toy"]
        app.handle("a", note("rain"), BY)
        assert shown(ledger) == []
        assert ledger.project_pending() == 4, "a fact and its three echoes"
        (first,) = app.handle("a", note("snow"), BY).events
        app.correct("a", amend(first.event_id, what="hail"), BY)
        assert (ledger.project_pending(), shown(ledger)) == (5, ["hail", "rain"])
        app.correct("a", void(first.event_id), BY)
        ledger.project_pending()
        assert shown(ledger) == ["rain"]
        assert ledger.project_pending() == 0


def test_what_was_not_shown_before_a_stop_is_shown_after_it(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
    with running(tmp_path) as ledger:
        ledger.project_pending()
        assert shown(ledger) == ["rain"]


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_pages_of_any_size_leave_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(embedded, "PAGE", page)
    with running(tmp_path) as ledger:
        log = ledger.logs["toy"]
        log.keys.create_keys(["a", "b"])
        for number in range(10):
            stream = "ab"[number % 2]
            log.append(draft(stream, log.version(stream), note(str(number)), Signed(name=f"An {number}")))
        ledger.project_pending()
        grown = table_in_bytes(ledger.tables, "notes")
        assert grown.count(b"\n") == 19
        assert ledger.rebuild() == {"notes": 20}
        assert table_in_bytes(ledger.tables, "notes") == grown


def test_a_rebuild_puts_right_what_was_tampered_with(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.project_pending()
        with ledger.tables.transaction() as connection:
            connection.execute(text("UPDATE notes SET what = 'sun'"))
        assert shown(ledger) == ["sun"]
        ledger.rebuild()
        assert shown(ledger) == ["rain"]


def test_a_rebuild_that_fails_leaves_the_old_rows(tmp_path: Path) -> None:
    def fail(topic: str, done: int, end: int) -> None:
        raise RuntimeError("power is out")

    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.project_pending()
        with pytest.raises(RuntimeError):
            ledger.rebuild(fail)
        assert shown(ledger) == ["rain"]


def test_what_is_recorded_while_rows_are_rebuilt_is_shown_afterwards(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        app, log = ledger.apps["toy"], ledger.logs["toy"]
        app.handle("a", note("rain"), BY)
        once(log, "position", lambda: app.handle("z", note("late"), BY))
        ledger.rebuild()
        ledger.project_pending()
        assert shown(ledger) == ["late", "rain"]


def test_an_erased_person_is_erased_from_the_rows_by_a_rebuild(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        for stream, name in (("a", "An"), ("b", "Bình")):
            ledger.apps["toy"].handle(stream, Signed(name=name), BY)
        ledger.project_pending()
        ledger.keys.destroy("a")
        ledger.rebuild()
        assert shown(ledger) == ["Bình", "⊘"]


def test_facts_are_answered_once_with_their_cause(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        (event,) = ledger.apps["toy"].handle("a", note("rain"), BY).events
        ledger.project_pending()
        (answer,) = ledger.logs["echo"].load_stream("rain")
        assert (answer.fact, answer.actor, answer.cause) == (
            Echoed(of="rain"),
            "reaction:echo",
            event.event_id,
        )
        assert (answer.correlation, answer.lamport > event.lamport) == ("batch", True)
        assert [each.fact for each in ledger.logs["echo"].load_stream("echoes")] == [
            Echoed(of="rain"),
            Echoed(of="rain!"),
        ]
        assert ledger.project_pending() == 0
    with running(tmp_path) as ledger:
        assert ledger.project_pending() == 0


@pytest.mark.parametrize("moment", ["before the answers", "between the answers", "after the answers"])
def test_an_answer_is_neither_lost_nor_doubled_when_the_process_dies(tmp_path: Path, moment: str) -> None:
    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        app = ledger.apps["echo"]
        match moment:
            case "before the answers":
                once(app, "handle", die)
            case "between the answers":
                once(app, "handle", lambda: once(app, "handle", die))
            case _:
                once(ledger.tables, "set_position", lambda: once(ledger.tables, "set_position", die))
        with pytest.raises(Died):
            ledger.project_pending()
    with running(tmp_path) as ledger:
        ledger.project_pending()
        assert shown(ledger) == ["rain"]
        assert [each.fact for each in ledger.logs["echo"].load_stream("echoes")] == [
            Echoed(of="rain"),
            Echoed(of="rain!"),
        ]
        assert [each.fact for each in ledger.logs["echo"].load_stream("rain")] == [Echoed(of="rain")]
