"""Opens a bundle. The file is read twice before anything in it is given out, and a third time to give it out:

1. header: size, signature, sender, recipient; body: size and SHA-256. Nothing is opened that the sender did not sign.
2. body: every segment, the ZIP, names, order, limits. What is wrong at the end is found before the beginning is used.
3. `members()`, with all checks of 2 again, for a file may change meanwhile.

Each reading is a stream: a segment, and 64 KiB of what it unpacks to.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.sync.bundles.faults import FILE_LIMITS, BadBundle, BundleRule, Limits
from services.sync.bundles.header import (
    BundleHeader,
    Keys,
    check_header,
    check_size,
    read_header,
    verify_sender,
)
from services.sync.bundles.member_names import Member, MemberKind, MemberOrder
from services.sync.bundles.sealing import open_body_key
from services.sync.bundles.segments import open_segments
from services.sync.bundles.vector import MAX_VECTOR, Vector, decode_vector
from services.sync.bundles.zip_reader import ZipReader

_PIECE = 2**18


class MemberReader:
    """The content of one member, from its beginning to its end. Of use until the next member is asked for."""

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self.name, self._pieces, self._rest = name, pieces, b""

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")  # a piece is never empty
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def read_all(self, limit: int) -> bytes:
        """All that is left. Raises BadBundle (TooMuch) where it is more than `limit` bytes."""
        found = bytearray()
        while piece := self.read(limit + 1):
            found += piece
            if len(found) > limit:
                raise BadBundle(BundleRule.TOO_MUCH, self.name, f"more than {limit:,} bytes")
        return bytes(found)

    def skip(self) -> int:
        """Read to the end. Returns the number of bytes that were left."""
        left = len(self._rest) + sum(map(len, self._pieces))
        self._rest = b""
        return left


class MemberSize(NamedTuple):
    """A member, and how many bytes it has."""

    name: str
    size: int


class Bundle:
    """A bundle that is all right: signed by its sender, for this site, whole. Made by `open_bundle`."""

    def __init__(self, header: BundleHeader, file: BinaryIO, begin: int, key: bytes, limits: Limits) -> None:
        self.header = header
        self._file, self._begin, self._key, self._limits = file, begin, key, limits
        self.vector = Vector()
        self.contents: list[MemberSize] = []
        """All members that this version knows, in their order."""
        self.passed_over: list[MemberSize] = []
        """Members of a later version."""
        self._check()

    def members(self) -> Iterator[tuple[str, MemberReader]]:
        """(name, content) of every member that this version knows, in the order of the file. What is not read of one
        is passed over."""
        for member, reader in self._read():
            if member is not None:
                yield reader.name, reader

    def _check(self) -> None:
        for member, reader in self._read():
            if member is None:
                self.passed_over.append(MemberSize(reader.name, reader.skip()))
            elif member.kind is MemberKind.VECTOR:
                raw = reader.read_all(MAX_VECTOR)
                self.vector = decode_vector(raw)
                self.contents.append(MemberSize(reader.name, len(raw)))
            else:
                self.contents.append(MemberSize(reader.name, reader.skip()))

    def _read(self) -> Iterator[tuple[Member | None, MemberReader]]:
        body = _HashedBody(self._file, self._begin, self.header.size)
        archive = ZipReader(open_segments(self._key, body.read, self.header.size), self._limits)
        order = MemberOrder()
        for name, pieces in archive.members():
            member = order.take(name)
            if member is not None and member.kind is MemberKind.BLOB:
                pieces = _check_blob(member.name, pieces)
            reader = MemberReader(name, pieces)
            yield member, reader
            reader.skip()
        order.close()
        body.verify(self.header.sha256)


def open_bundle(
    file: BinaryIO,
    site: str,
    box_key: X25519PrivateKey,
    keys: Keys,
    *,
    revoked: Keys | None = None,
    older_box_keys: Iterable[X25519PrivateKey] = (),
    limits: Limits = FILE_LIMITS,
) -> Bundle:
    """The bundle in a file, which must be able to seek and stay open as long as the bundle is used. Raises BadBundle.

    `site`: who opens it, with its private box key and those it had before; `keys`: of all registered sites those that
    they sign with; `revoked`: those that they signed with before, so that they are named and not called unknown.
    """
    file.seek(0)
    signed = read_header(file)
    header = signed.header
    verify_sender(signed, keys, revoked or {})
    check_header(header)
    if site not in header.to:
        raise BadBundle(
            BundleRule.NOT_ADDRESSED, "header", f"it is for {', '.join(header.to[:5])}, not for {site}"
        )
    check_size(signed, limits)
    body = _HashedBody(file, signed.length, header.size)
    while body.read(_PIECE):
        pass
    body.verify(header.sha256)
    key = open_body_key(header.sealed[site], header.sender, site, (box_key, *older_box_keys))
    return Bundle(header, file, signed.length, key, limits)


class _HashedBody:
    """The body of a file, hashed as it is read."""

    def __init__(self, file: BinaryIO, begin: int, size: int) -> None:
        file.seek(begin)
        self._file, self._left, self._digest = file, size, sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        self._digest.update(data)
        return data

    def verify(self, digest: str) -> None:
        """Raise BadBundle where what was read is not the whole body, or not what was signed, or something follows."""
        if self._left:
            raise BadBundle(BundleRule.TRUNCATED, "body", f"the last {self._left:,} bytes are missing")
        if self._file.read(1):
            raise BadBundle(BundleRule.TRAILING_BYTES, "body", "something follows its end")
        if self._digest.hexdigest() != digest:
            raise BadBundle(BundleRule.WRONG_DIGEST, "body", "it was changed after it was signed")


def _check_blob(digest: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces. Raises BadBundle (BadMember) after the last where they are not what the name says."""
    found = sha256()
    for piece in pieces:
        found.update(piece)
        yield piece
    if found.hexdigest() != digest:
        raise BadBundle(BundleRule.BAD_MEMBER, f"blobs/{digest}", "its SHA-256 is not its name")
