"""Reads a ZIP file as a stream, from its local headers on; nothing is unpacked but what is asked for.

`zipfile` needs to seek to the central directory, which whoever made the file can let say something else than what is in
it. Here the central directory comes last and must list exactly what was read, so there is one way to read a file.
"""

import zlib
from collections.abc import Iterator

from services.sync.bundles.faults import BadBundle, BundleRule, Limits
from services.sync.bundles.zip_format import (
    CENTRAL,
    CENTRAL_MAGIC,
    DEFLATE,
    DESCRIPTOR,
    DESCRIPTOR_MAGIC,
    END,
    END_MAGIC,
    HAS_DESCRIPTOR,
    KNOWN_FLAGS,
    LOCAL,
    LOCAL_MAGIC,
    MAX_NAME,
    STORED,
    VERSION,
    Entry,
)

PIECE_SIZE = 64 * 2**10
"""Bytes that are unpacked at once."""
SLACK = 2**20
"""How far the unpacked bytes may be ahead of the allowed ratio within a member, where its beginning packs well."""


class ZipReader:
    """Gives the members of a ZIP file in its order. `pieces`: the bytes of the file. Raises BadBundle: BadArchive,
    TooMuch."""

    def __init__(self, pieces: Iterator[bytes], limits: Limits) -> None:
        self._source, self._limits = _Source(pieces), limits
        self._entries: list[Entry] = []
        self._packed = self._unpacked = 0

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(name, content) of each member. Contents must be read to their end before the next member is asked for; the
        last member is only right when this ends."""
        while (magic := self._source.take(4)) == LOCAL_MAGIC:
            if len(self._entries) == self._limits.members:
                raise BadBundle(BundleRule.TOO_MUCH, "members", f"more than {self._limits.members:,}")
            before = len(self._entries)
            head, name = self._read_local_header()
            yield name, self._content(head, name)
            if len(self._entries) == before:
                raise RuntimeError(f"{name} was not read to its end")
        self._check_directory(magic)

    def _read_local_header(self) -> tuple[Entry, str]:
        """A local header, of which the magic is read; CRC and sizes are zero where they follow the data."""
        offset = self._source.position - 4
        fields = LOCAL.unpack(LOCAL_MAGIC + self._source.take(LOCAL.size - 4))
        _, version, flags, method, _, _, crc, packed, size, name_size, extra = fields
        where = f"byte {offset:,} of the archive"
        follows = bool(flags & HAS_DESCRIPTOR)
        if version > VERSION or flags & ~KNOWN_FLAGS or extra or not 0 < name_size <= MAX_NAME:
            raise _bad(where, "a member with features that a bundle does not use")
        if method not in (DEFLATE, STORED) or (method == STORED and (follows or packed != size)):
            raise _bad(where, f"compression method {method}")
        if follows and (crc, packed, size) != (0, 0, 0):
            raise _bad(where, "sizes stand before and after the data")
        raw = self._source.take(name_size)
        try:
            name = raw.decode("ascii")
        except UnicodeDecodeError:
            raise BadBundle(BundleRule.BAD_MEMBER, where, f"the name {raw[:60]!r}") from None
        return Entry(raw, flags, method, crc, packed, size, offset), name

    def _content(self, head: Entry, name: str) -> Iterator[bytes]:
        crc = size = 0
        begin = self._source.position
        for piece in self._inflate(head) if head.method == DEFLATE else self._copy(head.size):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            self._check_ratio(name, size, self._source.position - begin, SLACK)
            yield piece
        packed = self._source.position - begin
        self._check_ratio(name, size, packed, 0)
        self._packed, self._unpacked = self._packed + packed, self._unpacked + size
        stated = head.crc, head.compressed, head.size
        if head.flags & HAS_DESCRIPTOR:
            magic, *sizes = DESCRIPTOR.unpack(self._source.take(DESCRIPTOR.size))
            if magic != DESCRIPTOR_MAGIC:
                raise _bad(name, "its sizes do not follow its data")
            stated = sizes[0], sizes[1], sizes[2]
        if stated != (crc, packed, size):
            raise _bad(name, "its CRC-32 or its sizes are not those of its data")
        self._entries.append(head._replace(crc=crc, compressed=packed, size=size))

    def _inflate(self, head: Entry) -> Iterator[bytes]:
        unpacker, data = zlib.decompressobj(-zlib.MAX_WBITS), b""
        while not unpacker.eof:
            data = unpacker.unconsumed_tail
            if not data:
                data = self._source.take_some()
            try:
                piece = unpacker.decompress(data, PIECE_SIZE)
            except zlib.error as error:
                raise _bad(head.name.decode(), str(error)) from None
            self._source.waiting = len(unpacker.unconsumed_tail)
            if piece:
                yield piece
        self._source.waiting = 0  # at the end, what was not needed is in both
        self._source.give_back(len(unpacker.unused_data))

    def _copy(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self._source.take(min(size, PIECE_SIZE))
            size -= len(piece)
            yield piece

    def _check_ratio(self, name: str, size: int, packed: int, slack: int) -> None:
        allowed = self._limits.ratio
        if (
            size > allowed * packed + slack
            or self._unpacked + size > allowed * (self._packed + packed) + slack
        ):
            raise BadBundle(BundleRule.TOO_MUCH, name, f"more than {allowed} bytes come out of one")

    def _check_directory(self, magic: bytes) -> None:
        """The central directory lists what was read, in this order, and nothing follows it."""
        begin = self._source.position - 4
        for entry in self._entries:
            fields = CENTRAL.unpack(magic + self._source.take(CENTRAL.size - 4))
            _, _, _, flags, method, _, _, crc, packed, size, name_size, extra, comment, disk, *_, offset = (
                fields
            )
            if (fields[0], name_size, extra, comment, disk) != (CENTRAL_MAGIC, len(entry.name), 0, 0, 0):
                raise _bad("central directory", f"it does not list {entry.name.decode()} in its place")
            name = self._source.take(name_size)
            if Entry(name, flags, method, crc, packed, size, offset) != entry:
                raise _bad("central directory", f"it says something else than {entry.name.decode()}")
            magic = self._source.take(4)
        count, length = len(self._entries), self._source.position - 4 - begin
        end = END.pack(END_MAGIC, 0, 0, count, count, length, begin, 0)
        if magic + self._source.take(END.size - 4) != end:
            raise _bad("central directory", "it has no end, or lists more than there is")
        if not self._source.is_at_end():
            raise _bad("central directory", "something follows it")


class _Source:
    """Bytes that come in pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._piece, self._at, self._before = pieces, b"", 0, 0
        self.waiting = 0
        """Of the bytes that were taken, how many the unpacker has not looked at."""

    @property
    def position(self) -> int:
        """How many bytes were used."""
        return self._before + self._at - self.waiting

    def take(self, size: int) -> bytes:
        """So many bytes."""
        found = self._piece[self._at : self._at + size]
        self._at += len(found)
        while len(found) < size:
            if not self._next_piece():
                raise _bad("archive", "it ends early")
            more = self._piece[: size - len(found)]
            found, self._at = found + more, len(more)
        return found

    def take_some(self) -> bytes:
        """What is at hand, at least one byte."""
        if self._at == len(self._piece) and not self._next_piece():
            raise _bad("archive", "it ends early")
        found, self._at = self._piece[self._at :], len(self._piece)
        return found

    def give_back(self, size: int) -> None:
        """The last bytes that were taken were not needed."""
        self._at -= size

    def is_at_end(self) -> bool:
        return self._at == len(self._piece) and not self._next_piece()

    def _next_piece(self) -> bool:
        """Whether there is another piece, which is not empty."""
        for piece in self._pieces:
            if piece:
                self._before, self._piece, self._at = self._before + len(self._piece), piece, 0
                return True
        return False


def _bad(where: str, detail: str) -> BadBundle:
    return BadBundle(BundleRule.BAD_ARCHIVE, where, detail)
