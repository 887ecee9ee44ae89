"""An erased person is in no file any more, proofs hold, and nobody else has changed."""

import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.chronicle.rows import TENURES
from shared.core.text import fold, name_key
from tests.audit.office import ERASED, opened

CADRE = "c6"
TRACES = [ERASED.encode(), fold(ERASED).encode(), name_key(ERASED).encode()]


def cadre(home: Path, *words: str) -> Any:
    done = CliRunner().invoke(application(), ["--home", str(home), "audit", *words])
    assert done.exit_code == 0, done.stderr + str(done.exception)
    return done


def traces(folder: Path) -> list[str]:
    return sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(trace in file.read_bytes() for trace in TRACES)
    )


def rows(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    with opened(home) as ledger:
        tables = ledger.tables
        return {
            name: sorted(
                row
                for stream in tables.streams(name, "", 1000)
                if stream != CADRE
                for row in tables.stored(name, [stream]).values()
            )
            for name in tables.projections
        }


def test_an_erased_person_is_gone_and_the_proofs_hold(
    home: Path, tmp_path: Path, bare_python: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cadre(home, "seal")
    cadre(home, "export", str(tmp_path / "before"))
    assert traces(home), "nothing was there to be erased"
    others = rows(home)
    key = _key(home)
    caplog.set_level(logging.DEBUG)

    said = cadre(home, "erase", CADRE, "--reason", "theo yêu cầu", "--yes")
    again = cadre(home, "erase", CADRE, "--reason", "theo yêu cầu", "--yes")
    cadre(home, "export", str(tmp_path / "after"))

    assert traces(home) == traces(tmp_path / "after") == traces(tmp_path / "before") == []
    assert not any(key in file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert ERASED not in said.output + again.output + caplog.text
    assert rows(home) == others
    with opened(home) as ledger:
        [row] = ledger.tables.stored("cadres", [CADRE]).values()
        assert "\u2298" in row
        assert [type(event.fact).__name__ for event in ledger.logs["audit"].load_stream(CADRE)] == [
            "SubjectErased"
        ]
        [held] = ledger.tables.rows(TENURES, cadre_id=CADRE)
        assert held.post_id == "p6"
    cadre(home, "replay", "--processes", "1")
    earlier = max((tmp_path / "before" / "checkpoints" / "personnel").glob("*.txt"))
    for archive in ("before", "after"):
        command: list[str | Path] = [
            bare_python,
            "-I",
            tmp_path / archive / "verify.py",
            tmp_path / archive,
            "--seen",
            earlier,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


def _key(home: Path) -> bytes:
    with opened(home) as ledger:
        key = ledger.keys.find_key(CADRE)
    assert key
    return key


def test_nobody_is_erased_by_mistake(home: Path) -> None:
    done = CliRunner().invoke(
        application(), ["--home", str(home), "audit", "erase", "c99", "--reason", "x", "--yes"]
    )
    assert done.exit_code == 1
    assert "c99 is not on file" in done.stderr
    unsure = CliRunner().invoke(
        application(), ["--home", str(home), "audit", "erase", CADRE, "--reason", "x"], input="n\n"
    )
    assert unsure.exit_code == 1
    with opened(home) as ledger:
        assert ledger.keys.find_key(CADRE)
