"""Keys on their way to another site, sealed to its box key."""

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from shared.eventlog.sealed_boxes import seal, unseal
from shared.eventlog.signed_notes import MalformedNote, decode_base64, encode_base64

KEY_SIZE = 32


class BadSealedKey(ValueError):
    """What was sealed cannot be opened with the box key of this site."""


def seal_identity_key(key: bytes, root: str, site: str, box_key: str) -> str:
    """The identity key of a tree for one site, in base64. It opens only for that site in that tree. Raises ValueError
    where the box key is none."""
    public = X25519PublicKey.from_public_bytes(base64.b64decode(box_key, validate=True))
    return encode_base64(seal(key, public, _purpose(root, site)))


def open_identity_key(sealed: str, root: str, site: str, box_key: X25519PrivateKey) -> bytes:
    """The key that was sealed to this site. Raises BadSealedKey."""
    try:
        raw = decode_base64(sealed)
    except MalformedNote:
        raw = b""
    key = unseal(raw, [box_key], _purpose(root, site))
    if key is None:
        raise BadSealedKey("the identity key in it is sealed to another box key")
    if len(key) != KEY_SIZE:
        raise BadSealedKey(f"the identity key in it has {len(key)} bytes, not {KEY_SIZE}")
    return key


def _purpose(root: str, site: str) -> str:
    return f"cadre-identity-key-1 {root} {site}"
