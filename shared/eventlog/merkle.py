"""Merkle trees of RFC 6962 over the entries of a log: roots, and proofs that nothing was changed or removed.

Nodes of complete subtrees never change, so they are stored one after another in the order in which they become complete
(`node_index`): about two per entry, appended and never rewritten. Proofs read a few of them.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_SIZE = 32
"""Bytes of a hash."""
BLOCK_SIZE = 256
"""Leaves that are hashed level by level instead of one by one: a power of two."""
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without entries."""
NodeReader = Callable[[int], bytes]
"""Reads the stored node at an index."""


def hash_leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\0" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees of a growing tree, largest first: enough to append entries and to compute the
    root.

    `peaks` has one root for every bit that is set in `size`.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size, self.peaks = size, list(peaks)

    def extend(self, leaves: Iterable[bytes], stored: list[bytes] | None = None) -> None:
        """Append leaf hashes. `stored` gets every node that became complete, in the order of `node_index`."""
        rest = list(leaves)
        start = -self.size % BLOCK_SIZE if len(rest) >= 2 * BLOCK_SIZE else len(rest)
        self._append_leaves(rest[:start], stored)
        while start + BLOCK_SIZE <= len(rest):
            self._append_block(rest[start : start + BLOCK_SIZE], stored)
            start += BLOCK_SIZE
        self._append_leaves(rest[start:], stored)

    def _append_block(self, leaves: list[bytes], stored: list[bytes] | None) -> None:
        """Append a complete subtree, hashed level by level."""
        nodes = level = leaves
        while len(level) > 1:
            pairs = iter(level)
            level = [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            nodes = nodes + level
        if stored is not None:
            stored += [nodes[n] for n in _STORED_ORDER]
        self._append_complete(level[0], self.size // BLOCK_SIZE, stored)
        self.size += BLOCK_SIZE

    def _append_leaves(self, leaves: list[bytes], stored: list[bytes] | None) -> None:
        for number, root in enumerate(leaves, start=self.size):
            if stored is not None:
                stored.append(root)
            self._append_complete(root, number, stored)
        self.size += len(leaves)

    def _append_complete(self, root: bytes, number: int, stored: list[bytes] | None) -> None:
        """Append the root of complete subtree `number` of some height, and of every subtree that it completes."""
        while number & 1:
            root = hash_node(self.peaks.pop(), root)
            if stored is not None:
                stored.append(root)
            number >>= 1
        self.peaks.append(root)

    def append_subtree(self, root: bytes, height: int) -> None:
        """Append a complete subtree of 2**height entries. ValueError where the size does not allow it."""
        if self.size % (1 << height):
            raise ValueError(f"a subtree of {1 << height} entries cannot begin after {self.size}")
        self._append_complete(root, self.size >> height, None)
        self.size += 1 << height

    def root(self) -> bytes:
        """The root over all entries."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for left in self.peaks[-2::-1]:
            root = hash_node(left, root)
        return root


def node_index(height: int, number: int) -> int:
    """The index at which the root of complete subtree `number` of 2**height entries is stored."""
    for _ in range(height):
        number = 2 * number + 1
    index = height
    while number:
        index += number
        number >>= 1
    return index


def _block_order() -> list[int]:
    """The order in which the nodes of a block, listed level by level, are stored."""
    indexes = [node_index(h, n) for h in range(BLOCK_SIZE.bit_length()) for n in range(BLOCK_SIZE >> h)]
    return sorted(range(len(indexes)), key=indexes.__getitem__)


_STORED_ORDER = _block_order()


def node_count(size: int) -> int:
    """How many nodes are stored for a tree of so many entries."""
    return 2 * size - size.bit_count()


def compute_root(nodes: NodeReader, size: int) -> bytes:
    """The root over the first `size` entries."""
    return _root_of_range(nodes, 0, size)


def inclusion_proof(nodes: NodeReader, index: int, size: int) -> list[bytes]:
    """The proof that entry `index` (from 0) is in the tree of `size` entries. IndexError when it cannot be."""
    if not 0 <= index < size:
        raise IndexError(f"there is no entry {index} among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            path.append(_root_of_range(nodes, middle, end))
            end = middle
        else:
            path.append(_root_of_range(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(nodes: NodeReader, old: int, new: int) -> list[bytes]:
    """The proof that the first `old` entries of the tree of `new` entries are the tree of `old` entries."""
    if not 0 < old <= new:
        raise IndexError(f"a tree of {new} entries does not continue one of {old}")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _left_size(end - start)
        if old <= middle:
            path.append(_root_of_range(nodes, middle, end))
            end = middle
        else:
            path.append(_root_of_range(nodes, start, middle))
            start, whole = middle, False
    return ([] if whole else [_root_of_range(nodes, start, end)]) + path[::-1]


def verify_inclusion(entry: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the proof shows that the entry is number `index` of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, root = index, size - 1, hash_leaf(entry)
    for other in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            root = hash_node(other, root)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            root = hash_node(root, other)
        first >>= 1
        last >>= 1
    return last == 0 and root == expected


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the newer tree begins with all of the older one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    first, last = old - 1, new - 1
    while first & 1:
        first >>= 1
        last >>= 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = hash_node(other, before), hash_node(other, after)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            after = hash_node(after, other)
        first >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == new_root


def _left_size(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _root_of_range(nodes: NodeReader, start: int, end: int) -> bytes:
    """The root over entries [start, end)."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0 and start % size == 0:
        height = size.bit_length() - 1
        return nodes(node_index(height, start >> height))
    middle = start + _left_size(size)
    return hash_node(_root_of_range(nodes, start, middle), _root_of_range(nodes, middle, end))
