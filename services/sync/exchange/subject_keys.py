"""`keys.json`: the keys of the subjects whose facts a bundle brings, sealed to each site that is to have them.

A key belongs to the subject and the site that made it. One that was destroyed here is never sent, and a site where the
subject was erased refuses every key of it.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.bundles.member_names import MemberKind
from shared.core.identifiers import is_site_id
from shared.eventlog.sealed_boxes import seal, unseal

MAX_KEYS = 64 * 2**20
"""Bytes of `keys.json`: some 400,000 keys."""
KEY_SIZE = 32


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
    sealed = {site: seal(plain, key, _purpose(sender, site)) for site, key in recipients.items()}
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
        plain = unseal(base64.b64decode(sealed, validate=True), box_keys, _purpose(sender, recipient))
        if plain is None:
            raise BadBundle(
                BundleRule.CANNOT_UNSEAL, MemberKind.KEYS, f"no box key of {recipient} opens them"
            )
        keys = _keys_decoder.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, binascii.Error) as error:
        raise BadBundle(BundleRule.BAD_MEMBER, MemberKind.KEYS, str(error)) from None
    for each in keys:
        if len(each.key) != KEY_SIZE or not is_site_id(each.maker) or not each.subject:
            raise BadBundle(BundleRule.BAD_MEMBER, MemberKind.KEYS, f"no key of {each.subject[:40]}")
    return keys


def _purpose(sender: str, recipient: str) -> str:
    return f"cadre-keys-1 {sender} {recipient}"
