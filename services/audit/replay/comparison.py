"""What a replay finds: counts, digests, and every difference with its stream, its facts and both rows."""

from hashlib import sha256, shake_256

import msgspec

SUM_BYTES = 256
"""Bytes of a digest while it is summed: wide enough that nobody finds rows to make a sum."""
MODULUS = 1 << 8 * SUM_BYTES
Columns = dict[str, str | int | float | bool]
"""A row of a projection by column."""


MAX_REPORTED = 1000
"""Differences of one part, and of the whole, that are told of one by one."""
MAX_LISTED_FACTS = 100
"""Facts of a difference that are named."""


class ReplayDifference(msgspec.Struct, frozen=True, kw_only=True):
    """`what`: chain, seal, sequence, envelope, unreadable, row, or rows-of-nobody. Rows as in the table, by column."""

    what: str
    log: str
    stream: str = ""
    detail: str = ""
    rows: str = ""
    """Name of the projection."""
    key: str = ""
    stands: Columns = {}
    computed: Columns = {}
    facts: list[str] = []
    """Ids of the events the stream consists of, the first NAMED of them."""


class ReplayPart(msgspec.Struct):
    """One part of a replay."""

    events: int = 0
    peaks: list[str] = []
    """Of a segment: the roots of its complete subtrees, largest first, in hexadecimal."""
    lives: dict[str, dict[str, str]] = {}
    """By site and epoch: position minus sequence number, and a stream where it was met."""
    rows: dict[str, int] = {}
    sums: dict[str, str] = {}
    differences: list[ReplayDifference] = []
    more: int = 0
    """Differences that are counted and not told of."""

    def add_difference(self, difference: ReplayDifference) -> None:
        """However much differs, only so much is told: a store that is another one altogether fills no memory."""
        if len(self.differences) < MAX_REPORTED:
            self.differences.append(difference)
        else:
            self.more += 1


class ReplayResult(msgspec.Struct):
    """The whole of it. `roots` by log and `digests` by projection in hexadecimal."""

    events: dict[str, int] = {}
    roots: dict[str, str] = {}
    rows: dict[str, int] = {}
    digests: dict[str, str] = {}
    differences: list[ReplayDifference] = []
    more: int = 0
    """Differences that are counted and not told of."""

    @property
    def count(self) -> int:
        """How many differences."""
        return len(self.differences) + self.more


class RowDigest:
    """Of a set of rows, whatever their order and however they are divided: sums of hashes, added up."""

    def __init__(self, sums: str = "") -> None:
        self.total = int(sums or "0", 16)

    def add(self, rows: bytes) -> None:
        """All rows of one stream, in the order of their keys, as JSON."""
        short = sha256(rows).digest()  # several times as fast as the function that gives a wide hash
        self.total += int.from_bytes(shake_256(short).digest(SUM_BYTES), "big")

    def add_sum(self, sums: str) -> None:
        self.total += int(sums, 16)

    @property
    def sums(self) -> str:
        return f"{self.total % MODULUS:x}"

    def __str__(self) -> str:
        return sha256((self.total % MODULUS).to_bytes(SUM_BYTES, "big")).hexdigest()
