"""The entries of a chunk as they are stored: each with the nodes of the Merkle tree that it completes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from shared.eventlog.compact_ranges import CompactRange, subtree_heights
from shared.eventlog.merkle import HASH_SIZE, hash_node
from shared.replica.chunks import Stubs
from shared.replica.proof import ProvenChunk
from shared.replica.runs import RootNotKnown


class EntryNodes(NamedTuple):
    """An entry, or a complete subtree of 2**`height` withheld entries, by the seq of its last entry."""

    seq: int
    height: int
    hashes: bytes
    """The nodes of that height and, as far as it completes them, of the next ones, one after another."""
    state: bytes | None
    stream: str = ""
    """Of a withheld entry in a stream that is otherwise visible; with its class."""
    confidentiality: str = ""

    @property
    def first(self) -> int:
        return self.seq - (1 << self.height) + 1


def entries_of(proven: ProvenChunk) -> list[EntryNodes]:
    """The entries of a chunk in order."""
    peaks, at, offset = list(proven.left.hashes), proven.run.position, proven.run.offset
    payloads, entries = iter(proven.chunk.payloads), []
    for sent, item in zip(proven.chunk.header.items, proven.items, strict=True):
        names: tuple[bytes | None, str, str] = (None, "", "")
        if not isinstance(sent, Stubs):
            names = next(payloads), "", ""
        elif sent.leaf:
            names = None, sent.stream, sent.confidentiality
        heights = (0,) if item.end - item.begin == 1 else subtree_heights(item.begin, item.end)
        for height, root in zip(heights, item.hashes, strict=True):
            hashes = complete_subtrees(peaks, at, height, root)
            at += 1 << height
            entries.append(EntryNodes(at - 1 - offset, height, hashes, *names))
    return entries


def complete_subtrees(peaks: list[bytes], size: int, height: int, root: bytes) -> bytes:
    """Append a complete subtree to the tree of `size` entries with these peaks; its root and the roots of all larger
    subtrees that it completes."""
    nodes, number = [root], size >> height
    while number & 1:
        root = hash_node(peaks.pop(), root)
        nodes.append(root)
        number >>= 1
    peaks.append(root)
    return b"".join(nodes)


def node_of(height: int, hashes: bytes, wanted: int, position: int) -> bytes:
    """The node of a wanted height among those that an entry completes. Raises RootNotKnown inside a run of stubs."""
    at = (wanted - height) * HASH_SIZE
    if at < 0 or len(hashes) < at + HASH_SIZE:
        raise RootNotKnown(f"the entry at position {position} is inside a run of stubs")
    return hashes[at : at + HASH_SIZE]


def subtrees_between(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """(height, position of the last entry) of the subtrees that make up entries [begin, end)."""
    for height in subtree_heights(begin, end):
        begin += 1 << height
        yield height, begin - 1


def range_of(begin: int, end: int, hashes: Iterable[bytes]) -> CompactRange:
    return CompactRange(begin, end, tuple(hashes))


def split_hashes(raw: bytes) -> tuple[bytes, ...]:
    """The hashes that are stored one after another."""
    return tuple(raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE))


def join_hashes(hashes: Sequence[bytes]) -> bytes:
    return b"".join(hashes)
