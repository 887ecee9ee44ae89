"""A ledger of careers for measuring audits: events interleaved as a log has them, sealed by the chain, rows made."""

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from services.audit.sealing import Seals
from services.composition import embedded
from shared.runtime.embedded import Embedded
from shared.scribe import GENESIS
from shared.settings import Settings
from tests.bench.careers import PER_STREAM, careers

SITE = "site-bench"
Row = tuple[int, str, int, str, bytes, bytes]


def settings(home: Path) -> Settings:
    return Settings(home=home, site=SITE)


def looking(home: Path) -> Embedded:
    """For each process of a replay."""
    return embedded(settings(home), writes=False)


def build(home: Path, streams: int) -> int:
    """Appends what so many careers say, the first fact of each before the second of any. Returns how many events."""
    home.mkdir()
    ledger = embedded(settings(home))
    with sqlite3.connect(home / "appointment.db") as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(
            "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state, chain) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            _rows(streams),
        )
        connection.commit()
        _chained(connection, ledger)
    connection.close()
    ledger.rebuild()
    ledger.close()
    return streams * PER_STREAM


def _rows(streams: int) -> Iterator[Row]:
    for number, (stream, stored) in enumerate(careers(0, streams)):
        for version, state in enumerate(stored, start=1):
            position = (version - 1) * streams + number + 1
            old = b'"seq":%d,' % (version * 1_000_000 + number)
            yield position, stream, version, "", state.replace(old, b'"seq":%d,' % position, 1), b""


def _chained(connection: sqlite3.Connection, ledger: Embedded) -> None:
    position, chain = 0, GENESIS
    while page := ledger.logs["appointment"].sealed(position, 50_000):
        chains = []
        for at, state, _ in page:
            chain = sha256(chain + state).digest()
            chains.append((chain, at))
        connection.executemany("UPDATE stored_events SET chain = ? WHERE rowid = ?", chains)
        connection.commit()
        position = page[-1][0]


def seals(ledger: Embedded, home: Path) -> Seals:
    return Seals(ledger.logs, home / "trees", SITE)
