"""The vector: what a site says that it has and lacks. First member of every bundle."""

import msgspec

from services.sync.bundles.faults import BadBundle, BundleRule, Fault
from services.sync.bundles.header import is_digest, is_instant
from services.sync.bundles.member_names import MAX_SEQ, MemberKind
from shared.core.identifiers import is_id, is_site_id
from shared.core.partial_dates import Instant
from shared.eventlog.merkle import HASH_SIZE
from shared.replica.runs import Head

MAX_VECTOR = 16 * 2**20
"""Bytes: 5,000 sites with a dozen logs each fit."""


class EntryRange(msgspec.Struct, frozen=True, order=True, gc=False):
    """Consecutive entries of one epoch."""

    origin: str
    topic: str
    epoch: str
    first: int
    last: int


class ScopeState(msgspec.Struct, frozen=True, gc=False):
    """Which revision of its scope a filtered site has, and what it then holds of streams and facts."""

    revision: int = 0
    """0: not filtered."""
    streams: int = 0
    facts: int = 0
    digest: str = ""
    """SHA-256 over the streams and their numbers of facts; empty: not filtered."""


class Vector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `vector.json` says. Fields of later versions are passed over."""

    heads: tuple[Head, ...] = ()
    """Last heads of all lines that the sender has; with `base` in the header, only those that changed since."""
    gone: tuple[Head, ...] = ()
    """With `base` in the header, heads of that vector which are no last heads any more."""
    known: str = ""
    """Digest of the vector of the receiver that the sender remembers: what a next one may be based on; empty: none."""
    early: tuple[EntryRange, ...] = ()
    """What it holds beyond a gap."""
    targets: tuple[Head, ...] = ()
    """What first synchronisations must reach before their origins are shown."""
    wanted: tuple[Head, ...] = ()
    """Heads of the receiver that it asks for."""
    lost: tuple[Head, ...] = ()
    """Heads that nobody can give any more."""
    scope: ScopeState = ScopeState()
    sites: str = ""
    """SHA-256 of the log of the registry that it knows; empty: not said."""
    receipt: Instant = Instant("")
    """When the receipt of the receiver was issued that the sender has; empty: it has none, or does not say."""
    room: int = 0
    """Of a message: how many bytes of entries the answer may have; 0: as many as a message may."""
    took: dict[str, int] = {}
    """Of an answer: how many entries of the request had each outcome."""
    refused: tuple[Fault, ...] = ()
    """Of an answer: chunks of the request that were refused."""


_decoder = msgspec.json.Decoder(Vector)


def encode_vector(vector: Vector) -> bytes:
    """The bytes of `vector.json`: equal vectors have equal bytes."""
    return msgspec.json.encode(sort_vector(vector))


def sort_vector(vector: Vector) -> Vector:
    """The same vector with its heads and ranges sorted, each once."""
    return msgspec.structs.replace(
        vector,
        **{
            name: tuple(sorted(set(getattr(vector, name))))
            for name in ("heads", "gone", "early", "targets", "wanted", "lost")
        },
    )


def decode_vector(raw: bytes) -> Vector:
    """The vector in some bytes. Raises BadBundle: BadVector, TooMuch."""
    if len(raw) > MAX_VECTOR:
        raise BadBundle(BundleRule.TOO_MUCH, MemberKind.VECTOR, f"{len(raw):,} bytes")
    try:
        vector = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _bad(str(error)) from None
    for name in ("heads", "gone", "targets", "wanted", "lost"):
        for head in getattr(vector, name):
            if not _is_head(head):
                raise _bad(
                    f"{name}: {head.origin[:40]}/{head.topic[:40]} {head.epoch[:40]} {head.seq} is no head"
                )
    for each in vector.early:
        if not (_is_log(each.origin, each.topic, each.epoch) and 1 <= each.first <= each.last <= MAX_SEQ):
            raise _bad(f"early: {each.origin[:40]} {each.first} to {each.last} are no entries")
    scope = vector.scope
    if min(scope.revision, scope.streams, scope.facts) < 0 or not _is_digest_or_empty(scope.digest):
        raise _bad("scope")
    if not _is_digest_or_empty(vector.sites):
        raise _bad("sites")
    if not _is_digest_or_empty(vector.known):
        raise _bad("known")
    if vector.receipt and not is_instant(vector.receipt):
        raise _bad("receipt")
    if min(vector.room, *vector.took.values(), 0) < 0:
        raise _bad("room and took are no numbers of bytes and entries")
    return vector


def _is_head(head: Head) -> bool:
    return (
        _is_log(head.origin, head.topic, head.epoch)
        and 1 <= head.seq <= MAX_SEQ
        and len(head.root) == HASH_SIZE
    )


def _is_log(origin: str, topic: str, epoch: str) -> bool:
    return is_site_id(origin) and is_id(topic) and is_id(epoch)


def _is_digest_or_empty(text: str) -> bool:
    return not text or is_digest(text)


def _bad(detail: str) -> BadBundle:
    return BadBundle(BundleRule.BAD_VECTOR, MemberKind.VECTOR, detail)
