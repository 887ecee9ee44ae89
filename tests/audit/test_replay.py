"""A replay from zero is green where nothing was touched, and names the right streams where something was."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace as with_
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed
from typer.testing import CliRunner

from services.__main__ import application
from services.audit.archive import export
from services.audit.replaying import Replay, Replayed, replay, running
from services.audit.replaying.reading import read_archive
from services.audit.replaying.working import Worker
from services.audit.sealing import Seals, signing_key
from services.chronicle.projections import PROJECTIONS
from services.composition import SERVICES, embedded
from shared.clock import system_clock
from shared.dates import Day, PDate
from shared.notes import opened as open_note
from shared.runtime.embedded import Embedded
from shared.settings import load
from tests.audit.office import moment, opened

DAY = Day(PDate("2026-03-01"))
Finding = tuple[str, str, str]


def looking(home: Path) -> Embedded:
    return embedded(load(home), writes=False)


def replayed(
    home: Path, open_: Callable[[Path], Any] = looking, copy: Path | None = None, processes: int = 1
) -> Replayed:
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        try:
            asked = Replay(
                open_=partial(open_, home), notes=home / "notes", program="1", copy=copy, processes=processes
            )
            return replay(asked, seals)
        finally:
            seals.close()


def told(found: Replayed) -> set[Finding]:
    return {(each.what, each.log, each.stream) for each in found.differences}


def change(file: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(file) as connection:
        assert connection.execute(sql, values).rowcount == 1
    connection.close()


def seal(home: Path) -> None:
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        seals.seal(ledger.apps["audit"], signing_key(home, "quận", {}), "tester", DAY)
        seals.close()


def test_nothing_touched_is_green_however_many_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(home)
    one = replayed(home)
    assert one.differences == []
    assert (one.events["appointment"], one.rows["tenures"]) == (13, 13)
    assert not (home / "notes").exists()
    monkeypatch.setattr(running, "SEGMENT", 2)
    monkeypatch.setattr(running, "FOLDED", 3)
    assert replayed(home, processes=2) == one


def test_a_live_row(home: Path) -> None:
    change(home / "chronicle.db", "UPDATE tenures SET post_id = 'p9' WHERE tenure_id = 't4'")
    found = replayed(home)
    assert told(found) == {("row", "appointment", "c4")}
    [difference] = found.differences
    assert (difference.rows, difference.stands["post_id"], difference.computed["post_id"]) == (
        "tenures",
        "p9",
        "p4",
    )
    with opened(home) as ledger:
        assert difference.facts == [event.event_id for event in ledger.logs["appointment"].stream("c4")]


def test_a_row_that_is_missing(home: Path) -> None:
    change(home / "chronicle.db", "DELETE FROM tenures WHERE tenure_id = 't4'")
    [difference] = replayed(home).differences
    assert (difference.stream, difference.stands, difference.computed["tenure_id"]) == ("c4", {}, "t4")


def test_a_row_of_nobody(home: Path) -> None:
    change(home / "chronicle.db", "UPDATE tenures SET stream = 'nobody' WHERE tenure_id = 't4'")
    assert told(replayed(home)) == {("row", "appointment", "c4"), ("rows-of-nobody", "appointment", "nobody")}


def test_a_stored_byte(home: Path) -> None:
    seal(home)
    sql = "UPDATE stored_events SET state = CAST(replace(state, '\"p4\"', '\"p5\"') AS BLOB) WHERE originator_id = 'c4'"
    change(home / "appointment.db", sql)
    found = replayed(home)
    assert {what[:3] for what in told(found)} == {
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
    assert told(found) == {("seal", "appointment", ""), ("row", "appointment", "c4")}
    assert found.roots["appointment"] != before


def _chain_anew(ledger: Embedded, home: Path) -> None:
    from hashlib import sha256

    chain, rows = bytes(32), []
    for position, state, _ in ledger.logs["appointment"].sealed(0, 100):
        new = state.replace(b'"post":"p4"', b'"post":"p5"')
        chain = sha256(chain + new).digest()
        rows.append((new, chain, position))
    with sqlite3.connect(home / "appointment.db") as connection:
        connection.executemany("UPDATE stored_events SET state = ?, chain = ? WHERE rowid = ?", rows)
    connection.close()


def test_one_key(home: Path) -> None:
    change(home / "keys.db", "UPDATE keys SET key = zeroblob(32) WHERE subject = 'c3'")
    found = replayed(home)
    assert told(found) == {("row", "personnel", "c3")}
    assert found.differences[0].stands["name"] == "Nguyễn Văn Dũng"
    assert found.differences[0].computed["name"] == "\u2298"


def otherwise(home: Path) -> Embedded:
    """A ledger whose fold of tenures is not the one that made the rows."""

    def fold(projection: Any) -> Any:
        def step(rows: Any, event: Any) -> Any:
            found = projection.step(rows, event)
            return {
                k: row and (changed(row, post_id="p0") if row.post_id == "p7" else row)
                for k, row in found.items()
            }

        return with_(projection, step=step) if projection.name == "tenures" else projection

    return Embedded(SERVICES, map(fold, PROJECTIONS), home, "quận", system_clock, writes=False)


def test_one_fold(home: Path) -> None:
    assert told(replayed(home, otherwise)) == {("row", "appointment", "c7")}


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
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_an_event_that_is_not_where_it_was(home: Path, what: str) -> None:
    sql, expected = ELSEWHERE[what]
    change(home / "appointment.db", sql)
    assert told(replayed(home)) == expected


def test_a_replay_that_was_cut_off_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replayed(home)
    done: list[str] = []
    do = Worker.do

    def cut(self: Worker, task: Any) -> Any:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(task.name)
        return do(self, task)

    monkeypatch.setattr(Worker, "do", cut)
    with pytest.raises(KeyboardInterrupt):
        replayed(home)
    assert len((home / "notes").read_bytes().splitlines()) == 6
    with (home / "notes").open("ab") as notes:
        notes.write(b'["fold/half a')
    again: list[str] = []

    def note(self: Worker, task: Any) -> Any:
        again.append(task.name)
        return do(self, task)

    monkeypatch.setattr(Worker, "do", note)
    assert replayed(home) == whole
    assert not set(again) & set(done)


def test_an_archive_is_replayed_as_the_store_is(home: Path, tmp_path: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        export(seals, signing_key(home, "quận", {}), tmp_path / "archive", moment("2026-03-01"))
        seals.close()
        read_archive(tmp_path / "archive", ledger, tmp_path / "copy")
        file = tmp_path / "archive" / "logs" / "appointment.ndjson"
        file.write_bytes(file.read_bytes().replace(b'"post":"p4"', b'"post":"p5"'))
        read_archive(tmp_path / "archive", ledger, tmp_path / "forged")
    assert replayed(home, copy=tmp_path / "copy") == replayed(home)
    assert told(replayed(home, copy=tmp_path / "forged")) == {
        ("row", "appointment", "c4"),
        ("seal", "appointment", ""),
    }


def test_the_command_certifies_what_it_found(home: Path) -> None:
    def run() -> Any:
        return CliRunner().invoke(
            application(), ["--home", str(home), "audit", "replay", "--processes", "1", "--json"]
        )

    assert run().exit_code == 0
    change(home / "chronicle.db", "UPDATE tenures SET post_id = 'p9' WHERE tenure_id = 't4'")
    red = run()
    assert red.exit_code == 1
    assert "row: appointment c4 tenures" in red.stderr
    with opened(home) as ledger:
        green, bad = (event.fact for event in ledger.logs["audit"].stream("replays"))
    assert (green.differences, bad.differences) == (0, 1)
    assert green.digests == bad.digests
    text = open_note(f"{bad.signed}\n", [signing_key(home, "quận", {}).verifier])
    assert f"rows tenures 13 {bad.digests['tenures']}\n" in text
    assert "differences 1\n" in text
