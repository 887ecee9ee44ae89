"""A replay from zero is green where nothing was touched, and names the right streams where something was."""

import sqlite3
from dataclasses import replace as with_
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from services.audit.replay import runner
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.core.clock import system_clock
from shared.runtime.embedded import EmbeddedLedger
from tests.audit.office import opened
from tests.audit.replays import Finding, change, found_in, replayed, seal


def test_nothing_touched_is_green_however_many_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(home)
    one = replayed(home)
    assert one.differences == []
    assert (one.events["appointment"], one.rows["tenures"]) == (13, 13)
    assert not (home / "notes").exists()
    monkeypatch.setattr(runner, "SEGMENT_BITS", 2)
    monkeypatch.setattr(runner, "EVENTS_PER_FOLD", 3)
    assert replayed(home, processes=2) == one


def test_a_live_row(home: Path) -> None:
    change(home / "chronicle.db", "UPDATE tenures SET post_id = 'p9' WHERE tenure_id = 't4'")
    found = replayed(home)
    assert found_in(found) == {("row", "appointment", "c4")}
    [difference] = found.differences
    assert (difference.rows, difference.stands["post_id"], difference.computed["post_id"]) == (
        "tenures",
        "p9",
        "p4",
    )
    with opened(home) as ledger:
        assert difference.facts == [event.event_id for event in ledger.logs["appointment"].load_stream("c4")]


def test_a_row_that_is_missing(home: Path) -> None:
    change(home / "chronicle.db", "DELETE FROM tenures WHERE tenure_id = 't4'")
    [difference] = replayed(home).differences
    assert (difference.stream, difference.stands, difference.computed["tenure_id"]) == ("c4", {}, "t4")


def test_a_row_of_nobody(home: Path) -> None:
    change(home / "chronicle.db", "UPDATE tenures SET stream = 'nobody' WHERE tenure_id = 't4'")
    assert found_in(replayed(home)) == {
        ("row", "appointment", "c4"),
        ("rows-of-nobody", "appointment", "nobody"),
    }


def test_a_stored_byte(home: Path) -> None:
    seal(home)
    sql = "UPDATE stored_events SET state = CAST(replace(state, '\"p4\"', '\"p5\"') AS BLOB) WHERE originator_id = 'c4'"
    change(home / "appointment.db", sql)
    found = replayed(home)
    assert {what[:3] for what in found_in(found)} == {
        ("chain", "appointment", "c4"),
        ("row", "appointment", "c4"),
        ("seal", "appointment", ""),
    }


def test_a_stored_byte_under_a_chain_made_to_fit(home: Path) -> None:
    """Whoever can write to the file can compute the chain anew; the signed root stands."""
    seal(home)
    before = replayed(home).roots["appointment"]
    with opened(home) as ledger:
        _chain_anew(ledger, home)
    found = replayed(home)
    assert found_in(found) == {("seal", "appointment", ""), ("row", "appointment", "c4")}
    assert found.roots["appointment"] != before


def _chain_anew(ledger: EmbeddedLedger, home: Path) -> None:
    chain, rows = bytes(32), []
    for position, state, _ in ledger.logs["appointment"].read_chained(0, 100):
        new = state.replace(b'"post":"p4"', b'"post":"p5"')
        chain = sha256(chain + new).digest()
        rows.append((new, chain, position))
    with sqlite3.connect(home / "appointment.db") as connection:
        connection.executemany("UPDATE stored_events SET state = ?, chain = ? WHERE rowid = ?", rows)
    connection.close()


def test_one_key(home: Path) -> None:
    change(home / "keys.db", "UPDATE keys SET key = zeroblob(32) WHERE subject = 'stream/c3'")
    found = replayed(home)
    assert found_in(found) == {("row", "personnel", "c3")}
    assert found.differences[0].stands["name"] == "Nguyễn Văn Dũng"
    assert found.differences[0].computed["name"] == "\u2298"


def otherwise(home: Path) -> EmbeddedLedger:
    """A ledger whose fold of tenures is not the one that made the rows."""

    def fold(projection: Any) -> Any:
        def step(rows: Any, event: Any) -> Any:
            found = projection.step(rows, event)
            return {
                k: row and (changed(row, post_id="p0") if row.post_id == "p7" else row)
                for k, row in found.items()
            }

        return with_(projection, step=step) if projection.name == "tenures" else projection

    return EmbeddedLedger(SERVICES, map(fold, PROJECTIONS), home, "quận", system_clock, writes=False)


def test_one_fold(home: Path) -> None:
    assert found_in(replayed(home, otherwise)) == {("row", "appointment", "c7")}


ELSEWHERE: dict[str, tuple[str, set[Finding]]] = {
    "dropped": (
        "DELETE FROM stored_events WHERE rowid = 5",
        {
            ("sequence", "appointment", ""),
            ("chain", "appointment", "c5"),
            ("rows-of-nobody", "appointment", "c4"),
        },
    ),
    "moved to another stream": (
        "UPDATE stored_events SET originator_id = 'c9x' WHERE rowid = 5",
        {
            ("envelope", "appointment", "c9x"),
            ("row", "appointment", "c9x"),
            ("rows-of-nobody", "appointment", "c4"),
        },
    ),
    "unreadable": (
        "UPDATE stored_events SET state = x'7b' WHERE rowid = 5",
        {
            ("unreadable", "appointment", "c4"),
            ("chain", "appointment", "c4"),
            ("row", "appointment", "c4"),
        },
    ),
    "text where bytes were": (
        "UPDATE stored_events SET state = replace(state, '\"p4\"', '\"p5\"') WHERE rowid = 5",
        {
            ("chain", "appointment", "c4"),
            ("row", "appointment", "c4"),
        },
    ),
    "nothing where bytes were": (
        "UPDATE stored_events SET state = NULL WHERE rowid = 5",
        {
            ("unreadable", "appointment", "c4"),
            ("chain", "appointment", "c4"),
            ("row", "appointment", "c4"),
        },
    ),
    "a chain of text": (
        "UPDATE stored_events SET chain = 'whole' WHERE rowid = 5",
        {("chain", "appointment", "c4"), ("chain", "appointment", "c5")},
    ),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_an_event_that_is_not_where_it_was(home: Path, what: str) -> None:
    sql, expected = ELSEWHERE[what]
    change(home / "appointment.db", sql)
    assert found_in(replayed(home)) == expected
