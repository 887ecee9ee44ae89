"""What a site remembers of its exchanges: targets, lost heads, receipts, neighbours and bundles."""

from collections.abc import Callable, Iterable

import msgspec

from shared.core.partial_dates import Instant
from shared.replica.checkpoints import LogCheckpoint
from shared.replica.runs import Head, LogId
from shared.replica.store.database import Database, Select
from shared.replica.store.schema import (
    BUNDLES,
    COSIGNED,
    HEADS,
    HEARD,
    META,
    PEERS,
    RECEIPTS,
    SPLIT_VIEWS,
    WITNESSED,
)

TARGET, LOST, PARTED = "target", "lost", "parted"
"""Kinds of stored heads."""
_SENT, _ASKED, _AFTER_ASKED = "sent:", "asked:", "asked;"
"""Kind of stored heads that were sent to a neighbour by line, before its id."""
CALL, MESSAGE = "call", "message"
"""A direction of stored bundles: what became of the last call to a neighbour. A state: it came by line."""
CLOCK = "clock"
"""A direction: how the clock of this site stood beside that of a neighbour when its last message came."""


class Peer(msgspec.Struct, frozen=True):
    """What is known of a neighbour. `vector`: the last that it sent; `base`: the digest of the one that it knows of us;
    `clock_skew`: microseconds by which its clock is ahead."""

    site: str
    vector: frozenset[Head] = frozenset()
    base: str = ""
    last_contact: Instant = Instant("")
    clock_skew: int = 0
    scope_revision: int = 0


class BundleRecord(msgspec.Struct, frozen=True, order=True):
    """A bundle that was made (`direction` out, `site` the recipient) or applied (in, the sender)."""

    direction: str
    site: str
    number: int
    sha256: str
    at: Instant
    state: str
    """What became of it, such as made, applied or refused."""


class Hearing(msgspec.Struct, frozen=True):
    """How far a site was heard."""

    site: str
    until: Instant
    """All that it recorded until then is here; empty: that is not known."""
    contact: Instant
    """When something came of it last."""
    state: str
    """How much of it is here: unknown, waiting, filling or following."""


class WitnessedNote(msgspec.Struct, frozen=True):
    """A checkpoint of an own log with the cosignature of a witness."""

    line: str
    """Of the log: site, topic and, of a branch, the epoch with which it began."""
    key: str
    """The public key of the witness, in the form of C2SP."""
    size: int
    """How many entries it covers."""
    at: int
    """When it was cosigned, in seconds since 1970."""
    note: str


class ExchangeState:
    """Each write is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def targets(self) -> frozenset[Head]:
        """What first synchronisations must reach before their origins are shown."""
        return load_heads(self._db.select, TARGET)

    def lost(self) -> frozenset[Head]:
        """What nobody can give any more."""
        return load_heads(self._db.select, LOST)

    def replace_targets(self, targets: Iterable[Head], lost: Iterable[Head] = ()) -> None:
        """Set the targets, and add to what is lost, as the core says at the end of a message. Where that begins or ends
        the first synchronisation of an origin, all its logs are to be judged again."""
        targets = frozenset(targets)
        with self._db.transaction() as written:
            before = {head.origin for head in load_heads(written.select, TARGET)}
            for origin in before ^ {head.origin for head in targets}:
                written.execute("UPDATE logs SET changed = 1 WHERE origin = ?", (origin,))
            written.execute("DELETE FROM heads WHERE kind = ?", (TARGET,))
            rows = [(TARGET, *_row(head)) for head in targets] + [(LOST, *_row(head)) for head in lost]
            written.insert(HEADS, rows, new=True)

    def sent(self, site: str) -> frozenset[Head]:
        """Up to where this site has sent its own logs to a neighbour by line. Whether it arrived, receipts say."""
        return load_heads(self._db.select, _SENT + site)

    def keep_sent(self, site: str, heads: Iterable[Head]) -> None:
        """Remember what was sent to a neighbour by line, beside what was before: of each epoch the last entry."""
        last = {(head.origin, head.topic, head.epoch): head for head in self.sent(site)}
        for head in heads:
            key = head.origin, head.topic, head.epoch
            last[key] = max(last.get(key, head), head, key=lambda each: each.seq)
        with self._db.transaction() as written:
            written.execute("DELETE FROM heads WHERE kind = ?", (_SENT + site,))
            written.insert(HEADS, [(_SENT + site, *_row(head)) for head in last.values()], new=True)

    def asked(self, site: str) -> frozenset[Head]:
        """What a neighbour said last that it waits for, to complete a first synchronisation."""
        return load_heads(self._db.select, _ASKED + site)

    def asked_by_others(self, site: str) -> frozenset[Head]:
        """What all other neighbours wait for."""
        sql = (
            "SELECT DISTINCT origin, topic, epoch, seq, root FROM heads "
            "WHERE kind >= ? AND kind < ? AND kind <> ?"
        )
        return frozenset(Head(*row) for row in self._db.select(sql, (_ASKED, _AFTER_ASKED, _ASKED + site)))

    def keep_asked(self, site: str, heads: frozenset[Head]) -> None:
        """Remember it, in place of what it said before."""
        with self._db.transaction() as written:
            written.execute("DELETE FROM heads WHERE kind = ?", (_ASKED + site,))
            written.insert(HEADS, [(_ASKED + site, *_row(head)) for head in heads], new=True)

    def receipts(self) -> dict[str, str]:
        """By issuer, the signed receipt that counts."""
        return dict(self._db.select("SELECT issuer, note FROM receipts ORDER BY issuer"))

    def keep_receipt(self, issuer: str, at: Instant, note: str) -> None:
        """Keep this receipt of an issuer instead of the one before; the caller says which of two counts."""
        with self._db.transaction() as written:
            written.execute("DELETE FROM receipts WHERE issuer = ?", (issuer,))
            written.insert(RECEIPTS, [(issuer, at, note)])

    def judged_by(self) -> int:
        """The stamp of what the registry said about logs when all of them were judged last; 0: nothing."""
        return int((self._db.select("SELECT value FROM meta WHERE name = 'judged by'") or [(0,)])[0][0])

    def keep_judged_by(self, stamp: int) -> None:
        """Remember that all logs have been judged by it."""
        with self._db.transaction() as written:
            written.execute("DELETE FROM meta WHERE name = 'judged by'")
            written.insert(META, [("judged by", stamp)])

    def split_views(self) -> list[tuple[Head, str]]:
        """Heads of checkpoints that contradict what is held here, with the signed notes."""
        sql = "SELECT origin, topic, epoch, seq, root, note FROM split_views ORDER BY origin, topic, epoch, seq, root"
        return [(Head(*row), note) for *row, note in self._db.select(sql)]

    def keep_split_view(self, head: Head, note: str) -> None:
        """Keep a checkpoint that contradicts what is held here."""
        with self._db.transaction() as written:
            written.insert(SPLIT_VIEWS, [(*_row(head), note)], new=True)

    def parted(self) -> dict[tuple[LogId, str, int], int]:
        """Of checkpoints that contradict what is held, by (log, epoch, seq) of their end: the first entry that differs
        from what a neighbour has."""
        heads = load_heads(self._db.select, PARTED)
        return {(each.log, each.epoch, int.from_bytes(each.root[:8], "big")): each.seq for each in heads}

    def keep_parted(self, end: Head, first: int) -> None:
        """Remember it."""
        with self._db.transaction() as written:
            place = end.seq.to_bytes(8, "big")
            written.insert(HEADS, [(PARTED, end.origin, end.topic, end.epoch, first, place)], new=True)

    def cosign(
        self, line: str, decide: Callable[[str | None], LogCheckpoint | None], sign: Callable[[], str]
    ) -> str:
        """Decide, by the last cosigned note of a line, whether another one is cosigned, and keep what `sign` makes of
        it, in one transaction: two that exclude each other are never both cosigned. Empty: it is not."""
        with self._db.transaction() as written:
            rows = written.select("SELECT note FROM cosigned WHERE line = ?", (line,))
            checkpoint = decide(rows[0][0] if rows else None)
            if checkpoint is None:
                return ""
            note = sign()
            written.execute("DELETE FROM cosigned WHERE line = ?", (line,))
            written.insert(COSIGNED, [(line, checkpoint.size, checkpoint.root, note)])
            return note

    def cosigned(self, site: str) -> dict[str, str]:
        """By line of the logs of a site, the last note that this site has cosigned."""
        sql = "SELECT line, note FROM cosigned WHERE line > ? AND line < ? ORDER BY line"
        return dict(self._db.select(sql, (f"{site}/", f"{site}0")))  # 0 comes right after the slash

    def keep_cosigned(self, cosigned: Iterable[tuple[str, LogCheckpoint, str]]) -> None:
        """Keep what was cosigned, each as (the note before, the checkpoint, the note), in one transaction; but not
        where something else was cosigned meanwhile."""
        with self._db.transaction() as written:
            for before, checkpoint, note in cosigned:
                line = checkpoint.origin_line
                rows = written.select("SELECT note FROM cosigned WHERE line = ?", (line,))
                if (rows[0][0] if rows else "") == before:
                    written.execute("DELETE FROM cosigned WHERE line = ?", (line,))
                    written.insert(COSIGNED, [(line, checkpoint.size, checkpoint.root, note)])

    def witnessed(self) -> list[WitnessedNote]:
        """What witnesses have cosigned of the own logs last, by line and key."""
        sql = "SELECT line, key, size, at, note FROM witnessed ORDER BY line, key"
        return [WitnessedNote(*row) for row in self._db.select(sql)]

    def keep_witnessed(self, notes: Iterable[WitnessedNote]) -> None:
        """Keep what witnesses have cosigned, where it covers more than before; the caller has verified it."""
        before = {(each.line, each.key): (each.size, each.at) for each in self.witnessed()}
        new = [each for each in notes if (each.size, each.at) > before.get((each.line, each.key), (0, 0))]
        if not new:
            return
        with self._db.transaction() as written:
            for each in new:
                key = each.line, each.key
                written.execute("DELETE FROM witnessed WHERE line = ? AND key = ?", key)
                written.insert(WITNESSED, [(*key, each.size, each.at, each.note)])

    def peers(self) -> list[Peer]:
        """The neighbours that were ever heard of, by name."""
        sql = "SELECT site, vector, base, last_contact, clock_skew, scope_revision FROM peers ORDER BY site"
        return [
            Peer(site, frozenset(msgspec.msgpack.decode(bytes(vector), type=list[Head])), *rest)
            for site, vector, *rest in self._db.select(sql)
        ]

    def keep_peer(self, peer: Peer) -> None:
        """Remember a neighbour as it is now."""
        vector = msgspec.msgpack.encode(sorted(peer.vector))
        row = peer.site, vector, peer.base, peer.last_contact, peer.clock_skew, peer.scope_revision
        with self._db.transaction() as written:
            written.execute("DELETE FROM peers WHERE site = ?", (peer.site,))
            written.insert(PEERS, [row])

    def bundles(self, direction: str, site: str = "") -> list[BundleRecord]:
        """The bundles of a direction, to or from one site or all, in order of their numbers."""
        sql = (
            "SELECT direction, site, number, sha256, at, state FROM bundles "
            "WHERE direction = ? AND (? = '' OR site = ?) ORDER BY site, number, sha256"
        )
        return [BundleRecord(*row) for row in self._db.select(sql, (direction, site, site))]

    def keep_message(self, message: BundleRecord) -> None:
        """Remember the last message of a neighbour that came by line, in place of the one before."""
        with self._db.transaction() as written:
            sql = "DELETE FROM bundles WHERE direction = ? AND site = ? AND state = ?"
            written.execute(sql, (message.direction, message.site, MESSAGE))
            row = message.direction, message.site, message.number, message.sha256, message.at, MESSAGE
            written.insert(BUNDLES, [row], new=True)

    def last_call(self, site: str) -> BundleRecord | None:
        """What became of the last call to a neighbour, where it failed; None where it did not."""
        return next(iter(self.bundles(CALL, site)), None)

    def keep_call(self, site: str, at: Instant, failure: str) -> None:
        """Remember that a call to a neighbour failed, and why; without a reason, that it did not."""
        self.keep_last(CALL, site, at, failure)

    def compared_clock(self, site: str) -> BundleRecord | None:
        """How the clock of this site stood beside that of another, while the own logs were ahead of it."""
        return next(iter(self.bundles(CLOCK, site)), None)

    def keep_compared_clock(self, site: str, at: Instant, found: str) -> None:
        """Remember it, in place of what was found before. `at`: by the own clock."""
        self.keep_last(CLOCK, site, at, found)

    def keep_last(self, direction: str, site: str, at: Instant, state: str) -> None:
        """Keep one record of a direction about a site, in place of the last; without a state none."""
        with self._db.transaction() as written:
            written.execute("DELETE FROM bundles WHERE direction = ? AND site = ?", (direction, site))
            if state:
                written.insert(BUNDLES, [(direction, site, 1, "", at, state)])

    def keep_bundle(self, bundle: BundleRecord) -> None:
        """Remember a bundle, or what became of it."""
        key = bundle.direction, bundle.site, bundle.number, bundle.sha256
        with self._db.transaction() as written:
            sql = "DELETE FROM bundles WHERE direction = ? AND site = ? AND number = ? AND sha256 = ?"
            written.execute(sql, key)
            written.insert(BUNDLES, [(*key, bundle.at, bundle.state)])

    def hearings(self, known_at: Instant) -> dict[str, Hearing]:
        """By site, how far it was heard as known here at an instant."""
        sql = (
            "SELECT site, until, contact, state FROM heard h WHERE known = "
            "(SELECT max(known) FROM heard WHERE site = h.site AND known <= ?)"
        )
        return {row[0]: Hearing(*row) for row in self._db.select(sql, (known_at,))}

    def note_hearings(self, known: Instant, hearings: Iterable[Hearing]) -> None:
        """Keep how far sites were heard, from an instant on that is later than all answers that were final before."""
        with self._db.transaction() as written:
            rows = [(each.site, known, each.until, each.contact, each.state) for each in hearings]
            written.insert(HEARD, rows, new=True)


def load_heads(select: Select, kind: str) -> frozenset[Head]:
    """The stored heads of a kind."""
    sql = "SELECT origin, topic, epoch, seq, root FROM heads WHERE kind = ?"
    return frozenset(Head(*row) for row in select(sql, (kind,)))


def _row(head: Head) -> tuple[object, ...]:
    return head.origin, head.topic, head.epoch, head.seq, head.root
