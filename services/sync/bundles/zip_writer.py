"""Writes a ZIP file as a stream: no seeking, and no more than a piece of a member in memory."""

import zlib
from collections.abc import Callable, Iterable, Iterator

from services.sync.bundles.zip_format import (
    CENTRAL,
    CENTRAL_MAGIC,
    DAY,
    DEFLATE,
    DESCRIPTOR,
    DESCRIPTOR_MAGIC,
    END,
    END_MAGIC,
    HAS_DESCRIPTOR,
    LOCAL,
    LOCAL_MAGIC,
    MAX_32,
    VERSION,
    Entry,
)

PIECE_SIZE = 2**20
MAX_RATIO = 100
"""A piece that would shrink more is stored as it is: what repeats itself so much looks like a zip bomb to a reader."""


class ZipWriter:
    """Appends members with deflate, level 1. `write` takes the bytes of the file."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._offset = write, 0
        self._entries: list[Entry] = []

    def add(self, name: str, content: Iterable[bytes]) -> None:
        """Append a member. Raises ValueError where it is larger than a ZIP file without ZIP64 can hold."""
        raw, offset, crc, size = name.encode(), self._offset, 0, 0
        head = (LOCAL_MAGIC, VERSION, HAS_DESCRIPTOR, DEFLATE, 0, DAY, 0, 0, 0, len(raw), 0)
        self._put(LOCAL.pack(*head) + raw)
        begin = self._offset
        for piece in _pieces(content):
            crc, size = zlib.crc32(piece, crc), size + len(piece)
            self._put(_deflate(piece))
        self._put(_END_OF_DEFLATE)
        compressed = self._offset - begin
        if max(self._offset, size) > MAX_32:
            raise ValueError(f"{name} does not fit into a bundle: {size:,} bytes")
        self._put(DESCRIPTOR.pack(DESCRIPTOR_MAGIC, crc, compressed, size))
        self._entries.append(Entry(raw, HAS_DESCRIPTOR, DEFLATE, crc, compressed, size, offset))

    def close(self) -> None:
        """Append the central directory."""
        begin = self._offset
        for entry in self._entries:
            sizes = entry.crc, entry.compressed, entry.size
            fields = (CENTRAL_MAGIC, VERSION, VERSION, entry.flags, entry.method, 0, DAY, *sizes)
            self._put(CENTRAL.pack(*fields, len(entry.name), 0, 0, 0, 0, 0, entry.offset) + entry.name)
        count = len(self._entries)
        self._put(END.pack(END_MAGIC, 0, 0, count, count, self._offset - begin, begin, 0))

    def _put(self, data: bytes) -> None:
        self._write(data)
        self._offset += len(data)


_END_OF_DEFLATE = b"\x03\x00"
"""A last block with nothing in it."""


def _deflate(piece: bytes) -> bytes:
    """Blocks of deflate that stand for themselves and end on a byte, so that others can follow."""
    packed = _pack(piece, 1)
    return packed if len(packed) * MAX_RATIO >= len(piece) else _pack(piece, 0)


def _pack(piece: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut anew: each piece of one size but the last."""
    pending = bytearray()
    for data in content:
        for at in range(0, len(data), PIECE_SIZE):
            pending += data[at : at + PIECE_SIZE]
            if len(pending) >= PIECE_SIZE:
                yield bytes(pending[:PIECE_SIZE])
                del pending[:PIECE_SIZE]
    if pending:
        yield bytes(pending)
