"""The Merkle tree of one log, stored in a file that only grows and can be rebuilt from the log."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any

from shared.core.facts import F
from shared.database.sqlite_address import can_write
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.merkle import (
    HASH_SIZE,
    Frontier,
    compute_root,
    consistency_proof,
    hash_leaf,
    inclusion_proof,
    node_count,
    node_index,
)

_PAGE = 5000


class ChainBroken(Exception):
    """The stored events are not those that were appended."""


class LogTree:
    """A file of tree nodes; one process at a time appends to it, any number read. In a home that may only be read, a
    copy of it grows, for as long as this object is there."""

    def __init__(self, path: Path) -> None:
        if can_write(path.parent) and can_write(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        else:
            self._file = _copy_unnamed(path)

    def close(self) -> None:
        os.close(self._file)

    @property
    def size(self) -> int:
        """How many events it covers. A node that was not written whole does not count."""
        nodes = os.fstat(self._file).st_size // HASH_SIZE
        size = nodes // 2
        while node_count(size + 1) <= nodes:
            size += 1
        return size

    def clear(self) -> None:
        os.ftruncate(self._file, 0)

    def grow(self, log: EventLog[F], checked: bool = True) -> int:
        """Append the events recorded since, checking the chain over them. Returns the size. Raises ChainBroken."""
        position = log.position()
        if os.fstat(self._file).st_size == node_count(position) * HASH_SIZE:
            return position  # nothing is new: every message of an exchange asks for this of each log
        with self._growing():
            size = self.size
            if (
                size > log.position()
            ):  # another log than the one it was made from; find_contradicted_sizes reports that
                size = 0
            os.ftruncate(self._file, node_count(size) * HASH_SIZE)
            frontier = Frontier(size, self._peaks(size))
            chain = (log.chain_hash(size) or GENESIS) if size else GENESIS
            while page := log.read_chained(frontier.size, _PAGE):
                nodes: list[bytes] = []
                for at, state, sealed in page:
                    chain = sha256(chain + state).digest()
                    if checked and chain != sealed:
                        raise ChainBroken(f"{log.topic.name}: the chain is broken at position {at}")
                frontier.extend([hash_leaf(state) for _, state, _ in page], nodes)
                os.lseek(self._file, 0, os.SEEK_END)
                _write(self._file, b"".join(nodes))
            return frontier.size

    def find_difference(self, log: EventLog[F]) -> str:
        """Where the first node is that is not what the events of the log say, in one sentence; empty where none is."""
        size, frontier, done = min(self.size, log.position()), Frontier(), 0
        while frontier.size < size:
            page = log.read_chained(frontier.size, min(_PAGE, size - frontier.size))
            nodes: list[bytes] = []
            first = frontier.size + 1
            frontier.extend([hash_leaf(state) for _, state, _ in page], nodes)
            wanted = b"".join(nodes)
            if os.pread(self._file, len(wanted), done) != wanted:
                return f"it differs from the facts at positions {first} to {frontier.size}"
            done += len(wanted)
            if not page:
                break
        extra = os.fstat(self._file).st_size - done
        return f"it has {extra} bytes more than the facts of the log make" if extra else ""

    @contextmanager
    def _growing(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _peaks(self, size: int) -> Iterator[bytes]:
        start = 0
        for height in range(size.bit_length() - 1, -1, -1):
            if size >> height & 1:
                yield self.read_node(node_index(height, start >> height))
                start += 1 << height

    def read_node(self, at: int) -> bytes:
        return os.pread(self._file, HASH_SIZE, at * HASH_SIZE)

    def root(self, size: int) -> bytes:
        return compute_root(self.read_node, size)

    def prove_inclusion(self, index: int, size: int) -> list[bytes]:
        return inclusion_proof(self.read_node, index, size)

    def prove_consistency(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(self.read_node, old, new)


def find_damaged_trees(logs: Mapping[str, EventLog[Any]], folder: Path) -> Iterator[str]:
    """The tree files in a folder that are not what their logs say, each in one sentence with a remedy."""
    for name, log in logs.items():
        if not (file := folder / f"{name}.tree").exists():
            continue
        tree = LogTree(file)
        try:
            if found := tree.find_difference(log):
                yield f"{file} is damaged: {found}. Remove it: it is made anew from the log"
        finally:
            tree.close()


def _copy_unnamed(path: Path) -> int:
    """A file without a name that has the same bytes; empty where there is none of this name."""
    with TemporaryFile() as copy:
        if path.exists():
            with path.open("rb") as nodes:
                copyfileobj(nodes, copy)
        copy.flush()
        return os.dup(copy.fileno())


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
