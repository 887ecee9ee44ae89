"""Rows that another version of the program made are computed anew from the log, or not read at all."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.core.clock import system_clock
from shared.runtime.embedded import EmbeddedLedger, RowsOutdated
from tests.kernel.ledger import BY, SERVICES, running, shown
from tests.kernel.toy import note, notes


def record(home: Path) -> None:
    with running(home) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.project_pending()
        assert shown(ledger) == ["rain"]


def change(home: Path, *statements: str) -> None:
    with running(home) as ledger, ledger.tables.transaction() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE layouts", "UPDATE notes SET what = 'snow'"),
        ("UPDATE layouts SET layout = '0'", "DELETE FROM notes"),
        ("UPDATE layouts SET layout = '0'", "ALTER TABLE notes DROP COLUMN what"),
        ("UPDATE layouts SET layout = '0'", "ALTER TABLE notes ADD COLUMN new TEXT NOT NULL DEFAULT ''"),
        ("DELETE FROM layouts", "DROP TABLE notes"),
    ],
)
def test_they_are_computed_anew_at_the_next_start(tmp_path: Path, statements: tuple[str, ...]) -> None:
    record(tmp_path)
    change(tmp_path, *statements)
    with pytest.raises(RowsOutdated, match="notes"), running(tmp_path, writes=False):
        pass
    with running(tmp_path) as ledger:
        assert shown(ledger) == ["rain"]
        assert ledger.tables.find_outdated() == []
        assert not ledger.check_integrity().complaints
    with running(tmp_path, writes=False) as ledger:
        assert shown(ledger) == ["rain"]


def test_a_projection_of_a_new_version_has_new_rows(tmp_path: Path) -> None:
    record(tmp_path)
    change(tmp_path, "UPDATE notes SET what = 'snow'")
    newer = replace(notes, version=notes.version + 1)
    ledger = EmbeddedLedger(SERVICES, (newer,), tmp_path, "here", system_clock)
    assert shown(ledger) == ["rain"]
    ledger.close()


def test_a_start_that_died_before_the_rows_were_there_is_made_up_for(tmp_path: Path) -> None:
    record(tmp_path)
    with running(tmp_path) as ledger:
        ledger.tables.recreate(["notes"])
        assert ledger.tables.find_outdated() == ["notes"]
    with running(tmp_path) as ledger:
        assert shown(ledger) == ["rain"]
