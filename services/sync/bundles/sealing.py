"""The key of a body, made for one bundle, and sealed to each recipient with HPKE (RFC 9180)."""

import base64
import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from services.sync.bundles.faults import BadBundle, BundleRule
from shared.eventlog.sealed_boxes import seal, unseal
from shared.eventlog.signed_notes import MalformedNote, decode_base64, encode_base64

KEY_SIZE = 32


def make_body_key() -> bytes:
    """A new key: never used for two bodies."""
    return secrets.token_bytes(KEY_SIZE)


def parse_box_key(text: str) -> X25519PublicKey:
    """The public box key of a site, as the registry holds it. Raises ValueError."""
    return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def seal_body_key(key: bytes, sender: str, recipient: str, box_key: X25519PublicKey) -> str:
    """The key of a body for one recipient, in base64. It opens only in a bundle of this sender: another site that
    copies the body of a bundle cannot pass it off as its own."""
    try:
        return encode_base64(seal(key, box_key, _purpose(sender, recipient)))
    except ValueError as error:
        raise ValueError(f"nothing can be sealed to the box key of {recipient}: {error}") from None


def open_body_key(sealed: str, sender: str, recipient: str, box_keys: Iterable[X25519PrivateKey]) -> bytes:
    """The key of a body, opened with the first of these keys that can. Raises BadBundle: CannotUnseal."""
    try:
        raw = decode_base64(sealed)
    except MalformedNote as error:
        raise BadBundle(BundleRule.BAD_HEADER, "header", f"sealed: {error}") from None
    key = unseal(raw, box_keys, _purpose(sender, recipient))
    if key is not None and len(key) == KEY_SIZE:
        return key
    raise BadBundle(BundleRule.CANNOT_UNSEAL, "header", f"no box key of {recipient} opens it")


def _purpose(sender: str, recipient: str) -> str:
    return f"cadre-bundle-1 {sender} {recipient}"
