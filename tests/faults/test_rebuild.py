"""Rows built anew beside the live ones while workers run: what was wrong is right, and nothing new is missed."""

import msgspec
import pytest

from tests.faults.counting import MET
from tests.faults.load import Load
from tests.faults.machine import Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_rows_are_rebuilt_beside_the_live_ones_and_switched_under_load(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        machine.until(lambda: machine.sql("SELECT count(*) FROM chronicle.tenures")[0][0] > 50)
        [(broken,)] = machine.sql(
            "WITH gone AS (DELETE FROM chronicle.tenures WHERE random() < 0.3 RETURNING 1) SELECT count(*) FROM gone"
        )
        machine.sql("DO $$ BEGIN CREATE ROLE looker; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        machine.sql("GRANT SELECT ON chronicle.tenures TO looker")
        before = len(load.book.acknowledged)
        done = machine.cadre("rebuild", "--json")
        assert done.returncode == 0, done.stderr
        during = len(load.book.acknowledged) - before
    counts = msgspec.json.decode(done.stdout)
    MET["rows that were missing and are there after a rebuild"] += broken
    MET["commands acknowledged during a rebuild"] += during
    machine.whole(load, "rows rebuilt under load", 1, during > 0)
    assert counts["tenures"] >= broken > 0
    assert during > 0
    assert machine.sql("SELECT has_table_privilege('looker', 'chronicle.tenures', 'SELECT')") == [(True,)]
    assert "rows were not as the logs say" in done.stderr
    assert machine.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'chronicle_next'") == []
