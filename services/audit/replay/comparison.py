"""Results of a replay: counts, digests, and every difference with its stream, its facts and both rows."""

from hashlib import sha256, shake_256

import msgspec

SUM_BYTES = 256
"""Bytes of the sum of hashes: so wide that nobody can construct rows with a given sum."""
MODULUS = 1 << 8 * SUM_BYTES
_Columns = dict[str, str | int | float | bool]
"""A row of a projection by column."""


MAX_REPORTED = 1000
"""Differences of one part, and of the whole, that are reported one by one."""
MAX_LISTED_FACTS = 100
"""Ids of facts that are listed for a difference."""


class ReplayDifference(msgspec.Struct, frozen=True, kw_only=True):
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
    stands: _Columns = {}
    computed: _Columns = {}
    facts: list[str] = []
    """Ids of the events of the stream, at most MAX_LISTED_FACTS."""


class ReplayPart(msgspec.Struct):
    """The result of one task of a replay."""

    events: int = 0
    peaks: list[str] = []
    """Of a segment: the roots of its complete subtrees, largest first, in hexadecimal."""
    lives: dict[str, dict[str, str]] = {}
    """By site and epoch: position minus sequence number, and a stream in which it occurred."""
    rows: dict[str, int] = {}
    sums: dict[str, str] = {}
    differences: list[ReplayDifference] = []
    more: int = 0
    """Differences that are counted but not reported."""

    def add_difference(self, difference: ReplayDifference) -> None:
        """Add a difference; beyond MAX_REPORTED it is only counted, so that memory stays bounded."""
        if len(self.differences) < MAX_REPORTED:
            self.differences.append(difference)
        else:
            self.more += 1


class ReplayResult(msgspec.Struct):
    """The result of a whole replay; `roots` by log and `digests` by projection are in hexadecimal."""

    events: dict[str, int] = {}
    roots: dict[str, str] = {}
    rows: dict[str, int] = {}
    digests: dict[str, str] = {}
    differences: list[ReplayDifference] = []
    more: int = 0
    """Differences that are counted but not reported."""

    @property
    def count(self) -> int:
        """The number of differences."""
        return len(self.differences) + self.more


class RowDigest:
    """A digest of a set of rows that depends neither on their order nor on how they are divided: a sum of hashes."""

    def __init__(self, sums: str = "") -> None:
        self.total = int(sums or "0", 16)

    def add(self, rows: bytes) -> None:
        """Add all rows of one stream, in the order of their keys, as JSON."""
        short = sha256(rows).digest()  # several times as fast as the function that gives a wide hash
        self.total += int.from_bytes(shake_256(short).digest(SUM_BYTES), "big")

    def add_sum(self, sums: str) -> None:
        """Add the sum of another part."""
        self.total += int(sums, 16)

    @property
    def sums(self) -> str:
        return f"{self.total % MODULUS:x}"

    def __str__(self) -> str:
        return sha256((self.total % MODULUS).to_bytes(SUM_BYTES, "big")).hexdigest()
