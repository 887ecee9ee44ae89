"""Packs the one-entry chunks of a message into chunks of several, proven by any later checkpoint of the line."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import EMPTY_ROOT
from shared.replica.chunks import Chunk, ChunkHeader, Stubs, decode_chunk, encode_chunk
from tests.replica.sites import Entry, Replica, by_root, leaves_before


def pack_chunks(source: Replica, chunks: Sequence[Chunk], chance: Random) -> tuple[Chunk, ...]:
    """The same entries in the same order, in fewer chunks, through the bytes that travel."""
    found = by_root(source.entries)
    by_note = {entry.checkpoint: entry for entry in source.entries}
    entries = [by_note[chunk.header.checkpoint] for chunk in chunks]
    states = [chunk.payloads[0] if chunk.payloads else None for chunk in chunks]
    packed = list[Chunk]()
    for start, end in _cuts(entries, chance):
        first, last = entries[start], entries[end - 1]
        proving = chance.choice([*_after(source, last), last])
        leaves = leaves_before(source.entries, proving.head.root)
        before = found[first.before].head if first.before != EMPTY_ROOT else None
        header = ChunkHeader(
            origin=first.head.origin,
            topic=first.head.topic,
            epoch=first.head.epoch,
            previous=(before.epoch, before.seq) if before else None,
            first=first.head.seq,
            start=first.position,
            items=tuple(
                Stubs(1, (entry.leaf,)) if state is None else len(state)
                for entry, state in zip(entries[start:end], states[start:end], strict=True)
            ),
            left=range_of_leaves(0, leaves[: first.position]).hashes,
            right=range_of_leaves(last.position + 1, leaves[last.position + 1 :]).hashes,
            checkpoint=proving.checkpoint,
        )
        if all(state is None for state in states[start:end]) and proving.head.epoch != first.head.epoch:
            packed += chunks[start:end]  # nothing else would vouch for the epoch
            continue
        payloads = tuple(state for state in states[start:end] if state is not None)
        packed.append(decode_chunk(encode_chunk(Chunk(header, payloads))))
    return tuple(packed)


def _cuts(entries: Sequence[Entry], chance: Random) -> Iterator[tuple[int, int]]:
    """(start, end) of entries that may travel together: consecutive, of one epoch."""
    start = 0
    for at, (before, after) in enumerate(pairwise(entries), start=1):
        linked = after.before == before.head.root and after.head.epoch == before.head.epoch
        if not linked or chance.random() < 0.3:
            yield start, at
            start = at
    if entries:
        yield start, len(entries)


def _after(source: Replica, entry: Entry) -> list[Entry]:
    """Later entries of the lines that go through an entry."""
    later, ends = list[Entry](), {entry.head.root}
    for each in sorted(source.entries, key=lambda each: each.position):
        if each.before in ends:
            later.append(each)
            ends.add(each.head.root)
    return later
