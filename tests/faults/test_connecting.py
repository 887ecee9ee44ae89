"""Connections that lead nowhere are noticed, and one who stands still keeps nothing."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from services.bootstrap.cluster import open_relay_offset
from shared.database.pg_options import IDLE_SESSION_SECONDS, IDLE_TRANSACTION_SECONDS
from shared.messaging.dead_letters import Message
from shared.messaging.gap_filler import GapFiller
from shared.runtime.cluster import ClusterLedger
from tests.faults.test_oracle import LOG, fresh
from tests.faults.test_unfit import life


@contextmanager
def connections(node: ClusterLedger) -> Iterator[dict[str, Any]]:
    """One of each kind that a process has."""
    mark, raw = open_relay_offset(node.database, LOG), node.tables.engine.raw_connection()
    storage = node.logs[LOG].storage
    pen, readers, keys = storage.open_write_connection(), storage._readers._pool, node.keys._pool  # type: ignore[attr-defined]  # private, of PostgreSQL
    readers.open()
    with readers.connection() as reader, keys.connection() as keyring:
        yield {
            "bookmark": mark._connection,
            "rows": raw.driver_connection,
            "pen": pen._connection,  # type: ignore[attr-defined]  # private, of PostgreSQL
            "reader": reader,
            "keys": keyring,
        }
    mark.close()
    pen.close()
    raw.close()


def test_a_machine_that_is_gone_is_noticed_at_both_ends(server: str) -> None:
    with fresh(server, "gone") as node, connections(node) as kinds:
        for kind, connection in kinds.items():
            with socket.socket(fileno=os.dup(connection.fileno())) as here:
                ours = [
                    here.getsockopt(socket.IPPROTO_TCP, each)
                    for each in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_USER_TIMEOUT)
                ]
            names = ("tcp_keepalives_idle", "tcp_user_timeout", "idle_in_transaction_session_timeout")
            theirs = [connection.execute(f"SHOW {name}".encode()).fetchone()[0] for name in names]
            assert (ours, theirs) == (
                [5, 5, 15_000],
                ["5", "15000", f"{IDLE_TRANSACTION_SECONDS // 60}min"],
            ), kind
        held = kinds["bookmark"].execute("SHOW idle_session_timeout").fetchone()[0]
        assert held == f"{IDLE_SESSION_SECONDS}s"


def test_a_bookmark_of_one_that_stands_still_is_free_again(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.eventlog.recorders.postgres.IDLE_SESSION_SECONDS", 1)
    with fresh(server, "still") as node:
        first = open_relay_offset(node.database, LOG)
        time.sleep(1.5)
        second = open_relay_offset(node.database, LOG)
        with pytest.raises(psycopg.OperationalError):
            first.advance(5)
        second.advance(3)
        second.close()


def test_what_is_only_a_moment_late_is_not_taken_from_the_log(server: str) -> None:
    """However long nothing was said before."""
    with fresh(server, "late") as node:
        filler = GapFiller(node.logs[LOG], node.inbox, timeout=0.3)
        for _ in range(2):
            assert filler.poll() == 0
            time.sleep(0.4)
        *most, last = life(node, 3)
        assert filler.poll() == 0
        node.inbox.receive([Message(LOG, 0, each.offset, each.key, each.value) for each in most])
        assert filler.poll() == 0
        time.sleep(0.4)
        assert filler.poll() == 1
        assert filler.find_complete_position() == last.offset
