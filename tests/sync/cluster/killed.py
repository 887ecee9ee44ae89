"""A process that takes a bundle into a cluster and kills itself at a certain step."""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from services.sync.exchange import receiving
from shared.eventlog.recorders.postgres import PostgresWriteConnection
from shared.replica.store.database import PostgresTransaction
from shared.replica.store.exchange_state import ExchangeState
from shared.replica.store.replica_store import ReplicaStore
from tests.support.cadre_process import FORKSERVER

STEPS = {
    "before anything of a chunk is stored": (PostgresTransaction, "insert", "before"),
    "when a chunk is stored": (ReplicaStore, "import_chunk", "after"),
    "when all chunks are stored": (receiving, "count_received", "before"),
    "when the receipt is recorded": (PostgresWriteConnection, "write", "after"),
    "when it counts": (ReplicaStore, "mark_known", "after"),
    "when the bundle is to be remembered": (ExchangeState, "keep_bundle", "before"),
}
"""What is interrupted, and whether before it or after it."""


def apply_and_die(env: Mapping[str, str], file: str, step: str) -> int:
    """`cadre bundle apply` in a process of its own. Returns its exit code."""
    process = FORKSERVER.Process(target=_apply, args=(dict(env), file, step))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def _apply(env: dict[str, str], file: str, step: str) -> None:
    os.environ.clear()
    os.environ.update(env)
    owner, name, when = STEPS[step]
    method = getattr(owner, name)

    def interrupted(*values: Any, **named: Any) -> None:
        if when == "after":
            method(*values, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, interrupted)
    sys.argv = ["cadre", "bundle", "apply", file]
    from services.__main__ import main

    main()
