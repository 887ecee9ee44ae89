"""All in one process: rows that follow the logs, answers that are given once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import text

from shared.core.bitemporal import fold_periods
from shared.core.reaction import Reaction
from shared.readmodel.row_store import WATERMARK
from shared.runtime import projection_runner
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import amend, recorded, void
from tests.kernel.ledger import BY, Died, Echoed, die, echoes, once, running, shown
from tests.kernel.toy import Signed, append_request, note, notes, service, topic
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


def test_a_stream_is_new_only_where_it_has_no_rows(tmp_path: Path) -> None:
    """The first fact that is recorded here about what another site has told of already."""
    told = [recorded(note("told elsewhere"), 1, "elsewhere", stream="a")]
    with running(tmp_path) as ledger:
        with ledger.tables.transaction() as connection:
            ledger.tables.store(connection, "notes", {"a": fold_periods(notes, told)})
        assert shown(ledger) == ["told elsewhere"]
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.project_pending()
        assert shown(ledger) == ["rain"], "rows are those of the history that was projected, and no others"
        before = table_in_bytes(ledger.tables, "notes")
        ledger.rebuild()
        assert table_in_bytes(ledger.tables, "notes") == before


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_pages_of_any_size_leave_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(projection_runner, "_PAGE", page)
    with running(tmp_path) as ledger:
        log = ledger.logs["toy"]
        log.keys.create_keys(["a", "b"])
        for number in range(10):
            stream = "ab"[number % 2]
            log.append(
                append_request(stream, log.version(stream), note(str(number)), Signed(name=f"An {number}"))
            )
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


@pytest.mark.parametrize("looked", [False, True], ids=["at the start", "after a while"])
@pytest.mark.parametrize("moment", ["before the answers", "between the answers", "after the answers"])
def test_an_answer_is_neither_lost_nor_doubled_when_the_process_dies(
    tmp_path: Path, moment: str, looked: bool
) -> None:
    with running(tmp_path) as ledger:
        if looked:  # from then on, one topic alone has new events
            ledger.project_pending()
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


def row_transactions(ledger: EmbeddedLedger) -> list[object]:
    """One entry for each transaction on the rows from now on."""
    used: list[object] = []
    sql_event.listen(ledger.tables.engine, "checkout", lambda connection, *_: used.append(connection))
    return used


def positions(ledger: EmbeddedLedger) -> dict[str, int]:
    """The stored positions of followers, without the watermark beside them."""
    return {name: at for name, at in ledger.tables.load_positions().items() if name != WATERMARK}


def test_rows_and_both_positions_of_a_topic_move_in_one_transaction(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.project_pending()
        ledger.apps["toy"].handle("a", Signed(name="An"), BY)
        used = row_transactions(ledger)
        assert (ledger.project_pending(), len(used)) == (1, 1), "nothing reacts to a signature"
        assert positions(ledger) == {"chronicle/toy": 1, "reactions/toy": 1}
        used.clear()
        assert (ledger.project_pending(), len(used)) == (0, 0), "nothing is new"


def test_the_position_of_a_reaction_moves_with_the_rows_of_what_it_recorded(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.project_pending()
        ledger.apps["toy"].handle("a", note("rain"), BY)
        used = row_transactions(ledger)
        assert ledger.project_pending() == 4
        look, topics, decisions = 1, 2, len(ledger.logs["echo"].read())
        assert len(used) == look + topics + decisions, "the first write looks whether the log has all facts"
        assert positions(ledger) == {
            "chronicle/toy": 1, "reactions/toy": 1, "chronicle/echo": 3,
        }  # fmt: skip


@pytest.mark.parametrize("failing", [1, 2])
def test_after_a_failure_the_same_process_goes_on_from_what_was_committed(
    tmp_path: Path, failing: int
) -> None:
    with running(tmp_path) as ledger:
        ledger.project_pending()
        ledger.apps["toy"].handle("a", note("rain"), BY)
        if failing == 1:
            once(ledger.tables, "set_position", die)
        else:
            once(ledger.tables, "set_position", lambda: once(ledger.tables, "set_position", die))
        with pytest.raises(Died):
            ledger.project_pending()
        ledger.project_pending()
        assert shown(ledger) == ["rain"]
        assert len(ledger.logs["echo"].read()) == 3
        assert positions(ledger) == {
            "chronicle/toy": 1, "reactions/toy": 1, "chronicle/echo": 3,
        }  # fmt: skip


def test_rows_do_not_wait_for_a_reaction_that_fails(tmp_path: Path) -> None:
    def fail(event: object, known: object) -> tuple[tuple[str, Echoed], ...]:
        raise ZeroDivisionError

    broken = replace(
        echoes, reactions=(Reaction(name="broken", follows=topic, react=fail), *echoes.reactions)
    )
    with running(tmp_path, services={"toy": service, "echo": broken}) as ledger:
        ledger.project_pending()
        ledger.apps["toy"].handle("a", note("rain"), BY)
        with pytest.raises(ZeroDivisionError):
            ledger.project_pending()
        assert shown(ledger) == ["rain"]
    with running(tmp_path) as ledger:
        ledger.project_pending()
        assert len(ledger.logs["echo"].read()) == 3, "the reaction is not lost"


def test_whoever_writes_finds_the_rows_when_eight_write_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.project_pending()

        def write(writer: int) -> int:
            projected = 0
            for number in range(10):
                what = f"{writer}/{number}"
                ledger.apps["toy"].handle(f"stream {writer}", note(what), BY)
                projected += ledger.project_pending()
                assert ledger.tables.rows(notes, what=what), "its row is there"
                assert ledger.logs["echo"].load_stream(what), "its reaction has run"
            return projected

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(write, range(8))) == 320, "each event is projected once"
        assert len(ledger.logs["echo"].read()) == 240
        assert ledger.project_pending() == 0


def test_a_thread_whose_event_another_one_projects_has_nothing_left_to_do(tmp_path: Path) -> None:
    entered, go_on = Event(), Event()

    def wait(*_: object) -> None:
        entered.set()
        assert go_on.wait(10)

    with running(tmp_path) as ledger, ThreadPoolExecutor(2) as pool:
        ledger.project_pending()
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.apps["toy"].handle("b", note("snow"), BY)
        first = pool.submit(ledger.project_pending, wait)
        assert entered.wait(10)
        second = pool.submit(ledger.project_pending)
        assert not second.done()
        go_on.set()
        assert (first.result(10), second.result(10)) == (8, 0)
        assert shown(ledger) == ["rain", "snow"]


def test_what_was_recorded_may_be_marked_as_reacted_to(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.skip_reactions()
        assert ledger.project_pending() == 1
        ledger.apps["toy"].handle("a", note("snow"), BY)
        assert ledger.project_pending() == 4
        assert not ledger.logs["echo"].load_stream("rain")
