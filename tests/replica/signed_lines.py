"""A line of a log as its origin has it: stored facts, checkpoints of every size, chunks of every part."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from shared.core.partial_dates import Instant
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import EMPTY_ROOT, hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.chunks import Chunk, ChunkHeader, Stubs
from shared.replica.runs import Head, LogId, Run

SIGNER = Signer("px", bytes(range(32)))
KEYS = {"px": (SIGNER.verifier,)}


def make_state(epoch: str, seq: int, number: int, site: str = "px", **changed: object) -> bytes:
    """A stored fact, as the log writer makes it."""
    envelope = {
        "event_id": f"019ccc00-0000-7000-8000-{number:012d}",
        "site": site,
        "epoch": epoch,
        "seq": seq,
        "stream": f"S-{number}",
        "version": 1,
        "recorded_at": f"2026-03-01T00:{number // 60 % 60:02d}:{number % 60:02d}.000000Z",
        "actor": "op",
        "command_id": "",
        "lamport": number + 1,
        "fact": {"type": "toy.noted", "text": f"fact {number}"},
    }
    return msgspec.json.encode(envelope | changed)


class SignedLine:
    """`epochs`: (epoch, number of entries), one after another. It goes on from `shared` entries of the line `after`."""

    def __init__(
        self,
        epochs: Iterable[tuple[str, int]],
        after: "SignedLine | None" = None,
        shared: int = 0,
        topic: str = "toy",
        salt: int = 0,
        signer: Signer = SIGNER,
    ) -> None:
        self.log, self.signer = LogId("px", topic), signer
        self.places: list[tuple[str, int]] = list(after.places[:shared]) if after else []
        self.states: list[bytes] = list(after.states[:shared]) if after else []
        for epoch, count in epochs:
            first = self.places[-1][1] + 1 if self.places and self.places[-1][0] == epoch else 1
            for seq in range(first, first + count):
                self.places.append((epoch, seq))
                self.states.append(make_state(epoch, seq, len(self.states) + salt))
        self.leaves = [hash_leaf(state) for state in self.states]

    def replace_state(self, at: int, state: bytes) -> None:
        self.states[at], self.leaves[at] = state, hash_leaf(state)

    def root(self, size: int) -> bytes:
        return range_of_leaves(0, self.leaves[:size]).root() if size else EMPTY_ROOT

    def head(self, at: int) -> Head:
        """The head of the entry at a position."""
        epoch, seq = self.places[at]
        return Head(self.log.origin, self.log.topic, epoch, seq, self.root(at + 1))

    def checkpoint(self, size: int) -> LogCheckpoint:
        closed = Instant("2026-03-01T00:00:00.000000Z")
        epoch, seq = self.places[size - 1]
        return LogCheckpoint(self.log, size, self.root(size), epoch, seq, closed)

    def note(self, size: int) -> str:
        return sign_checkpoint(self.checkpoint(size), self.signer)

    def run(self, start: int, end: int) -> Run:
        (epoch, first), last = self.places[start], self.places[end - 1][1]
        return Run(epoch, first, last, start, self.root(start), self.root(end))

    def chunk(
        self, start: int, end: int, size: int = 0, withheld: Collection[int] = (), note: str = ""
    ) -> Chunk:
        """Entries [start, end) of one epoch, proven by the checkpoint of that size (0: of all). Positions in `withheld`
        are stubs; neighbours become one item."""
        size = size or len(self.states)
        epoch, first = self.places[start]
        header = ChunkHeader(
            origin=self.log.origin,
            topic=self.log.topic,
            epoch=epoch,
            previous=self.places[start - 1] if start else None,
            first=first,
            start=start,
            items=tuple(self._items(start, end, withheld)),
            left=range_of_leaves(0, self.leaves[:start]).hashes,
            right=range_of_leaves(end, self.leaves[end:size]).hashes,
            checkpoint=note or self.note(size),
        )
        return Chunk(header, tuple(self.states[at] for at in range(start, end) if at not in withheld))

    def _items(self, start: int, end: int, withheld: Collection[int]) -> Sequence[int | Stubs]:
        items, at = list[int | Stubs](), start
        while at < end:
            until = at
            while until < end and until in withheld:
                until += 1
            if until > at:
                items.append(Stubs(until - at, range_of_leaves(at, self.leaves[at:until]).hashes))
                at = until
            else:
                items.append(len(self.states[at]))
                at += 1
        return items


def with_header(chunk: Chunk, **changed: object) -> Chunk:
    return replace(chunk, header=replace(chunk.header, **changed))
