"""Results of a replay: counts, digests, and every difference with its stream, its facts and both rows."""

from hashlib import sha256, shake_256
from typing import Any

import msgspec

WIDTH = 256
"""Bytes of the sum of hashes: so wide that nobody can construct rows with a given sum."""
MODULUS = 1 << 8 * WIDTH


TOLD = 1000
"""Differences of one part, and of the whole, that are reported one by one."""
NAMED = 100
"""Ids of facts that are listed for a difference."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between what is stored and what was computed.

    `what`: chain, seal, sequence, envelope, unreadable, row, or rows-of-nobody. Rows are given as in the table, by
    column.
    """

    what: str
    log: str
    stream: str = ""
    detail: str = ""
    rows: str = ""
    """Name of the projection."""
    key: str = ""
    stands: dict[str, Any] = {}
    computed: dict[str, Any] = {}
    facts: list[str] = []
    """Ids of the events of the stream, the first NAMED of them."""


class Part(msgspec.Struct):
    """The result of one task of a replay."""

    events: int = 0
    peaks: list[str] = []
    """Of a segment: the roots of its complete subtrees, largest first, in hexadecimal."""
    lives: dict[str, dict[str, str]] = {}
    """By site and epoch: position minus sequence number, and a stream in which it occurred."""
    rows: dict[str, int] = {}
    sums: dict[str, str] = {}
    differences: list[Difference] = []
    more: int = 0
    """Differences that are counted but not reported."""

    def differs(self, difference: Difference) -> None:
        """Add a difference; beyond TOLD it is only counted, so that memory stays bounded."""
        if len(self.differences) < TOLD:
            self.differences.append(difference)
        else:
            self.more += 1


class Replayed(msgspec.Struct):
    """The result of a whole replay; `roots` by log and `digests` by projection are in hexadecimal."""

    events: dict[str, int] = {}
    roots: dict[str, str] = {}
    rows: dict[str, int] = {}
    digests: dict[str, str] = {}
    differences: list[Difference] = []
    more: int = 0
    """Differences that are counted but not reported."""

    @property
    def count(self) -> int:
        """The number of differences."""
        return len(self.differences) + self.more


class Digest:
    """A digest of a set of rows that depends neither on their order nor on how they are divided: a sum of hashes."""

    def __init__(self, sums: str = "") -> None:
        self.total = int(sums or "0", 16)

    def add(self, rows: bytes) -> None:
        """Add all rows of one stream, in the order of their keys, as JSON."""
        short = sha256(rows).digest()  # several times as fast as the function that gives a wide hash
        self.total += int.from_bytes(shake_256(short).digest(WIDTH), "big")

    def join(self, sums: str) -> None:
        """Add the sum of another part."""
        self.total += int(sums, 16)

    @property
    def sums(self) -> str:
        return f"{self.total % MODULUS:x}"

    def __str__(self) -> str:
        return sha256((self.total % MODULUS).to_bytes(WIDTH, "big")).hexdigest()
