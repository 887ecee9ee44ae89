"""`keys.json`: the keys of the subjects whose facts a bundle brings, sealed to each site that is to have them.

A key belongs to the subject and the site that made it. One that was destroyed here is never sent, and a site where the
subject was erased refuses every key of it.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.bundles.member_names import MemberKind
from shared.core.identifiers import is_site_id

MAX_KEYS = 64 * 2**20
"""Bytes of `keys.json`: some 400,000 keys."""
KEY_SIZE = 32
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SubjectKey(msgspec.Struct, frozen=True, order=True, gc=False):
    """The key under which one site encrypts the personal fields of one subject."""

    subject: str
    maker: str
    key: bytes


class _SealedKeys(msgspec.Struct, frozen=True):
    to: dict[str, str]
    """By recipient, the keys in JSON, sealed to its box key (HPKE), in base64."""


_keys_decoder, _sealed_decoder = msgspec.json.Decoder(list[SubjectKey]), msgspec.json.Decoder(_SealedKeys)


def seal_keys(keys: Iterable[SubjectKey], sender: str, recipients: Mapping[str, X25519PublicKey]) -> bytes:
    """The bytes of `keys.json`."""
    plain = msgspec.json.encode(sorted(set(keys)))
    sealed = {site: _SUITE.encrypt(plain, key, _purpose(sender, site)) for site, key in recipients.items()}
    return msgspec.json.encode(
        _SealedKeys({site: base64.b64encode(raw).decode() for site, raw in sealed.items()})
    )


def open_keys(
    raw: bytes, sender: str, recipient: str, box_keys: Iterable[X25519PrivateKey]
) -> list[SubjectKey]:
    """The keys in `keys.json` that are for one site; none where none are. Raises BadBundle."""
    try:
        sealed = _sealed_decoder.decode(raw).to.get(recipient)
        if sealed is None:
            return []
        keys = _keys_decoder.decode(_unseal(sealed, sender, recipient, box_keys))
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error) as error:
        raise BadBundle(BundleRule.BAD_MEMBER, MemberKind.KEYS, str(error)) from None
    for each in keys:
        if len(each.key) != KEY_SIZE or not is_site_id(each.maker) or not each.subject:
            raise BadBundle(BundleRule.BAD_MEMBER, MemberKind.KEYS, f"no key of {each.subject[:40]}")
    return keys


def _unseal(sealed: str, sender: str, recipient: str, box_keys: Iterable[X25519PrivateKey]) -> bytes:
    raw = base64.b64decode(sealed, validate=True)
    for box_key in box_keys:
        try:
            return _SUITE.decrypt(raw, box_key, _purpose(sender, recipient))
        except InvalidTag:
            continue
    raise BadBundle(BundleRule.CANNOT_UNSEAL, MemberKind.KEYS, f"no box key of {recipient} opens them")


def _purpose(sender: str, recipient: str) -> bytes:
    return f"cadre-keys-1 {sender} {recipient}".encode()
