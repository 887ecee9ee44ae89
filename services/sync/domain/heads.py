"""Heads of logs as facts store them, and as the replica has them."""

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from services.sync.events import OriginHead
from shared.eventlog.merkle import HASH_SIZE
from shared.replica.runs import Head


def to_head(head: OriginHead) -> Head:
    """A stored head as the replica has it."""
    return Head(head.origin, head.topic, head.epoch, head.seq, base64.b64decode(head.root))


def to_stored(heads: Iterable[Head]) -> tuple[OriginHead, ...]:
    """Heads as a fact stores them, sorted."""
    return tuple(
        OriginHead(each.origin, each.topic, each.epoch, each.seq, base64.b64encode(each.root).decode())
        for each in sorted(heads)
    )


def is_root(text: str) -> bool:
    """Whether the text is a Merkle root in base64."""
    try:
        return len(base64.b64decode(text, validate=True)) == HASH_SIZE
    except (binascii.Error, ValueError):
        return False


def digest_heads(heads: Iterable[Head]) -> str:
    """The same text for the same set of heads: the idempotency key of a receipt, and of a vector."""
    return sha256(msgspec.json.encode(to_stored(set(heads)))).hexdigest()
