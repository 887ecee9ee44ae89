"""A replay is continued where it was cut off, reads archives as it reads the store, and certifies what it found."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.audit.archive import export_archive
from services.audit.replay import read_archive
from services.audit.replay.worker import ReplayWorker
from services.audit.sealing import Seals, load_signing_key
from shared.eventlog.signed_notes import verify_note as open_note
from tests.audit.office import moment, opened
from tests.audit.replays import change, found_in, replayed, seal


def test_a_replay_that_was_cut_off_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replayed(home)
    done: list[str] = []
    do = ReplayWorker.execute

    def cut(self: ReplayWorker, task: Any) -> Any:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(task.name)
        return do(self, task)

    monkeypatch.setattr(ReplayWorker, "execute", cut)
    with pytest.raises(KeyboardInterrupt):
        replayed(home)
    assert len((home / "notes").read_bytes().splitlines()) == 6
    with (home / "notes").open("ab") as notes:
        notes.write(b'["fold/half a')
    again: list[str] = []

    def note(self: ReplayWorker, task: Any) -> Any:
        again.append(task.name)
        return do(self, task)

    monkeypatch.setattr(ReplayWorker, "execute", note)
    assert replayed(home) == whole
    assert not set(again) & set(done)


def test_an_archive_is_replayed_as_the_store_is(home: Path, tmp_path: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        export_archive(seals, load_signing_key(home, "quận"), tmp_path / "archive", moment("2026-03-01"))
        seals.close()
        read_archive(tmp_path / "archive", ledger, tmp_path / "copy")
        file = tmp_path / "archive" / "logs" / "appointment.ndjson"
        file.write_bytes(file.read_bytes().replace(b'"post":"p4"', b'"post":"p5"'))
        read_archive(tmp_path / "archive", ledger, tmp_path / "forged")
    assert replayed(home, copy=tmp_path / "copy") == replayed(home)
    assert found_in(replayed(home, copy=tmp_path / "forged")) == {
        ("row", "appointment", "c4"),
        ("seal", "appointment", ""),
    }


def test_the_command_ends_with_a_verdict(home: Path) -> None:
    words = ["--home", str(home), "--lang", "en", "audit", "replay", "--processes", "1"]
    green = CliRunner().invoke(application(), words)
    assert re.search(r"Verdict: all \d+ rows follow from the \d+ facts", green.stdout)
    change(home / "chronicle.db", "UPDATE tenures SET post_id = 'p9' WHERE tenure_id = 't4'")
    red = CliRunner().invoke(application(), words)
    assert red.exit_code == 1
    assert "Verdict: 1 differences between " in red.stdout


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
        green, bad = (event.fact for event in ledger.logs["audit"].load_stream("replays"))
    assert (green.differences, bad.differences) == (0, 1)
    assert green.digests == bad.digests
    text = open_note(f"{bad.signed}\n", [load_signing_key(home, "quận").verifier])
    assert f"rows tenures 13 {bad.digests['tenures']}\n" in text
    assert "differences 1\n" in text
