"""Processes that kill themselves, with SIGKILL, at a certain moment of an import."""

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from services.sync.exchange import receiving
from shared.eventlog.recorders.sqlite import SQLiteWriteConnection
from shared.replica.store.database import SQLiteTransaction
from shared.replica.store.exchange_state import ExchangeState
from shared.replica.store.replica_store import ReplicaStore


class Moment(StrEnum):
    """What an import has done when its process dies."""

    IN_TRANSACTION = "killed in an open import transaction"
    CHUNK_STORED = "killed when a chunk was stored"
    ALL_STORED = "killed when all chunks were stored"
    RECEIPT_RECORDED = "killed when the receipt was recorded"
    COUNTED = "killed when it counted"
    REMEMBERED = "killed when the sender was remembered"


_WHERE: dict[Moment, tuple[Any, str, bool]] = {
    Moment.IN_TRANSACTION: (SQLiteTransaction, "insert", True),
    Moment.CHUNK_STORED: (ReplicaStore, "import_chunk", True),
    Moment.ALL_STORED: (receiving, "count_received", False),
    Moment.RECEIPT_RECORDED: (SQLiteWriteConnection, "write", True),
    Moment.COUNTED: (ReplicaStore, "mark_known", True),
    Moment.REMEMBERED: (ExchangeState, "keep_peer", True),
}
"""The function in which that is, and whether the process dies after what it does or before."""


def die_in_import(moment: Moment, times: int) -> None:
    """Let this process die when it comes to that moment for the so many-th time since it began to import."""
    owner, name, is_after = _WHERE[moment]
    importing, left = False, times
    import_chunk, function = ReplicaStore.import_chunk, getattr(owner, name)

    def note_import(*values: Any, **named: Any) -> Any:
        nonlocal importing
        importing = True
        done = import_chunk(*values, **named)
        if moment is Moment.IN_TRANSACTION:
            importing = False
        return done

    def die(*values: Any, **named: Any) -> Any:
        nonlocal left
        if not importing and moment is not Moment.CHUNK_STORED:
            return function(*values, **named)
        left -= 1
        if not is_after and not left:
            os.kill(os.getpid(), signal.SIGKILL)
        done = function(*values, **named)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, die)
    if moment is not Moment.CHUNK_STORED:
        _replace(ReplicaStore, "import_chunk", note_import)


def _replace(owner: type, name: str, function: Callable[..., Any]) -> None:
    setattr(owner, name, function)
