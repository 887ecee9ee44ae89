"""Bundles as sites make them, and as nobody should: with a body of one's choice, rightly signed and sealed."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.sync.bundles.faults import FILE_LIMITS, BadBundle, Limits
from services.sync.bundles.header import BundleHeader, Keys, sign_header
from services.sync.bundles.member_names import entries_name
from services.sync.bundles.reading import open_bundle
from services.sync.bundles.sealing import make_body_key, seal_body_key
from services.sync.bundles.segments import SegmentWriter
from services.sync.bundles.vector import Vector, encode_vector
from services.sync.bundles.writing import write_bundle
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Signer
from shared.replica.runs import LogId

SIGNERS = {site: Signer(site, bytes([number] * 32)) for number, site in enumerate(("px", "py", "huyen"), 1)}
KEYS = {site: (signer.verifier,) for site, signer in SIGNERS.items()}
BOXES = {
    site: X25519PrivateKey.from_private_bytes(bytes([number] * 32))
    for number, site in enumerate(("huyen", "tinh", "py"), 10)
}
AT = Instant("2026-03-01T01:00:00.000000Z")
EPOCH = "019ccc00-0000-7000-8000-000000000001"
CHUNK = entries_name(LogId("px", "appointment"), EPOCH, 1)
VECTOR = ("vector.json", encode_vector(Vector()))
Members = Iterable[tuple[str, bytes]]
SMALL = (VECTOR, ("receipts/px.note", b"a receipt\n"), (CHUNK, b"a chunk of entries, " * 7))


def make_bundle(
    members: Members = SMALL,
    to: Iterable[str] = ("huyen",),
    sender: str = "px",
    signer: Signer | None = None,
    limits: Limits = FILE_LIMITS,
) -> bytes:
    """A bundle with these members."""
    out = io.BytesIO()
    write_bundle(
        out,
        ((name, (content,)) for name, content in members),
        signer or SIGNERS[sender],
        {site: BOXES[site].public_key() for site in to},
        sender=sender,
        number=41,
        at=AT,
        limits=limits,
    )
    return out.getvalue()


def seal_archive(archive: bytes, **changed: object) -> bytes:
    """A bundle around an archive, whatever it is; rightly sealed and signed. `changed`: fields of the header."""
    key, body = make_body_key(), bytearray()
    sealed = SegmentWriter(key, body.extend)
    sealed.write(archive)
    sealed.close()
    return sign_body(bytes(body), key, **changed)


def sign_body(body: bytes, key: bytes, **changed: object) -> bytes:
    """A bundle around a body, whatever it is; rightly signed."""
    return sign_header(header_of(body, key, **changed), SIGNERS["px"]) + body


def header_of(body: bytes, key: bytes, **changed: object) -> BundleHeader:
    fields: dict[str, object] = {
        "sender": "px",
        "to": ("huyen",),
        "number": 41,
        "at": AT,
        "size": len(body),
        "sha256": sha256(body).hexdigest(),
        "sealed": {"huyen": seal_body_key(key, "px", "huyen", BOXES["huyen"].public_key())},
    }
    return BundleHeader(**(fields | changed))  # type: ignore[arg-type]  # fields of the header


def zip_members(members: Members = SMALL, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive as the library of Python writes it, with sizes before the data."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def read(
    raw: bytes,
    site: str = "huyen",
    keys: Keys = KEYS,
    limits: Limits = FILE_LIMITS,
    revoked: Keys | None = None,
) -> Mapping[str, bytes]:
    """The members of a bundle, by name."""
    bundle = open_bundle(io.BytesIO(raw), site, BOXES[site], keys, revoked=revoked, limits=limits)
    return {name: reader.read_all(2**30) for name, reader in bundle.members()}


def refused(raw: bytes, site: str = "huyen", keys: Keys = KEYS, limits: Limits = FILE_LIMITS) -> BadBundle:
    """What a bundle is refused for; before anything in it is given out."""
    with pytest.raises(BadBundle) as caught:
        open_bundle(io.BytesIO(raw), site, BOXES[site], keys, limits=limits)
    assert caught.value.where
    assert caught.value.detail
    return caught.value
