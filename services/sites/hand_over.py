"""What a site that is about to be closed gives to the one that will keep its logs: a small file that says where its
logs end, with the keys of the persons it recorded and the key of the tree, sealed to the custodian.

The facts themselves go as always, in bundles. The private signing key stays: nothing is signed any more, and what was
signed proves the logs for ever.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from services.sites.domain.tree import Registry
from services.sites.domain.trust import signing_keys
from services.sites.events import LogHead
from services.sites.sealed_keys import KEY_SIZE
from shared.core.partial_dates import Instant
from shared.eventlog.sealed_boxes import seal, unseal
from shared.eventlog.signed_notes import (
    BadSignature,
    MalformedNote,
    Signer,
    UnknownKey,
    split_note,
    verify_note,
)


class BadHandOver(ValueError):
    """The file is not what a site hands over to this one."""


class HandedKeys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Keys in the clear."""

    subjects: dict[str, bytes]
    """By subject, the key under which the site encrypted what it recorded of it; destroyed ones are not among them."""
    identity: bytes = b""
    """The key under which the tree hashes personal numbers; empty: the site has none."""


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """What a site hands over."""

    format: Literal["cadre-hand-over-1"] = "cadre-hand-over-1"
    site: str
    custodian: str
    at: Instant
    last: tuple[LogHead, ...]
    """The last entries of its logs."""
    keys: str
    """`HandedKeys` in JSON, sealed to the box key of the custodian (HPKE), in base64."""


def sign_hand_over(content: HandOver, signer: Signer) -> str:
    """The file, signed by the site that hands over."""
    return signer.sign(msgspec.json.encode(content).decode() + "\n")


def open_hand_over(note: str, registry: Registry) -> HandOver:
    """What is in the file, signed with a key of the site that it is about. Raises BadHandOver."""
    try:
        content = msgspec.json.decode(split_note(note)[0], type=HandOver)
        verify_note(note, signing_keys(registry).get(content.site, ()))
    except (MalformedNote, msgspec.MsgspecError, UnknownKey, BadSignature) as error:
        raise BadHandOver(str(error)) from None
    return content


def seal_handed_keys(keys: HandedKeys, site: str, custodian: str, box_key: str) -> str:
    """The keys, for the custodian alone. Raises ValueError where its box key is none."""
    public = X25519PublicKey.from_public_bytes(base64.b64decode(box_key, validate=True))
    return base64.b64encode(seal(msgspec.json.encode(keys), public, _purpose(site, custodian))).decode()


def open_handed_keys(content: HandOver, box_keys: Iterable[X25519PrivateKey]) -> HandedKeys:
    """The keys that were sealed to this site. Raises BadHandOver."""
    try:
        raw = base64.b64decode(content.keys, validate=True)
        plain = unseal(raw, box_keys, _purpose(content.site, content.custodian))
        if plain is None:
            raise BadHandOver("the keys in it are sealed to another box key")
        keys = msgspec.json.decode(plain, type=HandedKeys)
    except (msgspec.MsgspecError, binascii.Error) as error:
        raise BadHandOver(str(error)) from None
    _check_sizes(keys.subjects, keys.identity)
    return keys


def _check_sizes(subjects: Mapping[str, bytes], identity: bytes) -> None:
    if any(len(key) != KEY_SIZE for key in (*subjects.values(), *([identity] if identity else ()))):
        raise BadHandOver(f"a key in it does not have {KEY_SIZE} bytes")


def _purpose(site: str, custodian: str) -> str:
    return f"cadre-hand-over-1 {site} {custodian}"
