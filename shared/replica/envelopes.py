"""Reads the envelope of a stored entry, whatever fact is in it: what an entry of a later version still says.

The bytes themselves are never written anew, so what this program does not know is kept and passed on."""

from enum import StrEnum
from functools import lru_cache

import msgspec

from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.facts import F, Topic
from shared.core.partial_dates import Instant, later
from shared.core.unknown_fields import find_unknown_field

MAX_PAYLOAD = 4_000_000
"""Bytes of an entry that Kafka and the logs take."""
MAX_PARKED = 64 * 2**20
"""Bytes of an unreadable entry that are kept; of a larger one only the hash."""
MAX_LAMPORT = 2**53
"""Beyond this, JSON readers lose digits."""
MAX_LAMPORT_STEP = 10**9
"""How far an entry's lamport may be ahead of the receiver's."""
MAX_CLOCK_AHEAD = 300_000_000
"""Microseconds by which the clock of another site may be ahead without a finding."""


class _FactKind(msgspec.Struct, frozen=True, gc=False):
    type: str


class EntryEnvelope(msgspec.Struct, frozen=True, gc=False):
    """The fields of `Recorded` that importing needs. Unknown fields are passed over."""

    event_id: str
    site: str
    epoch: str
    seq: int
    stream: str
    recorded_at: Instant
    lamport: int
    fact: _FactKind
    command_id: str = ""


class EntryFlag(StrEnum):
    """What is remarkable about an entry; each is told to somebody."""

    TOO_LARGE = "too-large"
    """More than 4,000,000 bytes: it does not count, its stream waits."""
    UNREADABLE = "unreadable"
    """Its envelope cannot be read: it does not count, its stream waits."""
    LATER_VERSION = "later-version"
    """Its kind, or a field or value in it, is of a later version: kept and passed on, counted when this program can
    read it."""
    LAMPORT = "lamport"
    """Its lamport is impossibly high: it does not count, and lamport is not raised."""
    CLOCK = "clock"
    """Recorded later than it came, or earlier than its origin had closed: it counts, known from the receipt."""


POISON = frozenset({EntryFlag.TOO_LARGE, EntryFlag.UNREADABLE, EntryFlag.LAMPORT})
"""Entries with these flags never count; what they link is whole."""
UNCOUNTED = POISON | {EntryFlag.LATER_VERSION}
"""Entries with these flags do not count now."""

_decoder = msgspec.json.Decoder(EntryEnvelope)


def read_envelope(state: bytes) -> EntryEnvelope | None:
    """The envelope of a stored entry; None where it cannot be read."""
    try:
        return _decoder.decode(state)
    except DECODE_ERRORS:
        return None


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """What the receiver knows when an entry comes."""

    received_at: Instant
    lamport: int
    """The highest lamport that counts here."""
    closed_until: Instant = Instant("")
    """Up to when the entry's origin had closed the log, in a checkpoint that ends before the entry."""


def inspect_entry(state: bytes, topic: Topic[F] | None, arrival: Arrival) -> frozenset[EntryFlag]:
    """The flags of an entry. `topic`: of this program, None where it has none of that name."""
    if len(state) > MAX_PAYLOAD:
        return frozenset({EntryFlag.TOO_LARGE})
    envelope = read_envelope(state)
    if envelope is None:
        return frozenset({EntryFlag.UNREADABLE})
    flags = set()
    if not 0 < envelope.lamport <= min(MAX_LAMPORT, arrival.lamport + MAX_LAMPORT_STEP):
        flags.add(EntryFlag.LAMPORT)
    latest = _latest_without_finding(arrival.received_at)
    closed = (
        arrival.closed_until if arrival.closed_until <= latest else Instant("")
    )  # else that clock was ahead
    if envelope.recorded_at > latest or envelope.recorded_at <= closed:
        flags.add(EntryFlag.CLOCK)
    if not _is_readable(state, topic):
        flags.add(EntryFlag.LATER_VERSION)
    return frozenset(flags)


@lru_cache(maxsize=4)
def _latest_without_finding(received_at: Instant) -> Instant:
    """The latest that an entry may say it was recorded; asked for every entry of a chunk."""
    return later(received_at, MAX_CLOCK_AHEAD)


def _is_readable(state: bytes, topic: Topic[F] | None) -> bool:
    """Whether this program reads all of an entry: to leave out a field of a fact that it does not know would be to show
    half of it. What else a later version says in the envelope is passed over."""
    if topic is None:
        return False
    try:
        event = topic.decode(state)
        if topic.encode(event) == state:
            return True
        return find_unknown_field(event.fact, msgspec.json.decode(state)["fact"]) is None
    except DECODE_ERRORS:
        return False


def raise_lamport(lamport: int, counted: int) -> int:
    """The lamport of a site after it has counted a fact, so that what it records later sorts later."""
    return max(lamport, counted)
