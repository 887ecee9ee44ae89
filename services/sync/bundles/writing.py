"""Makes a bundle: members in their order, one after another, sealed as they come."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import BinaryIO, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.sync.bundles.faults import FILE_LIMITS, BadBundle, BundleRule, Limits
from services.sync.bundles.header import BundleHeader, sign_header
from services.sync.bundles.member_names import MemberOrder
from services.sync.bundles.sealing import make_body_key, seal_body_key
from services.sync.bundles.segments import SegmentWriter
from services.sync.bundles.zip_writer import ZipWriter
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Signer

MEMORY_SIZE = 8 * 2**20
"""Bytes of a body that are kept in memory; of a larger one all is in a temporary file."""


class BundleWriter:
    """A bundle in the making. The header names size and digest of the body, so the body is made first: in memory, or
    where it grows large in a temporary file, sealed in both."""

    def __init__(self, limits: Limits = FILE_LIMITS, folder: Path | None = None) -> None:
        """`folder`: for the temporary file; else where the system has them."""
        self._limits, self._key, self._digest = limits, make_body_key(), sha256()
        self._spool = SpooledTemporaryFile[bytes](max_size=MEMORY_SIZE, dir=str(folder) if folder else None)
        self.size = 0
        """Bytes of the body so far; what was added last may still be pending."""
        self._members, self._order = 0, MemberOrder()
        self._sealed = SegmentWriter(self._key, self._write)
        self._archive = ZipWriter(self._sealed.write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def add(self, name: str, content: Iterable[bytes]) -> None:
        """Append a member. Raises BadBundle where a receiver would refuse it: TooMuch, BadMember, WrongOrder,
        DuplicateMember; after TooMuch nothing more can be done with this bundle."""
        if self._members == self._limits.members:
            raise BadBundle(BundleRule.TOO_MUCH, name, f"more than {self._limits.members:,} members")
        self._order.take(name)
        self._archive.add(name, content)
        self._members += 1

    def finish(
        self,
        out: BinaryIO,
        signer: Signer,
        recipients: Mapping[str, X25519PublicKey],
        *,
        sender: str,
        number: int,
        at: Instant,
        answers: str = "",
        base: str = "",
        introduces: Sequence[bytes] = (),
    ) -> BundleHeader:
        """Write the bundle. `recipients`: their public box keys, by site; the rest as in the header."""
        self._order.close()
        self._archive.close()
        self._sealed.close()
        header = BundleHeader(
            sender=sender,
            to=tuple(recipients),
            number=number,
            at=at,
            answers=answers,
            base=base,
            size=self.size,
            sha256=self._digest.hexdigest(),
            introduces=tuple(introduces) or msgspec.UNSET,
            sealed={site: seal_body_key(self._key, sender, site, key) for site, key in recipients.items()},
        )
        note = sign_header(header, signer)
        if len(note) + self.size > self._limits.size:
            raise BadBundle(BundleRule.TOO_MUCH, "bundle", f"more than {self._limits.size:,} bytes")
        out.write(note)
        self._spool.seek(0)
        copyfileobj(self._spool, out)
        return header

    def _write(self, sealed: bytes) -> None:
        self.size += len(sealed)
        if self.size > self._limits.size:
            raise BadBundle(BundleRule.TOO_MUCH, "bundle", f"more than {self._limits.size:,} bytes")
        self._digest.update(sealed)
        self._spool.write(sealed)


def write_bundle(
    out: BinaryIO,
    members: Iterable[tuple[str, Iterable[bytes]]],
    signer: Signer,
    recipients: Mapping[str, X25519PublicKey],
    *,
    sender: str,
    number: int,
    at: Instant,
    answers: str = "",
    base: str = "",
    introduces: Sequence[bytes] = (),
    limits: Limits = FILE_LIMITS,
    folder: Path | None = None,
) -> BundleHeader:
    """Write a bundle of these members, (name, content). Nothing is written to `out` before all is known to be right.
    Raises BadBundle as `BundleWriter` does."""
    with BundleWriter(limits, folder) as writer:
        for name, content in members:
            writer.add(name, content)
        return writer.finish(
            out,
            signer,
            recipients,
            sender=sender,
            number=number,
            at=at,
            answers=answers,
            base=base,
            introduces=introduces,
        )
