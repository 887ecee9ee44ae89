"""The same on PostgreSQL: sealed, replayed by two, found out, reported, erased."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from services.audit.erasure import erase
from services.audit.replay import ReplayRequest, ReplayResult, run_replay
from services.audit.reports import changes
from services.audit.sealing import Seals, load_signing_key
from services.bootstrap.services import open_embedded_ledger
from shared.commands.command_handler import Origin
from shared.core.partial_dates import BY_NOW, civil_day, known_instant
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.audit.office import ERASED, opened, tell
from tests.audit.replays import DAY, found_in
from tests.engines.servers import postgres


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """An empty one on a server that others may use too."""
    with postgres(tmp_path) as url, psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE audited")
        yield urlsplit(url)._replace(path="/audited").geturl()
        server.execute("DROP DATABASE audited WITH (FORCE)")


def looking(home: Path, database: str) -> EmbeddedLedger:
    return open_embedded_ledger(load(home, {"CADRE_DATABASE": database}), writes=False)


def replayed(home: Path, database: str) -> ReplayResult:
    with opened(home, database=database) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        try:
            seals.seal(ledger.apps["audit"], load_signing_key(home, "quận"), "tester", DAY)
            asked = ReplayRequest(open_=partial(looking, home, database), notes=home / "notes", program="1")
            return run_replay(asked, seals)
        finally:
            seals.close()


def test_an_audit_of_logs_and_rows_in_postgresql(tmp_path: Path, database: str) -> None:
    home = tmp_path / "home"
    tell(home, database)
    green = replayed(home, database)
    assert green.differences == []
    assert green.rows["tenures"] == 13
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE chronicle.tenures SET post_id = 'p9' WHERE tenure_id = 't4'")
        connection.execute(
            "UPDATE personnel.stored_events SET state = state || ' ' WHERE originator_id = 'c3'"
        )
    assert found_in(replayed(home, database)) == {
        ("row", "appointment", "c4"),
        ("chain", "personnel", "c3"),
        ("seal", "personnel", ""),
    }
    with opened(home, database=database) as ledger:
        day, known = civil_day("2024-07-01"), known_instant("2025-01-31")
        unions = {name: app.union for name, app in ledger.apps.items()}
        found = changes(ledger.tables, unions, day, known, BY_NOW, ("tenures",))
        assert {each.stream for each in found} == {"c1", "c2"}
        assert erase(ledger, ledger.apps["audit"], "c6", "asked", DAY, Origin(actor="tester")) == 1
        with ledger.tables.engine.connect() as rows:
            names = [row[0] for row in rows.exec_driver_sql("SELECT name FROM chronicle.cadres")]
    assert len(names) == 10
    assert ERASED not in names
