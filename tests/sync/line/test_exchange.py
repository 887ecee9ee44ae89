"""Two sites exchange over a line: what goes, what is said of it, and that nothing new costs nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.sync.events import Received
from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line, LineFault
from services.sync.exchange.session import LEAST_ROOM
from shared.eventlog.signed_notes import verify_note
from tests.sync.line.proxy import Proxy, Weather
from tests.sync.line.sites import CallingSite, serve_site
from tests.sync.test_random_exchanges import LiveSite


def receipts(site: LiveSite) -> list[Received]:
    facts = [event.fact for _, event in site.ledger.logs["sync"].read(0, 10_000)]
    return [fact for fact in facts if isinstance(fact, Received)]


def test_what_either_side_records_is_shown_at_both_after_one_exchange(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    px.register("an")
    huyen.register("binh")
    rounds = px.sync(line.address)
    assert rounds[-1].more is False
    assert huyen.persons() == px.persons() == ["an", "binh"]
    assert px.digests() == huyen.digests()


def test_delivered_only_by_receipt(px: CallingSite, huyen: CallingSite, line: Proxy, folder: Path) -> None:
    """Sync case 1."""
    px.register("an")
    assert px.own() == (1, 0, 0)
    line.weather = Weather(cut_answer=0)
    with pytest.raises(LineFault, match="Interrupted"):
        px.sync(line.address)
    assert huyen.persons() == ["an"]
    assert px.own() == (1, 1, 0)
    line.weather = Weather()
    px.sync(line.address)
    assert px.own() == (1, 1, 1)
    note = px.replica.store.exchange.receipts()["huyen"]
    verify_note(note, px.replica.tree.present_keys()["huyen"])
    signed = px.replica.read_note_of("huyen")
    assert signed
    [head] = px.replica.vector(next(log for log in px.replica.store.logs() if log.topic == "personnel"))
    assert head in signed.heads
    with_tinh = CallingSite(folder, "tinh", "")
    try:
        assert with_tinh.persons() == []
        with serve_site(with_tinh) as up:
            huyen.sync(up.address)
        assert with_tinh.persons() == ["an"]
    finally:
        with_tinh.close()


def changes(home: Path) -> dict[str, bytes]:
    """All that the databases of a home hold."""
    found = {}
    for file in sorted(home.glob("*.db")):
        with closing(sqlite3.connect(file)) as database:
            found[file.name] = "\n".join(database.iterdump()).encode()
    return found


def test_nothing_new_is_one_request_and_nothing_is_written(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    """Sync case 2."""
    px.register("an")
    px.sync(line.address)
    connection, caller = Line(line.address), Caller(px.replica, "huyen")
    list(caller.exchange(connection))
    before = [(changes(site.home), site.replica.store.transactions) for site in (px, huyen)]
    for _ in range(100):
        [only] = caller.exchange(connection)
        assert (only.sent, only.received.entries, only.more) == (0, {}, False)
    connection.close()
    assert [(changes(site.home), site.replica.store.transactions) for site in (px, huyen)] == before
    assert px.replica.last_contacts()["huyen"] > px.replica.peer("huyen").last_contact, "kept in memory"
    heard = px.replica.last_contacts()["huyen"]
    px.close()
    px.open()
    assert px.replica.peer("huyen").last_contact == heard, "and stored at the end"


def test_a_reply_that_was_lost_costs_no_second_receipt(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    """Sync case 4."""
    px.register_all(f"p{number}" for number in range(500))
    line.weather = Weather(cut_answer=10)
    with pytest.raises(LineFault):
        px.sync(line.address)
    line.weather = Weather()
    [second, *_] = px.sync(line.address)
    assert second.took["duplicate"] >= 500
    assert second.took["next"] == 0
    assert [receipt.source for receipt in receipts(huyen)] == ["line:px"]
    assert px.own() == (500, 500, 500)


def test_much_goes_in_many_messages_and_each_counts(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    px.register_all(f"p{number}" for number in range(1300))
    caller, connection, seen = Caller(px.replica, "huyen"), Line(line.address), [0]
    caller._room = LEAST_ROOM
    for each in caller.exchange(connection):
        assert each.sent <= 1300
        assert "duplicate" not in each.received.entries, "nothing comes back to who is sending it"
        seen.append(len(huyen.persons()))
    connection.close()
    assert len(seen) > 3
    assert set(seen) == {0, 1300}, "a first synchronisation is not shown before it is complete"
    assert px.own() == (1300, 1300, 1300)


def test_much_comes_down_in_many_messages_and_nothing_twice(
    px: CallingSite, huyen: CallingSite, line: Proxy
) -> None:
    px.register("an")
    px.sync(line.address)
    huyen.register_all(f"h{number}" for number in range(1300))
    px.register("binh")
    rounds = px.sync(line.address)
    assert len(rounds) > 1
    assert sum(each.received.entries.get("next", 0) for each in rounds) >= 1300
    for each in rounds:
        assert "duplicate" not in each.received.entries
        assert each.took["duplicate"] == 0
    assert px.persons() == huyen.persons()


def test_a_parent_restored_from_a_backup_is_sent_again_what_it_lost(
    px: CallingSite, huyen: CallingSite
) -> None:
    """Unasked, and although px has its receipt for all of it."""
    with serve_site(huyen) as line:
        px.register_all(f"a{number}" for number in range(12))
        px.sync(line.address)
    huyen.back_up()
    with serve_site(huyen) as line:
        px.register_all(f"b{number}" for number in range(8))
        px.sync(line.address)
    assert px.own() == (20, 20, 20)
    huyen.restore()
    assert len(huyen.persons()) == 12
    with serve_site(huyen) as line:
        px.sync(line.address)
    assert len(huyen.persons()) == 20
    assert px.digests() == huyen.digests()


def test_an_answer_to_another_message_is_not_taken(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    from services.sync.exchange.session import Session

    px.register("an")
    connection, first, second = Line(line.address), Session(px.replica, "huyen"), Session(px.replica, "huyen")
    answer = connection.exchange(first.make_request().raw)
    second.make_request()
    with pytest.raises(ValueError, match="does not answer this message"):
        next(second.take_answer(answer, 1.0))
    connection.close()


def test_the_hour_of_the_last_contact_is_stored_once(
    px: CallingSite, huyen: LiveSite, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.core.partial_dates import later

    px.sync(line.address)
    stored = huyen.replica.peer("px").last_contact
    px.sync(line.address)
    assert huyen.replica.peer("px").last_contact == stored
    ahead = later(stored, 3601 * 1_000_000)
    monkeypatch.setattr(huyen.replica, "clock", lambda: ahead)
    px.sync(line.address)
    assert huyen.replica.store.exchange.peers()[0].last_contact == ahead
