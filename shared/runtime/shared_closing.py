"""Whether the site of a cluster is closed, as all of its processes know it: one row beside the closed timestamp.

A commit reads the row in its own statement and stores nothing that a closed site does not record. Whoever writes the
row waits for the statements that began before, so that what these stored is in the logs when the closing takes effect.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.core.errors import SiteClosed
from shared.database.failures import name_failure
from shared.readmodel.row_store import RowStore

BELIEVED_SECONDS = 1.0
"""How long a process believes what it read; commits are refused by the row, whatever it believes."""


class _Closing(msgspec.Struct):
    """What is stored; nothing where the site is open."""

    site: str
    custodian: str


class SharedClosing:
    """`wait_for_commits`: waits for the statements that are storing events now, and raises where they take too long."""

    def __init__(self, tables: RowStore, wait_for_commits: Callable[[], None]) -> None:
        self._tables, self._wait = tables, wait_for_commits
        table = f"{tables.schema}.closed"
        self._select = text(f"SELECT instant FROM {table} WHERE name = 'site'")
        self._upsert = text(
            f"INSERT INTO {table} VALUES ('site', :closing) ON CONFLICT (name) DO UPDATE SET instant = excluded.instant"
        )
        self._lock = Lock()
        self._known: tuple[SiteClosed | None, float] = None, float("-inf")

    def read(self, now: bool = False) -> SiteClosed | None:
        """Why the site records nothing more; None where it is not closed. `now`: not as it was a moment ago."""
        with self._lock:
            closed, since = self._known
            if now or monotonic() - since >= BELIEVED_SECONDS:
                since = monotonic()
                try:
                    with self._tables.engine.connect() as connection:
                        stored = connection.execute(self._select).scalar()
                except SQLAlchemyError as error:
                    raise name_failure(error) from error
                closing = msgspec.json.decode(stored, type=_Closing) if stored else None
                closed = SiteClosed(closing.site, closing.custodian) if closing else None
                self._known = closed, since
            return closed

    def write(self, closed: SiteClosed | None) -> None:
        """Let all processes refuse what a closed site does not record, from now on; None: let them record."""
        known = self.read(now=True)
        if _stored(known) != _stored(closed):
            with self._tables.transaction() as connection:
                connection.execute(self._upsert, {"closing": _stored(closed)})
            self.read(now=True)
        if closed:
            self._wait()


def _stored(closed: SiteClosed | None) -> str:
    return msgspec.json.encode(_Closing(closed.site, closed.custodian)).decode() if closed else ""
