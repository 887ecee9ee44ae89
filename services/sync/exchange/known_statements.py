"""What sites have stated about exchanging, as far as it is here: folded once, and then only what is new.

There is a receipt for every message with news, so that after some years there are hundreds of thousands, and each
message asks for the newest. What they fold to is kept in rows of the replica. Which statement of a site about a log is
the newest does not depend on order or repetition, so it does no harm that some are folded twice. Where some cease to
count, because their site was forked or robbed, all are folded anew.
"""

from collections.abc import Iterator
from threading import Lock

import msgspec

from services.sync.domain.receipts import IssuedReceipts, LogReceipt, SyncEvent, fold_receipts
from services.sync.events import Received, SyncFact, topic
from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.replica.runs import LogId
from shared.replica.store.folded_statements import OWN_LOG, FoldedStatements
from shared.replica.store.replica_store import ReplicaStore

SAVED_AFTER = 200
"""Statements that are folded before the rows are written; until then each process folds them for itself."""
_PAGE = 1000
_NO_LOG = LogId("", "")
"""Stands among the logs for all that a site stated."""


class _Newest(msgspec.Struct, frozen=True):
    """The newest receipt of a site, whatever it is about."""

    issued_at: Instant
    event_id: str
    lamport: int = 0


_encode = msgspec.msgpack.encode
_decode_newest = msgspec.msgpack.Decoder(_Newest).decode
_decode_receipt = msgspec.msgpack.Decoder(LogReceipt).decode


class KnownStatements:
    """The statements of all sites, this one included. `log`: the own log of them."""

    def __init__(self, log: EventLog[SyncFact], store: ReplicaStore) -> None:
        self._log, self._store = log, store
        self._issued: dict[str, IssuedReceipts | None] = {}
        """By site, what its receipts fold to; where it was asked for."""
        self._others: dict[str, SyncEvent] = {}
        self._folded: dict[int, int] = {}
        self._changes = -1
        """The number of the last change of statements of other sites that is folded."""
        self._unsaved, self._pending = FoldedStatements(), 0
        self._lock, self._is_started = Lock(), False

    def issued_by(self, site: str) -> IssuedReceipts | None:
        """The newest receipts of a site that are here as facts."""
        with self._lock:
            self._catch_up()
            return self._load(site)

    def receipts(self) -> dict[str, IssuedReceipts]:
        """Those of every site."""
        with self._lock:
            self._catch_up()
            issuers = sorted({*self._store.statements.issuers(), *self._issued})
            return {issuer: found for issuer in issuers if (found := self._load(issuer))}

    def others(self) -> list[SyncEvent]:
        """All statements that are no receipts; there are few."""
        with self._lock:
            self._catch_up()
            return list(self._others.values())

    def _load(self, site: str) -> IssuedReceipts | None:
        if site not in self._issued:
            rows = self._store.statements.issued_by(site)
            newest = _decode_newest(rows.pop(_NO_LOG)) if rows else None
            by_log = {log: _decode_receipt(content) for log, content in rows.items()}
            self._issued[site] = (
                IssuedReceipts(site, by_log, newest.event_id, newest.issued_at, newest.lamport)
                if newest
                else None
            )
        return self._issued[site]

    def _catch_up(self) -> None:
        if not self._is_started:
            self._start()
        size, changes = self._log.position(), self._store.position(topic.name)
        if self._folded.get(OWN_LOG, 0) > size:  # the log is an older one than that of these rows
            self._store.statements.clear()
            self._start()
        if (self._folded.get(OWN_LOG, 0), self._changes) != (size, changes):
            if self._store.has_ceased(topic.name, self._folded):  # a fold takes nothing back
                self._store.statements.clear()
                self._start()
            self._fold_new()
            self._changes = changes
            if self._pending > SAVED_AFTER:
                self._save()

    def _start(self) -> None:
        """Begin with what is in the rows."""
        rows = self._store.statements
        self._issued, self._unsaved, self._pending, self._changes = {}, FoldedStatements(), 0, -1
        self._folded = rows.folded()
        self._others = {event.event_id: event for event in map(_read, rows.others()) if event}
        self._is_started = True

    def _save(self) -> None:
        """Write rows of what was folded; where another process has written more meanwhile, go on from its rows."""
        self._unsaved.folded = self._folded
        if self._store.statements.keep(self._unsaved):
            self._unsaved, self._pending = FoldedStatements(), 0
        else:
            self._start()
            self._fold_new()

    def _fold_new(self) -> None:
        """Page by page, so that memory does not grow with their number."""
        for page in self._read_new():
            events = list[SyncEvent]()
            for segment, seq, state in page:
                self._folded[segment] = seq
                if (event := _read(state)) is None:
                    continue
                events.append(event)
                if not isinstance(event.fact, Received):
                    self._others[event.event_id] = event
                    self._unsaved.others[event.event_id] = state
            for site, found in fold_receipts(events, self._load).items():
                self._note_changes(self._load(site), found)
                self._issued[site] = found
            self._pending += len(page)

    def _read_new(self) -> Iterator[list[tuple[int, int, bytes]]]:
        """(segment, seq, stored bytes) of statements that are not folded yet."""
        while rows := self._log.read_stored(self._folded.get(OWN_LOG, 0), _PAGE):
            yield [(OWN_LOG, position, bytes(state)) for position, _, _, state in rows]
        yield from self._store.read_counted(topic.name, dict(self._folded), _PAGE)

    def _note_changes(self, before: IssuedReceipts | None, after: IssuedReceipts) -> None:
        known = before.by_log if before else {}
        for log, receipt in after.by_log.items():
            if known.get(log) is not receipt:
                self._unsaved.issued[after.issuer, log] = _encode(receipt)
        self._unsaved.issued[after.issuer, _NO_LOG] = _encode(
            _Newest(after.last_at, after.last, after.last_lamport)
        )


def _read(state: bytes) -> SyncEvent | None:
    """A statement; None where it is of a later version."""
    try:
        return topic.decode(state)
    except DECODE_ERRORS:
        return None
