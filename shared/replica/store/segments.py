"""Segments as they are stored: which there are, and the entries and tree nodes in one."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from shared.core.errors import DamagedStore
from shared.eventlog.compact_ranges import CompactRange
from shared.eventlog.merkle import HASH_SIZE, hash_leaf
from shared.replica.runs import LogId, RootNotKnown, Run
from shared.replica.store.database import Select
from shared.replica.store.entry_nodes import EntryNodes, node_of, split_hashes
from shared.replica.store.pieces import Covering, LogPieces, Piece

_COLUMNS = "id, epoch, first, last, position, before, root, lefts, note, proof_size, rights, counted"
_IN_ONE_QUERY = 100
REMEDY = "Restore the replica from a backup, or remove it: other sites send again what was in it"


class SegmentRow(msgspec.Struct, frozen=True, gc=False):
    """A row of `segments`."""

    id: int
    epoch: str
    first: int
    last: int
    position: int
    before: bytes
    root: bytes
    lefts: bytes
    note: str
    proof_size: int
    rights: bytes
    counted: int

    @property
    def run(self) -> Run:
        return Run(self.epoch, self.first, self.last, self.position, self.before, self.root)


class Segment:
    """A segment read through a connection: a Piece."""

    def __init__(self, select: Select, log: LogId, row: SegmentRow) -> None:
        self._select, self._log, self.row = select, log, row
        self.run = row.run

    @property
    def left(self) -> CompactRange:
        return CompactRange(0, self.row.position, split_hashes(self.row.lefts))

    def read_covering(self) -> Covering:
        right = CompactRange(self.run.end, self.row.proof_size, split_hashes(self.row.rights))
        return Covering(self.row.note, right)

    def read_nodes(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        found: dict[int, tuple[int, bytes]] = {}
        seqs = sorted({at - self.run.offset for _, at in places})
        for start in range(0, len(seqs), _IN_ONE_QUERY):
            part = seqs[start : start + _IN_ONE_QUERY]
            sql = f"SELECT seq, height, hashes FROM entries WHERE segment = ? AND seq IN ({marks(part)})"
            for seq, height, hashes in self._select(sql, (self.row.id, *part)):
                found[seq] = height, bytes(hashes)
        nodes = []
        for wanted, at in places:
            entry = found.get(at - self.run.offset)
            if entry is None:
                raise RootNotKnown(f"the entry at position {at} is inside a run of stubs")
            nodes.append(node_of(*entry, wanted, at))
        return nodes

    def read_sizes(self, first: int, last: int, limit: int) -> list[tuple[int, int]]:
        sql = (
            "SELECT seq, coalesce(length(state), 0) FROM entries WHERE segment = ? AND seq >= ? AND seq <= ? "
            "ORDER BY seq LIMIT ?"
        )
        return [(seq, size) for seq, size in self._select(sql, (self.row.id, first, last, limit))]

    def read_rows(self, first: int, last: int) -> list[EntryNodes]:
        sql = (
            "SELECT seq, height, hashes, state, stream, class FROM entries "
            "WHERE segment = ? AND seq >= ? AND seq <= ? ORDER BY seq"
        )
        rows = []
        for seq, height, hashes, state, *named in self._select(sql, (self.row.id, first, last)):
            stored, nodes = None if state is None else bytes(state), bytes(hashes)
            if stored is not None:
                named = ["", ""]
                if hash_leaf(stored) != nodes[:HASH_SIZE]:
                    raise self._damaged(seq)
            rows.append(EntryNodes(seq, height, nodes, stored, *named))
        if not rows or rows[0].first != first or rows[-1].seq != last:
            raise self._damaged(first)
        return rows

    def _damaged(self, seq: int) -> DamagedStore:
        log = f"{self._log.origin}/{self._log.topic}"
        return DamagedStore(f"the replica's entry {seq} of {self.run.epoch} of {log} is damaged. {REMEDY}")


def load_segments(
    select: Select, log: LogId, epoch: str | None = None, condition: str = "", values: Sequence[object] = ()
) -> list[Segment]:
    """The segments of a log, of one epoch or of all, that meet a condition."""
    where, more = "topic = ? AND origin = ?", [log.topic, log.origin]
    if epoch is not None:
        where, more = f"{where} AND epoch = ?", [*more, epoch]
    sql = f"SELECT {_COLUMNS} FROM segments WHERE {where} {condition} ORDER BY id"
    return [Segment(select, log, _row(each)) for each in select(sql, (*more, *values))]


def stored_pieces(
    select: Select, log: LogId, own: Callable[[str], Sequence[Piece]] | None = None
) -> LogPieces:
    """The pieces of a log. `own`: those that the site's own event log has of an epoch."""

    def load(epoch: str) -> Sequence[Piece]:
        return [*(own(epoch) if own else ()), *load_segments(select, log, epoch)]

    return LogPieces(log, load)


def marks(values: Sequence[object]) -> str:
    """`?, ?, ?` for so many values."""
    return ", ".join("?" * len(values))


def _row(values: Sequence[Any]) -> SegmentRow:
    return SegmentRow(*values)
