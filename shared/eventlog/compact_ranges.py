"""Compact ranges: the fewest hashes that stand for entries [begin, end) of a Merkle tree of RFC 6962.

They are the roots of the largest complete subtrees that lie in the range, from left to right. Ranges that touch can be
merged; a range from 0 gives the root of the tree. So whoever holds only a part of a log, and the ranges to the left and
to the right of it, computes the same root as whoever holds the whole log.
"""

from collections.abc import Iterable, Iterator

import msgspec

from shared.eventlog.merkle import EMPTY_ROOT, HASH_SIZE, NodeReader, hash_node, node_index


class CompactRange(msgspec.Struct, frozen=True, gc=False):
    """Entries [begin, end), counted from 0, and the roots of the subtrees that `subtree_heights` names."""

    begin: int
    end: int
    hashes: tuple[bytes, ...] = ()

    def merge(self, *following: "CompactRange") -> "CompactRange":
        """This range and those that follow it, one after another. ValueError where two do not touch."""
        subtrees, end = list(zip(subtree_heights(self.begin, self.end), self.hashes, strict=True)), self.end
        for each in following:
            if each.begin != end:
                raise ValueError(f"a range up to {end} and one from {each.begin} do not touch")
            for height, root in zip(subtree_heights(each.begin, each.end), each.hashes, strict=True):
                end += 1 << height
                _push_subtree(subtrees, height, root, self.begin, end)
        return CompactRange(self.begin, end, tuple(root for _, root in subtrees))

    def root(self) -> bytes:
        """The root of the tree of the first `end` entries. ValueError where the range does not begin with the first."""
        if self.begin:
            raise ValueError(f"a range from {self.begin} gives no root")
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = hash_node(left, root)
        return root

    def is_well_formed(self) -> bool:
        """Whether it has as many hashes as such a range has, each of the right length."""
        if not 0 <= self.begin <= self.end:
            return False
        if self.end - self.begin == 1:  # as most are
            return len(self.hashes) == 1 and len(self.hashes[0]) == HASH_SIZE
        count = sum(1 for _ in subtree_heights(self.begin, self.end))
        return len(self.hashes) == count and all(len(each) == HASH_SIZE for each in self.hashes)


def _push_subtree(subtrees: list[tuple[int, bytes]], height: int, root: bytes, begin: int, end: int) -> None:
    """Append a complete subtree that ends at `end`, joined with its left siblings."""
    while subtrees and subtrees[-1][0] == height:
        start = end - (2 << height)
        if start < begin or start % (2 << height):
            break
        root, height = hash_node(subtrees.pop()[1], root), height + 1
    subtrees.append((height, root))


def subtree_heights(begin: int, end: int) -> Iterator[int]:
    """The heights of the largest complete subtrees that make up entries [begin, end), from left to right."""
    while begin < end:
        height = (end - begin).bit_length() - 1
        if begin:
            height = min(height, (begin & -begin).bit_length() - 1)
        yield height
        begin += 1 << height


def range_of_leaves(begin: int, leaves: Iterable[bytes]) -> CompactRange:
    """The range of these leaf hashes, the first of which is entry `begin`."""
    subtrees: list[tuple[int, bytes]] = []
    end = begin
    for leaf in leaves:
        end += 1
        _push_subtree(subtrees, 0, leaf, begin, end)
    return CompactRange(begin, end, tuple(root for _, root in subtrees))


def read_range(nodes: NodeReader, begin: int, end: int) -> CompactRange:
    """The range of entries [begin, end), from the stored nodes of a tree that has them."""
    hashes, start = [], begin
    for height in subtree_heights(begin, end):
        hashes.append(nodes(node_index(height, start >> height)))
        start += 1 << height
    return CompactRange(begin, end, tuple(hashes))
