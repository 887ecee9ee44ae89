"""Seals a text to the box key of a site with HPKE (RFC 9180): X25519, HKDF-SHA256, AES-256-GCM."""

from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal(plain: bytes, box_key: X25519PublicKey, purpose: str) -> bytes:
    """The sealed bytes, which open only for the same purpose. Raises ValueError where the key can take nothing."""
    return _SUITE.encrypt(plain, box_key, purpose.encode())


def unseal(sealed: bytes, box_keys: Iterable[X25519PrivateKey], purpose: str) -> bytes | None:
    """What was sealed, opened with the first of these keys that can; None where none can."""
    for box_key in box_keys:
        try:
            return _SUITE.decrypt(sealed, box_key, purpose.encode())
        except InvalidTag:
            continue
    return None
