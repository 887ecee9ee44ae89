"""What a site states about what it exchanged with others. Names and fields are stored for ever: add, never change.

Streams: of `Received` the site that it came from; of `Quarantined` and `FirstSyncAccepted` the site that recorded the
facts; of `ErasureConfirmed` the subject; of `BundleMade` the site that made it. They flow up only. A log of these
statements is never receipted itself, else two sites would answer each other for ever.
"""

import msgspec

from shared.core.facts import Fact, Id, Topic, event_tag


class OriginHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of a site's log, and the root over its whole line up to it."""

    origin: Id
    """Id of the site that recorded it."""
    topic: str
    """Name of the service."""
    epoch: str
    """Epoch of the entry."""
    seq: int
    """Number of the entry in its epoch."""
    root: str
    """Merkle root of the line up to it (RFC 6962), in base64."""


class HeldRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entries that a site has and does not count."""

    origin: Id
    """Id of the site that recorded them."""
    topic: str
    """Name of the service."""
    epoch: str
    """Their epoch."""
    first: int
    """Number of the first in its epoch."""
    last: int
    """Number of the last in its epoch."""
    why: str
    """Why: early, fork, parked, key or filling."""


class SyncFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("sync")):
    """What every fact of this service has in common."""


class Received(SyncFactBase, frozen=True, kw_only=True):
    """A receipt: what this site has accepted of each log that it names. Other logs stay as its earlier receipts say."""

    source: str
    """From whom and how: `line:SITE`, or `bundle:SITE/NUMBER`."""
    heads: tuple[OriginHead, ...]
    """The last accepted entries of every line of these logs."""
    held: tuple[HeldRange, ...] = ()
    """What of them is here and does not count."""
    clock: str = ""
    """`unsure`: several neighbours say that the clock of this site is wrong."""


class Quarantined(SyncFactBase, frozen=True, kw_only=True):
    """A site signed two entries at one place; from there on none of them count here until somebody settles it."""

    origin: Id
    """Id of the site that signed them."""
    topic: str
    """The log."""
    epoch: str
    """Epoch of the place."""
    seq: int
    """Number of the place in its epoch."""
    roots: tuple[str, ...]
    """The Merkle roots that were signed there, in base64."""
    evidence: tuple[str, ...]
    """The signed checkpoints that show it, whole."""


class FirstSyncAccepted(SyncFactBase, frozen=True, kw_only=True):
    """A person decided to show what there is of a site whose first synchronisation is not complete."""

    origin: Id
    """Id of the site that recorded it."""
    missing: tuple[OriginHead, ...]
    """What was still to come, and is not waited for any more."""
    reason: str
    """Why, in words."""


class ErasureConfirmed(SyncFactBase, frozen=True, kw_only=True):
    """This site has destroyed its keys of a person who was erased."""

    subject: Id
    """Id of the person."""
    event: str
    """Event id of the fact that ordered it."""
    keys: int
    """How many keys were destroyed; 0: there was none, and none will be taken."""


class BundleMade(SyncFactBase, frozen=True, kw_only=True):
    """A file with what other sites lack was made. Whether it arrives is known by their receipts only."""

    number: int
    """Counts the bundles of this site."""
    recipients: tuple[Id, ...]
    """Ids of the sites that can open it."""
    sha256: str
    """Hash of the file, in hexadecimal."""
    heads: tuple[OriginHead, ...]
    """The last entries that it leads to."""


SyncFact = Received | Quarantined | FirstSyncAccepted | ErasureConfirmed | BundleMade

topic: Topic[SyncFact] = Topic("sync", SyncFact)
