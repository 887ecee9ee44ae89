"""Chunks: the form in which consecutive entries of one epoch travel, by line or on a stick.

One line of JSON, then the stored bytes of the payloads, one after another. A chunk proves itself: with the compact
ranges to its left and right it gives the root of a checkpoint that the origin signed, whoever brings it.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shared.eventlog.compact_ranges import CompactRange, range_of_leaves
from shared.eventlog.merkle import hash_leaf
from shared.replica.envelopes import MAX_PARKED
from shared.replica.runs import LogId

MAX_ENTRIES = 500
"""Payloads in a chunk."""
MAX_BYTES = 2**20
"""Bytes of payloads in a chunk of more than one; a larger entry travels alone."""
MAX_HEADER = 2**20
"""Bytes of the line of JSON."""
MAX_SIZE = 2**48
"""Entries in a log, and in a run of stubs."""


class BadChunk(ValueError):
    """A chunk, or what it is proven by, is not right. `rule` names what is wrong."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


class Stubs(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Entries that are withheld: either so many, as the hashes of a compact range, or one, by its leaf, whose stream
    and class are named because the rest of the stream is visible."""

    stubs: int = 1
    nodes: tuple[bytes, ...] = ()
    leaf: bytes = b""
    stream: str = ""
    confidentiality: str = msgspec.field(default="", name="class")


class ChunkHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The line of JSON."""

    origin: str
    topic: str
    epoch: str
    previous: tuple[str, int] | None
    """(epoch, seq) of the entry before the first; null at the beginning of the log. Only to name what is missing."""
    first: int
    """Seq of the first entry."""
    start: int = msgspec.field(name="from")
    """Position of the first entry in its line, counted from 0."""
    items: tuple[int | Stubs, ...]
    """In order: the number of bytes of a payload, or withheld entries."""
    left: tuple[bytes, ...]
    """Compact range of the entries before."""
    right: tuple[bytes, ...]
    """Compact range of the entries after, up to the size of the checkpoint."""
    checkpoint: str
    """Signed note of the origin."""

    @property
    def log(self) -> LogId:
        return LogId(self.origin, self.topic)


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A header and the payloads that its items name, as they are stored."""

    header: ChunkHeader
    payloads: tuple[bytes, ...] = ()


_header_decoder = msgspec.json.Decoder(ChunkHeader)


def encode_chunk(chunk: Chunk) -> bytes:
    """The bytes of a chunk."""
    return b"".join((msgspec.json.encode(chunk.header), b"\n", *chunk.payloads))


def decode_chunk(raw: bytes) -> Chunk:
    """The chunk in some bytes, its sizes checked. Raises BadChunk: BadHeader, Truncated or TooMuch."""
    line, separator, rest = raw.partition(b"\n")
    if len(line) > MAX_HEADER:
        raise BadChunk("TooMuch", f"a header of {len(line):,} bytes")
    if not separator:
        raise BadChunk("Truncated", "the header has no end")
    try:
        header = _header_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadChunk("BadHeader", str(error)) from None
    sizes = [item for item in header.items if isinstance(item, int)]
    check_limits(sizes)
    if len(rest) != sum(sizes):
        rule = "Truncated" if len(rest) < sum(sizes) else "BadHeader"
        raise BadChunk(rule, f"{len(rest):,} bytes of payloads instead of {sum(sizes):,}")
    payloads, at = [], 0
    for size in sizes:
        payloads.append(rest[at : at + size])
        at += size
    return Chunk(header, tuple(payloads))


def check_limits(sizes: Sequence[int]) -> None:
    """Raise BadChunk where there are too many payloads, or too many bytes of them."""
    if any(size < 0 for size in sizes):
        raise BadChunk("BadHeader", "a payload of less than no bytes")
    most = MAX_BYTES if len(sizes) > 1 else MAX_PARKED
    if len(sizes) > MAX_ENTRIES or sum(sizes) > most:
        raise BadChunk("TooMuch", f"{len(sizes):,} payloads of {sum(sizes):,} bytes")


def cut_into_chunks(sizes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(start, end) of the entries of each chunk, for entries with payloads of these sizes (0: a stub)."""
    start, count, total, end = 0, 0, 0, 0
    for at, size in enumerate(sizes):
        end = at + 1
        if size and count and (count == MAX_ENTRIES or total + size > MAX_BYTES):
            yield start, at
            start, count, total = at, 0, 0
        count, total = count + bool(size), total + size
    if start < end:
        yield start, end


def item_ranges(chunk: Chunk) -> Iterator[CompactRange]:
    """The compact range of each item of a chunk, one after another. Raises BadChunk: BadHeader."""
    at, payloads = chunk.header.start, iter(chunk.payloads)
    for item in chunk.header.items:
        if isinstance(item, int):
            part = CompactRange(at, at + 1, (hash_leaf(next(payloads)),))
        elif item.leaf:
            part = CompactRange(at, at + item.stubs, (item.leaf,))
        else:
            part = CompactRange(at, at + item.stubs, item.nodes)
        if not at < part.end <= MAX_SIZE or not part.is_well_formed():
            raise BadChunk("BadHeader", f"an item at {at} has not the hashes of {part.end - at} entries")
        yield part
        at = part.end


def stubs_of(start: int, leaves: Sequence[bytes]) -> Stubs:
    """Withheld entries as an item of a chunk."""
    return Stubs(len(leaves), range_of_leaves(start, leaves).hashes)
