"""Proves a chunk: its origin signed exactly these entries at exactly these places of its log."""

from collections.abc import Iterable, Mapping
from functools import reduce

import msgspec

from shared.eventlog.compact_ranges import CompactRange
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, Verifier
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint
from shared.replica.chunks import MAX_SIZE, BadChunk, Chunk, ChunkHeader, item_ranges
from shared.replica.envelopes import read_envelope
from shared.replica.runs import RootNotKnown, Run


class ProvenChunk(msgspec.Struct, frozen=True, gc=False):
    """The entries of a chunk, each proven to be the origin's."""

    chunk: Chunk
    run: Run
    left: CompactRange
    items: tuple[CompactRange, ...]
    checkpoint: LogCheckpoint

    def root_at(self, seq: int) -> bytes:
        """The root of the line up to an entry of the chunk. Raises RootNotKnown inside a run of stubs."""
        end, whole = self.run.offset + seq + 1, self.left
        for item in self.items:
            if item.end > end:
                break
            whole = whole.merge(item)
        if whole.end != end:
            raise RootNotKnown(f"the entry at position {end - 1} is inside a run of stubs")
        return whole.root()

    def payloads(self) -> Mapping[int, bytes]:
        """The payloads by seq."""
        begins = [
            item.begin
            for item, sent in zip(self.items, self.chunk.header.items, strict=True)
            if isinstance(sent, int)
        ]
        return {at - self.run.offset: raw for at, raw in zip(begins, self.chunk.payloads, strict=True)}


def prove_chunk(chunk: Chunk, keys: Iterable[Verifier]) -> ProvenChunk:
    """The entries of a chunk. `keys`: those of its origin. Raises BadChunk."""
    checkpoint = _open(chunk.header.checkpoint, keys)
    header, items = chunk.header, tuple(item_ranges(chunk))
    if not items:
        raise BadChunk("BadHeader", "a chunk without entries")
    end = items[-1].end
    _check_place(header, checkpoint, end)
    left = CompactRange(0, header.start, header.left)
    right = CompactRange(end, checkpoint.size, header.right)
    if not left.is_well_formed() or not right.is_well_formed():
        raise BadChunk("BadHeader", "left and right are not the compact ranges before and after the entries")
    middle = reduce(CompactRange.merge, items, left)
    if middle.merge(right).root() != checkpoint.root:
        raise BadChunk("RootDiffers", f"the entries are not those that {header.origin} signed")
    run = Run(
        header.epoch,
        header.first,
        header.first + end - header.start - 1,
        header.start,
        left.root(),
        middle.root(),
    )
    proven = ProvenChunk(chunk, run, left, items, checkpoint)
    _check_coordinates(proven)
    return proven


def _open(note: str, keys: Iterable[Verifier]) -> LogCheckpoint:
    try:
        return open_checkpoint(note, keys)
    except UnknownKey as error:
        raise BadChunk("UnknownKey", str(error)) from None
    except BadSignature as error:
        raise BadChunk("WrongSigner", str(error)) from None
    except MalformedNote as error:
        raise BadChunk("BadHeader", str(error)) from None


def _check_place(header: ChunkHeader, checkpoint: LogCheckpoint, end: int) -> None:
    """The entries are in the tree of the checkpoint, and numbered as it says."""
    if header.log != checkpoint.log:
        raise BadChunk("WrongOrigin", f"the checkpoint is of {checkpoint.origin_line}")
    if header.first < 1 or not 0 <= header.start < end <= checkpoint.size <= MAX_SIZE:
        raise BadChunk("BadHeader", f"entries {header.start} to {end} are not in a log of {checkpoint.size}")
    if header.first > 1:
        expected = header.epoch, header.first - 1
        if header.previous != expected:
            raise BadChunk("NotConsecutive", f"{header.first} does not follow {header.previous}")
    elif (header.previous is None) != (header.start == 0) or (header.previous or ("", 1))[0] == header.epoch:
        raise BadChunk(
            "NotConsecutive", f"an epoch at position {header.start} does not follow {header.previous}"
        )
    begin = checkpoint.size - checkpoint.seq
    if header.epoch == checkpoint.epoch and header.start - header.first + 1 != begin:
        raise BadChunk("NotConsecutive", f"{header.epoch} begins at position {begin}")
    if header.epoch != checkpoint.epoch and end > begin:
        raise BadChunk("UnknownEpoch", f"the entries from position {begin} on are of {checkpoint.epoch}")


def _check_coordinates(proven: ProvenChunk) -> None:
    """Coordinates are the origin's word and not the sender's: they are in each payload that can be read, and, of the
    last epoch, in the checkpoint. One of these is demanded."""
    header = proven.chunk.header
    vouched = header.epoch == proven.checkpoint.epoch
    for seq, payload in proven.payloads().items():
        envelope = read_envelope(payload)
        if envelope is None:
            continue
        vouched = True
        if envelope.site != header.origin:
            raise BadChunk("WrongOrigin", f"an entry of {envelope.site} in the log of {header.origin}")
        if envelope.epoch != header.epoch:
            raise BadChunk("UnknownEpoch", f"an entry of {envelope.epoch} in {header.epoch}")
        if envelope.seq != seq:
            raise BadChunk("NotConsecutive", f"entry {envelope.seq} at the place of {seq}")
    if not vouched:
        raise BadChunk(
            "UnknownEpoch", "neither a payload nor the checkpoint names the epoch of these entries"
        )
