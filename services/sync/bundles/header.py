"""The header of a bundle: a signed note with one line of JSON. It says what the body is, before any of it is read."""

import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple

import msgspec

from services.sync.bundles.faults import BadBundle, BundleRule, Limits
from shared.core.identifiers import is_site_id
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import (
    BadSignature,
    MalformedNote,
    Signer,
    Verifier,
    encode_base64,
    key_name,
    split_note,
    verify_note,
)

FORMAT = "cadre-bundle-1"
MAX_HEADER = 2**20
"""Bytes of the line of JSON: room for 5,000 recipients."""
MAX_SIGNATURE = 1024
"""Bytes of the line with the signature."""
_BEGIN = b'{"format":"cadre-bundle-'
_ANY_FORMAT = re.compile(rb'\{"format":"cadre-bundle-([0-9]{1,9})"')
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_MAX_NUMBER = 2**53

Keys = Mapping[str, Iterable[Verifier]]
"""Public signing keys, by site."""


MAX_INTRODUCED = 64
"""Chunks in a header."""


class BundleHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says about itself. Fields of later versions are passed over."""

    format: str = FORMAT
    sender: str = msgspec.field(name="from")
    """Id of the site that made it."""
    to: tuple[str, ...]
    """Ids of the sites that can open it."""
    number: int
    """Counts the bundles of the sender: 1, 2, 3, …"""
    at: Instant
    """When it was made, by the sender's clock."""
    answers: str = ""
    """SHA-256 of the request that it answers; empty: none."""
    base: str = ""
    """Digest of the receiver's vector that the sender started from; empty: none."""
    size: int
    """Bytes of the body."""
    sha256: str
    """SHA-256 of the body, in hex."""
    sealed: dict[str, str]
    """By recipient, the key of the body, sealed to it, in base64."""
    introduces: tuple[bytes, ...] | msgspec.UnsetType = msgspec.UNSET
    """Chunks of the registry, each proven by itself, that say that the sender signs with another key now; absent where
    the recipients know it."""


class SignedHeader(NamedTuple):
    """A header as it stands in a file, not verified yet."""

    header: BundleHeader
    note: str
    length: int
    """Bytes of the note; the body follows."""


def sign_header(header: BundleHeader, signer: Signer) -> bytes:
    """The signed note. Raises ValueError where the header is not one that a receiver would take."""
    check_header(header)
    line = msgspec.json.encode(header)
    if len(line) >= MAX_HEADER:
        raise BadBundle(BundleRule.TOO_MUCH, "header", f"{len(line):,} bytes")
    return signer.sign(line.decode() + "\n").encode()


def read_header(file: BinaryIO) -> SignedHeader:
    """The header at the beginning of a file, which is then at the body. Nothing in it is to be believed before
    `verify_sender`. Raises BadBundle."""
    line = _read_line(file, MAX_HEADER, _BEGIN)
    if found := _ANY_FORMAT.match(line):
        if found[1] != b"1":
            raise BadBundle(BundleRule.UNKNOWN_FORMAT, "header", f"cadre-bundle-{found[1].decode()}")
    else:
        raise BadBundle(BundleRule.NOT_A_BUNDLE, "file", f"it does not begin with {_BEGIN.decode()}1")
    raw = line + _read_line(file, 1, b"\n") + _read_line(file, MAX_SIGNATURE, "— ".encode())
    try:
        header = msgspec.json.decode(line, type=BundleHeader)
        note = raw.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadBundle(BundleRule.BAD_HEADER, "header", str(error)) from None
    return SignedHeader(header, note, len(raw))


def _read_line(file: BinaryIO, limit: int, begins: bytes) -> bytes:
    """A whole line that begins so, at most `limit` bytes with its end."""
    line = file.readline(limit)
    if line[: len(begins)] != begins[: len(line)]:
        raise BadBundle(BundleRule.NOT_A_BUNDLE, "file", f"{line[:20]!r} stands where {begins!r} must")
    if line.endswith(b"\n"):
        return line
    if len(line) == limit:
        raise BadBundle(BundleRule.TOO_MUCH, "header", f"a line of more than {limit:,} bytes")
    raise BadBundle(BundleRule.TRUNCATED, "header", f"the file ends after {file.tell():,} bytes")


def verify_sender(signed: SignedHeader, keys: Keys, revoked: Keys) -> None:
    """Check that the site that the header names signed it, with a key that it uses. `keys`: of all sites; `revoked`:
    what they signed with before. Raises BadBundle: UnknownSite, BadSignature, UnknownKey, WrongSigner, RevokedKey."""
    site = signed.header.sender
    if site not in keys:
        raise BadBundle(BundleRule.UNKNOWN_SITE, "header", f"no site {site[:60]!r} is registered")
    owner, key, is_revoked = _find_signer(signed.note, keys, revoked)
    try:
        verify_note(signed.note, [key])
    except BadSignature as error:
        raise BadBundle(BundleRule.BAD_SIGNATURE, "header", str(error)) from None
    if owner != site or key.name != key_name(site):
        raise BadBundle(BundleRule.WRONG_SIGNER, "header", f"it is from {site} and signed by {owner}")
    if is_revoked:
        raise BadBundle(BundleRule.REVOKED_KEY, "header", f"{site} does not use {key.id.hex()} any more")


def _find_signer(note: str, keys: Keys, revoked: Keys) -> tuple[str, Verifier, bool]:
    """(site, key, whether it is revoked) of the one signature of a note, which is written in the one possible way."""
    try:
        text, signatures = split_note(note)
    except MalformedNote as error:
        raise BadBundle(BundleRule.BAD_SIGNATURE, "header", str(error)) from None
    name, raw = signatures[0]
    canonical = f"{text}\n— {name} {encode_base64(raw)}\n"
    if note != canonical:  # base64 has spare bits: a byte could be changed and nothing be wrong
        raise BadBundle(BundleRule.BAD_SIGNATURE, "header", "the signature is not in its one form")
    for owners, is_revoked in ((keys, False), (revoked, True)):
        for site, theirs in owners.items():
            for key in theirs:
                if (key.name, key.id) == (name, raw[:4]):
                    return site, key, is_revoked
    key_number = f"{name[:60]}+{raw[:4].hex()}"
    raise BadBundle(BundleRule.UNKNOWN_KEY, "header", f"no registered site has the key {key_number}")


def check_header(header: BundleHeader) -> None:
    """Raise BadBundle (BadHeader) where a field has not the form that it must have."""
    wrong = _find_wrong_field(header)
    if wrong:
        raise BadBundle(BundleRule.BAD_HEADER, "header", f"{wrong} is not what it must be")


def _find_wrong_field(header: BundleHeader) -> str:
    """Name of the first field that has not the form it must have; empty: none."""
    checks = {
        "format": header.format == FORMAT,
        "from": is_site_id(header.sender),
        "to": bool(header.to) and len(set(header.to)) == len(header.to) and all(map(is_site_id, header.to)),
        "number": 1 <= header.number <= _MAX_NUMBER,
        "at": is_instant(header.at),
        "answers": not header.answers or is_digest(header.answers),
        "base": not header.base or is_digest(header.base),
        "size": header.size > 0,
        "sha256": is_digest(header.sha256),
        "sealed": header.sealed.keys() == set(header.to),
        "introduces": not header.introduces or len(header.introduces) <= MAX_INTRODUCED,
    }
    return next((name for name, is_right in checks.items() if not is_right), "")


def is_digest(text: str) -> bool:
    """Whether the text is a SHA-256 in hex."""
    return _DIGEST.fullmatch(text) is not None


def is_instant(text: str) -> bool:
    """Whether the text is an instant as messages write it, in UTC."""
    return _INSTANT.fullmatch(text) is not None


def check_size(signed: SignedHeader, limits: Limits) -> None:
    """Raise BadBundle (TooMuch) where the whole bundle is larger than it may be."""
    if (size := signed.length + signed.header.size) > limits.size:
        raise BadBundle(BundleRule.TOO_MUCH, "header", f"{size:,} bytes; {limits.size:,} are allowed")
