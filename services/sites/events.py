"""The facts of the registry of sites. Their names and fields are stored for ever: add, never change.

Stream: the site that a fact is about; of `HomeMoved` and `ProposalDecided` the subject. They flow to all sites.
"""

import msgspec

from shared.core.facts import Confidentiality, Fact, Id, Topic, event_tag
from shared.core.localized_enum import LocalizedEnum


class SiteLevel(LocalizedEnum):
    """Highest first."""

    CENTRAL = "CENTRAL", "cấp Trung ương", "central"
    PROVINCE = "PROVINCE", "cấp tỉnh", "province"
    DISTRICT = "DISTRICT", "cấp huyện", "district"
    COMMUNE = "COMMUNE", "cấp xã", "commune"
    OTHER = "OTHER", "khác", "other"


class LogHead(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last entry of a line of a site's log."""

    topic: str
    """Name of the service."""
    epoch: str
    """Epoch of the entry."""
    seq: int
    """Number of the entry in its epoch."""
    root: str
    """Merkle root of the line up to it (RFC 6962), in base64."""


class SiteFactBase(Fact, frozen=True, kw_only=True, tag=event_tag("sites")):
    """What every fact of this service has in common."""


class SiteRegistered(SiteFactBase, frozen=True, kw_only=True):
    """A site belongs to the tree from now on. Its id is never used again."""

    name: str
    """What it is called."""
    level: SiteLevel
    """Level of administration."""
    parent: Id = ""
    """Id of the site above it; empty: it is the root."""
    unit: Id = ""
    """Id of the unit that it serves."""
    key: str
    """Public key of its signatures, as `cadre audit key` prints it."""
    box_key: str
    """Public key (X25519, base64) to which what only it may read is sealed."""
    address: str = ""
    """Where it answers (https://…); empty: it only calls."""
    silent_days: int = 3
    """After so many days without a message there is an alarm."""


class SiteKeyReplaced(SiteFactBase, frozen=True, kw_only=True):
    """A site signs with another key from now on: it changed it, or an authority revoked the old one."""

    key: str
    """The new public key of its signatures."""
    box_key: str
    """The new public key to which is sealed."""
    reason: str
    """Why, in words."""
    trusted: tuple[LogHead, ...] = ()
    """How far the old key is believed; empty: as far as its parent has receipted."""


class SiteRehomed(SiteFactBase, frozen=True, kw_only=True):
    """A site belongs to another parent from now on."""

    parent: Id
    """Id of the new parent."""
    reason: str = ""
    """Why, in words."""


class ScopeSet(SiteFactBase, frozen=True, kw_only=True):
    """What flows down to a site: facts that concern these units and all below them."""

    units: tuple[Id, ...]
    """Ids of the units."""
    clearance: Confidentiality = "INTERNAL"
    """The highest class of facts that it may see."""


class SiteClosed(SiteFactBase, frozen=True, kw_only=True):
    """A site records nothing any more."""

    closes = True
    custodian: Id
    """Id of the site that keeps its logs and answers for them."""
    last: tuple[LogHead, ...]
    """The last entries of its logs; what it wrote after them does not count."""
    reason: str
    """Why, in words."""


class ClosingExtended(SiteFactBase, frozen=True, kw_only=True):
    """What a closed site had recorded and came late is admitted."""

    last: tuple[LogHead, ...]
    """The last entries of its logs that count too."""
    reason: str
    """Why, in words."""


class SiteRestored(SiteFactBase, frozen=True, kw_only=True):
    """A site was restored from a backup, and says so itself once it has learnt it."""

    lost: tuple[LogHead, ...] = ()
    """Entries that nobody can give it back."""
    reason: str = ""
    """What happened, in words."""


class ForkSettled(SiteFactBase, frozen=True, kw_only=True):
    """A site signed two entries at one place, because it was cloned; this says which of them count."""

    topic: str
    """The log."""
    epoch: str
    """Epoch of the place."""
    seq: int
    """Number of the place in its epoch."""
    keep: tuple[str, ...]
    """Roots of the entries that count, in base64: none, one or several."""
    reason: str
    """Why, in words."""


class ClockCorrected(SiteFactBase, frozen=True, kw_only=True):
    """A site's clock was ahead: what it recorded up to there was known from this fact on, not at the time it says."""

    until: tuple[LogHead, ...]
    """The last entries that carry a wrong time."""
    reason: str
    """What happened, in words."""


class HomeMoved(SiteFactBase, frozen=True, kw_only=True):
    """Another site decides about a subject from now on."""

    to: Id
    """Id of that site."""


class ProposalDecided(SiteFactBase, frozen=True, kw_only=True):
    """What another site recorded about a subject counts, or does not."""

    event: str
    """Event id of the proposed fact."""
    accepted: bool
    """Whether it counts."""
    reason: str = ""
    """Why, in words."""


SiteFact = (
    SiteRegistered
    | SiteKeyReplaced
    | SiteRehomed
    | ScopeSet
    | SiteClosed
    | ClosingExtended
    | SiteRestored
    | ForkSettled
    | ClockCorrected
    | HomeMoved
    | ProposalDecided
)

topic: Topic[SiteFact] = Topic("sites", SiteFact)
