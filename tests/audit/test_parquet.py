"""The same events as columns: beside the sealed lines of an archive, and covered by its manifest as whole files."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.audit.archive import parquet
from services.bootstrap.services import SERVICES
from tests.audit.office import NAMES


def exported(home: Path, folder: Path) -> Any:
    return CliRunner().invoke(
        application(), ["--home", str(home), "audit", "export", str(folder), "--parquet"]
    )


def test_columns_are_the_lines(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 4)
    archive = tmp_path / "archive"
    assert exported(home, archive).exit_code == 0
    for name, service in SERVICES.items():
        file = archive / "parquet" / f"{name}.parquet"
        rows = pq.read_table(file).to_pylist()
        lines = (archive / "logs" / f"{name}.ndjson").read_bytes().splitlines()
        assert [row["event"] for row in rows] == lines
        assert pq.ParquetFile(file).num_row_groups == -(-len(lines) // 4)
        for position, (row, line) in enumerate(zip(rows, lines, strict=True), start=1):
            event = json.loads(line)
            assert (row["position"], row["topic"], row["kind"]) == (position, name, event["fact"]["type"])
            for column in parquet.ENVELOPE_COLUMNS:
                assert row[column] == event.get(column)
            for column in parquet.choose_columns(service.topic):
                assert row[column] == event["fact"].get(column)
    kept = json.loads(pq.read_table(archive / "parquet" / "appointment.parquet")["new_values"][-1].as_py())
    assert kept == {"effective_from": "2024-03-15"}


def test_no_column_is_personal() -> None:
    for service in SERVICES.values():
        personal = {field for fields in service.topic.personal.values() for field in fields}
        assert not personal & {*parquet.choose_columns(service.topic)}


def test_names_are_ciphertext_there_too(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    assert exported(home, archive).exit_code == 0
    table = pq.read_table(archive / "parquet" / "personnel.parquet")
    whole = repr(table.to_pylist())
    assert "sealed:" in whole
    assert not any(f"Nguyễn Văn {name}" in whole for name in NAMES)


def test_a_changed_file_is_damage(home: Path, tmp_path: Path, bare_python: Path) -> None:
    archive = tmp_path / "archive"
    assert exported(home, archive).exit_code == 0
    verify = [str(bare_python), "-I", str(archive / "verify.py"), str(archive)]
    assert subprocess.run(verify, capture_output=True).returncode == 0
    file = archive / "parquet" / "appointment.parquet"
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    done = subprocess.run(verify, capture_output=True, text=True)
    assert (done.returncode, "parquet/appointment.parquet" in done.stdout) == (22, True)


def test_without_the_library_nothing_is_begun(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.cli.audit.seals.can_write_parquet", lambda: False)
    result = exported(home, tmp_path / "archive")
    assert result.exit_code == 2
    assert "cadre-ledger[parquet]" in result.stderr
    assert not (tmp_path / "archive").exists()
