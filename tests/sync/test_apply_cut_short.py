"""Killing `cadre bundle apply` at any moment: applied again, everything is as after one that was left alone."""

import os
import random
import signal
import time
from contextlib import closing
from pathlib import Path

from shared.replica.store import REPLICA_FILE
from shared.replica.store.replica_store import ReplicaStore
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.support.cadre_process import CadreProcess, run_cadre
from tests.sync.test_exchange_by_file import Tree


def test_killed_in_the_middle_it_is_completed(tmp_path: Path) -> None:
    """Stored chunks without a receipt get one with the next application (design §5)."""
    tree, chance = Tree(tmp_path), random.Random(12)
    env = {**os.environ, "CADRE_HOME": str(tmp_path / "huyen"), "CADRE_SITE": "huyen"}
    met = TALLIES["applications of bundles cut short"]
    for part in range(3 * ROUNDS):
        tree.register("px", *(f"Người {part}.{number}" for number in range(60)))
        words = ("bundle", "apply", str(tree.make("px", "huyen")))
        for at_entries in (True, False, True):
            process = CadreProcess(words, env, tmp_path / "out", tmp_path / "err")
            until = time.monotonic() + (30 if at_entries else chance.uniform(0.1, 1))
            with closing(ReplicaStore(tmp_path / "huyen" / REPLICA_FILE, {})) as store:
                while process.poll() is None and time.monotonic() < until:
                    if at_entries and store.unmarked_logs():
                        break
                met["killed at work"] += process.poll() is None
                process.send_signal(signal.SIGKILL)
                process.wait(30)
                met["entries stored without a receipt"] += bool(store.unmarked_logs())
        done = run_cadre(words, env, tmp_path)
        assert done.returncode == 0, done.stderr
        assert tree.names("huyen") == tree.names("px")
        assert tree.told("huyen", "sync", "status")["alarms"] == []
        verified = run_cadre(("verify",), env, tmp_path)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    assert met["entries stored without a receipt"]
