"""What the statements of sites about exchanging fold to, in rows: it is not for the store to read them."""

import msgspec

from shared.replica.runs import LogId
from shared.replica.store.database import Database
from shared.replica.store.schema import FOLDED, ISSUED, STATEMENTS

OWN_LOG = 0
"""Stands for the site's own log among the segments."""


class FoldedStatements(msgspec.Struct):
    """What is to be written of a fold."""

    issued: dict[tuple[str, LogId], bytes] = {}
    """By site, what it has stated last about each log."""
    others: dict[str, bytes] = {}
    """By event id, statements that are kept as they are."""
    folded: dict[int, int] = {}
    """By segment, the seq up to which these and what is written have all; of the own log the position."""


class StatementRows:
    """Each write is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def issuers(self) -> list[str]:
        """The sites that have stated something about a log."""
        return [issuer for (issuer,) in self._db.select("SELECT DISTINCT issuer FROM issued ORDER BY issuer")]

    def issued_by(self, site: str) -> dict[LogId, bytes]:
        """What a site has stated last, by log."""
        rows = self._db.select("SELECT topic, origin, content FROM issued WHERE issuer = ?", (site,))
        return {LogId(origin, topic): bytes(content) for topic, origin, content in rows}

    def others(self) -> list[bytes]:
        """The statements that are kept as they are."""
        rows = self._db.select("SELECT state FROM statements ORDER BY event_id")
        return [bytes(state) for (state,) in rows]

    def folded(self) -> dict[int, int]:
        """Up to where each segment is in these rows."""
        return dict(self._db.select("SELECT segment, seq FROM folded"))

    def keep(self, new: FoldedStatements) -> bool:
        """Replace rows by newer ones. Nothing is written, and False returned, where another process has meanwhile
        written more of a segment, which these rows may lack."""
        with self._db.transaction() as written:
            stored = dict(written.select("SELECT segment, seq FROM folded"))
            if any(seq > new.folded.get(segment, 0) for segment, seq in stored.items()):
                return False
            for (issuer, log), content in new.issued.items():
                key = issuer, log.topic, log.origin
                written.execute("DELETE FROM issued WHERE issuer = ? AND topic = ? AND origin = ?", key)
                written.insert(ISSUED, [(*key, content)])
            written.insert(STATEMENTS, list(new.others.items()), new=True)
            for segment, seq in new.folded.items():
                if stored.get(segment) != seq:
                    written.execute("DELETE FROM folded WHERE segment = ?", (segment,))
                    written.insert(FOLDED, [(segment, seq)])
        return True

    def clear(self) -> None:
        """Forget all of it: it is folded anew."""
        with self._db.transaction() as written:
            for table in (ISSUED, STATEMENTS, FOLDED):
                written.execute(f"DELETE FROM {table.name}")
