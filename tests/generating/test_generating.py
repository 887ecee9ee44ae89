"""What `cadre generate` writes is a ledger: true, complete, the same again, or nothing at all."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.audit.replay import ReplayRequest, describe_program, run_replay
from services.audit.sealing import Seals, load_signing_key
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.loadgen import GenerationResult, generate_history, generator
from shared.core.corrections import check_amended, check_correction
from shared.core.facts import Corrected, Recorded
from shared.core.normalization import normalize_fact
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.generating.conftest import EVENTS, SEED

ABOUT = [name for name in SERVICES if name not in ("audit", "sites", "sync", "identity")]


@contextmanager
def opened(home: Path) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(home))
    try:
        yield ledger
    finally:
        ledger.close()


def streams(home: Path, name: str) -> Iterator[list[Recorded[Any]]]:
    with opened(home) as ledger:
        yield from ledger.logs[name].iterate_streams()


@pytest.mark.parametrize("name", ABOUT)
def test_every_fact_is_true_for_its_decider(made: tuple[Path, GenerationResult], name: str) -> None:
    decider = SERVICES[name].decider
    for history in streams(made[0], name):
        for number, event in enumerate(history):
            before = history[:number]
            assert normalize_fact(event.fact) == event.fact
            if isinstance(event.fact, Corrected):
                assert check_correction(before, event.fact) == event.fact
                if event.fact.mode == "AMEND":
                    check_amended(decider, before, event.fact, lambda _: None)
            else:
                assert decider.judge(before, event.fact) == (event.fact,)


def test_everything_that_a_fact_points_at_is_there(made: tuple[Path, GenerationResult]) -> None:
    with opened(made[0]) as ledger:
        ledger.rebuild()
        for name in ABOUT:
            for history in ledger.logs[name].iterate_streams():
                for event in history:
                    if not isinstance(event.fact, Corrected):
                        SERVICES[name].check(event.stream, event.fact, ledger.tables)


def test_a_replay_finds_nothing(made: tuple[Path, GenerationResult], tmp_path: Path) -> None:
    home = made[0]
    with opened(home) as ledger:
        counts = ledger.rebuild()
        assert ledger.project_pending() == 0
        seals = Seals(
            ledger.logs, home / "trees", load(home).site, [load_signing_key(home, load(home).site).verifier]
        )
        asked = ReplayRequest(
            open_=lambda: open_embedded_ledger(load(home), writes=False),
            notes=tmp_path / "notes",
            program=describe_program(),
            processes=1,
        )
        found = run_replay(asked, seals)
        seals.close()
    assert found.differences == []
    assert sum(found.events.values()) == sum(made[1].events.values())
    assert {name: found.rows[name] for name in counts} == counts


@pytest.mark.long
def test_a_replay_of_many_years_finds_nothing(tmp_path: Path) -> None:
    made = tmp_path / "home", generate_history(tmp_path / "home", 150_000, SEED)
    test_a_replay_finds_nothing(made, tmp_path)


def test_the_same_again(made: tuple[Path, GenerationResult], tmp_path: Path) -> None:
    assert generate_history(tmp_path / "again", EVENTS, SEED) == made[1]
    for name in ABOUT:
        assert _bytes(tmp_path / "again", name) == _bytes(made[0], name)
    assert generate_history(tmp_path / "other", EVENTS, SEED + 1).events != made[1].events


def _bytes(home: Path, name: str) -> str:
    sql = "SELECT rowid, originator_id, originator_version, topic, state, chain FROM stored_events ORDER BY rowid"
    whole = hashlib.sha256()
    with sqlite3.connect(home / f"{name}.db") as connection:
        for row in connection.execute(sql):
            whole.update(repr(row).encode())
    connection.close()
    return whole.hexdigest()


def test_names_are_stored_as_ciphertext(made: tuple[Path, GenerationResult]) -> None:
    with opened(made[0]) as ledger:
        [(_, event)] = ledger.logs["personnel"].read(limit=1)
        [(_, _, _, state)] = ledger.logs["personnel"].read_stored(0, 1)
    assert b"sealed:" in state
    assert event.fact.name.encode() not in state
    assert not event.fact.name.startswith("sealed:")


def kinds(home: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in ABOUT:
        with sqlite3.connect(home / f"{name}.db") as connection:
            found.update(dict(connection.execute("SELECT topic, count(*) FROM stored_events GROUP BY topic")))
        connection.close()
    return found


def test_every_kind_of_thing_happens(made: tuple[Path, GenerationResult]) -> None:
    found = kinds(made[0])
    assert sum(found.values()) == EVENTS == sum(made[1].events.values())
    for tag in (
        "organization.unit-reparented", "organization.unit-reclassified", "organization.unit-dissolved",
        "organization.post-abolished", "organization.reorganisation-executed", "personnel.service-ended",
        "personnel.disciplined", "planning.removed-from-planning", "planning.review-closed", "rotation.rotated",
        "rotation.transferred", "rotation.rotation-ended", "appointment.elected", "appointment.designated",
        "appointment.reappointed", "appointment.suspended", "appointment.reinstated", "ledger.corrected",
    ):  # fmt: skip
        assert found[tag], tag


def test_there_is_no_half_of_a_home(
    made: tuple[Path, GenerationResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(generator.NotEmpty):
        generate_history(tmp_path / "full", EVENTS, SEED)

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("shared.eventlog.recorders.bulk_loader.BulkLoader.write", full)
    asked = ["generate", str(tmp_path / "new"), "--events", "30k"]
    result = CliRunner().invoke(application(), asked)
    assert result.exit_code == 2
    assert "disk is full" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


@pytest.mark.parametrize("size", ["", "many", "1G", "-5", "9k"])
def test_a_wrong_size(size: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(application(), ["generate", str(tmp_path / "new"), "--events", size])
    assert result.exit_code == 2
    assert "is not a number of events from 10,000 on" in result.stderr


def test_the_command(tmp_path: Path) -> None:
    home = str(tmp_path / "new")
    result = CliRunner().invoke(application(), ["generate", home, "--events", "10k", "--seed", "3", "--json"])
    assert result.exit_code == 0, result.stderr
    assert sum(msgspec.json.decode(result.stdout)["events"].values()) == 10_000
    rebuilt = CliRunner().invoke(application(), ["--home", home, "rebuild", "--json"])
    assert msgspec.json.decode(rebuilt.stdout)["tenures"] > 500
