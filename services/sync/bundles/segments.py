"""Sealed segments: AES-256-GCM over 64 KiB each, as the STREAM construction chains them (Hoang, Reyhanitabar, Rogaway,
Vizár 2015; Tink and age do the same). A nonce is prefix ‖ number of the segment ‖ 1 for the last, else 0, so a segment
that is changed, moved, left out or cut off at the end does not open.

    body = prefix (7 bytes) ‖ segment 0 ‖ … ‖ last segment;   a segment is its ciphertext ‖ tag (16 bytes)

Every segment but the last is full; the last is empty only where nothing was sealed at all.
"""

import secrets
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.sync.bundles.faults import BadBundle, BundleRule

SEGMENT_SIZE = 64 * 2**10
TAG_SIZE = 16
PREFIX_SIZE = 7
_SEALED_SIZE = SEGMENT_SIZE + TAG_SIZE


class SegmentWriter:
    """Seals a stream of bytes. `write` takes what is sealed. Nothing else may be sealed with the same key."""

    def __init__(self, key: bytes, write: Callable[[bytes], object]) -> None:
        self._cipher, self._write = AESGCM(key), write
        self._prefix, self._number, self._pending = secrets.token_bytes(PREFIX_SIZE), 0, bytearray()
        write(self._prefix)

    def write(self, data: bytes) -> None:
        """Seal more. A full segment is kept back until something follows it, for it may be the last."""
        self._pending += data
        while len(self._pending) > SEGMENT_SIZE:
            self._seal(bytes(self._pending[:SEGMENT_SIZE]), is_last=False)
            del self._pending[:SEGMENT_SIZE]

    def close(self) -> None:
        """Seal the last segment."""
        self._seal(bytes(self._pending), is_last=True)

    def _seal(self, data: bytes, is_last: bool) -> None:
        self._write(self._cipher.encrypt(_nonce(self._prefix, self._number, is_last), data, None))
        self._number += 1


def open_segments(key: bytes, read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """What was sealed, segment by segment, none of it before its tag is verified. `size`: bytes of the body, of which
    `read` gives the next n. Raises BadBundle: BadSegment, Truncated."""
    rest = size - PREFIX_SIZE
    count = -(-rest // _SEALED_SIZE)
    last = rest - (count - 1) * _SEALED_SIZE
    if count < 1 or last < TAG_SIZE or (count > 1 and last == TAG_SIZE):
        raise BadBundle(BundleRule.BAD_SEGMENT, "body", f"{size:,} bytes are not sealed segments")
    cipher, prefix = AESGCM(key), _read_exactly(read, PREFIX_SIZE)
    for number in range(count):
        is_last = number == count - 1
        sealed = _read_exactly(read, last if is_last else _SEALED_SIZE)
        try:
            yield cipher.decrypt(_nonce(prefix, number, is_last), sealed, None)
        except InvalidTag:
            where = f"segment {number + 1} of {count}"
            raise BadBundle(
                BundleRule.BAD_SEGMENT, where, "it is not what was sealed in this place"
            ) from None


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    data = read(size)
    if len(data) != size:
        raise BadBundle(BundleRule.TRUNCATED, "body", "the file ends early")
    return data
