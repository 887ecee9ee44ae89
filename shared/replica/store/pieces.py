"""Logs as pieces that can be read: segments of the store, and epochs of the own event log, behind one interface.

A piece is in one line of its log and gives every root in it with log2(n) reads. A run of the core may be in several
pieces, and a piece in several runs.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from shared.core.errors import DamagedStore
from shared.eventlog.compact_ranges import CompactRange
from shared.replica.runs import LogId, RootNotKnown, Run
from shared.replica.store.entry_nodes import EntryNodes, range_of, subtrees_between


class Covering(NamedTuple):
    """A signed checkpoint that covers a piece, and the compact range from the end of the piece to its size."""

    note: str
    right: CompactRange


class Piece(Protocol):
    """Consecutive entries of one epoch, as they are stored."""

    @property
    def run(self) -> Run:
        """Its entries as a run; whether they are solid is not said."""
        ...

    @property
    def left(self) -> CompactRange:
        """The range of all entries before it."""
        ...

    def read_nodes(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """The roots of complete subtrees, each named by (height, position of its last entry), which is in the piece.
        Raises RootNotKnown inside a run of stubs."""
        ...

    def read_covering(self) -> Covering: ...

    def read_sizes(self, first: int, last: int, limit: int) -> list[tuple[int, int]]:
        """(seq, bytes of the payload, 0 for stubs) of the next rows from `first` on; stubs by their last seq."""
        ...

    def read_rows(self, first: int, last: int) -> list[EntryNodes]:
        """The rows of these entries, in order."""
        ...


def range_before(piece: Piece, seq: int) -> CompactRange:
    """The compact range of all entries of the line before an entry of a piece, or before the one after its last."""
    run, left = piece.run, piece.left
    end = run.offset + seq
    if end == run.position:
        return left
    places = list(subtrees_between(0, end))
    kept = [place for place in places if place[1] >= run.position]
    return range_of(0, end, (*left.hashes[: len(places) - len(kept)], *piece.read_nodes(kept)))


def range_after(piece: Piece, seq: int) -> tuple[str, CompactRange]:
    """A checkpoint that covers an entry of a piece, and the range from behind it to the checkpoint's size."""
    covering, begin = piece.read_covering(), piece.run.offset + seq + 1
    places = list(subtrees_between(begin, piece.run.end))
    between = range_of(begin, piece.run.end, piece.read_nodes(places) if places else ())
    return covering.note, between.merge(covering.right)


def read_piece_root(piece: Piece, seq: int) -> bytes:
    """The root of the line up to an entry of a piece."""
    run = piece.run
    if seq == run.last:
        return run.root
    return range_before(piece, seq + 1).root()


class LogPieces:
    """The pieces of one log. `load`: those of an epoch; they are asked for once."""

    def __init__(self, log: LogId, load: Callable[[str], Sequence[Piece]]) -> None:
        self._log, self._load = log, load
        self._by_epoch: dict[str, Sequence[Piece]] = {}

    @classmethod
    def of(cls, log: LogId, pieces: Iterable[Piece]) -> "LogPieces":
        """All pieces of a log, where they are read already."""
        by_epoch: dict[str, list[Piece]] = {}
        for piece in pieces:
            by_epoch.setdefault(piece.run.epoch, []).append(piece)
        return cls(log, lambda epoch: by_epoch.get(epoch, ()))

    def read_root(self, run: Run, seq: int) -> bytes:
        """The RootReader of the log."""
        return read_piece_root(self._find(run, seq)[-1], seq)

    def locate(self, run: Run, first: int, last: int) -> list[tuple[Piece, int, int]]:
        """The pieces in which entries of a run are, in order, each with (first, last) of those in it."""
        found = [
            (piece, max(first, piece.run.first), min(last, piece.run.last))
            for piece in reversed(self._find(run, first))
        ]
        return [each for each in found if each[1] <= each[2]]

    def _find(self, run: Run, seq: int) -> list[Piece]:
        """The pieces that a run is in, from its end back to that which has the entry."""
        covering = self._covering(run, run.last)
        found = [covering[0] if len(covering) == 1 else self._in_line(run, run.last, run.root, covering)]
        while found[-1].run.first > seq:
            end = found[-1].run.first - 1
            covering = self._covering(run, end)
            before = found[-1].run.before
            found.append(covering[0] if len(covering) == 1 else self._in_line(run, end, before, covering))
        return found

    def _covering(self, run: Run, seq: int) -> list[Piece]:
        """The pieces that have an entry with this seq at the same place of the line; several in a fork."""
        if run.epoch not in self._by_epoch:
            self._by_epoch[run.epoch] = self._load(run.epoch)
        return [
            piece
            for piece in self._by_epoch[run.epoch]
            if piece.run.offset == run.offset and piece.run.first <= seq <= piece.run.last
        ]

    def _in_line(self, run: Run, seq: int, root: bytes, covering: Sequence[Piece]) -> Piece:
        """The one of several pieces in whose line the entry has this root."""
        for piece in covering:
            try:
                if read_piece_root(piece, seq) == root:
                    return piece
            except RootNotKnown:  # a root that is known is in no run of stubs
                continue
        name = f"{self._log.origin}/{self._log.topic}"
        raise DamagedStore(f"{name}: entry {seq} of {run.epoch} is not stored where it should be")
