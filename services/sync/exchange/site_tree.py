"""What exchanging needs to know about the sites, whoever keeps the registry."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.sync.events import topic
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Verifier
from shared.replica.counting import Closing, LogJudgement
from shared.replica.runs import Head, LogId

RECEIPTS = topic.name
"""Topic of what sites state about exchanging: it flows up only, and is never receipted."""
REGISTRY = "sites"
"""Topic of the registry: its facts say whose chunks can be proven, and flow everywhere."""


class SiteTree(Protocol):
    """The tree of sites as the registry has it now."""

    def parent(self, site: str) -> str:
        """The site that it exchanges with: the nearest above that is not closed; empty: the top, or not registered."""
        ...

    def parents(self, site: str) -> Iterable[str]:
        """All that a site ever exchanged with as the one above it, the present one first."""
        ...

    def address(self, site: str) -> str:
        """Where a site answers; empty: it only calls, or is not registered."""
        ...

    def is_below(self, site: str, above: str) -> bool:
        """Whether a site is somewhere below another."""
        ...

    def has_moved(self, site: str) -> bool:
        """Whether a site exchanges with another than the one that it was registered below."""
        ...

    def was_below(self, site: str, above: str) -> bool:
        """Whether a site was below another until somebody re-homed it, or one above it."""
        ...

    def was_restored(self, site: str) -> bool:
        """Whether a site has stated that it was restored from a backup."""
        ...

    def custodian(self, site: str) -> str:
        """Who answers for the logs of a site: itself, or the one that keeps them since it was closed."""
        ...

    def silent_days(self, site: str) -> int:
        """After so many days without a message a site is silent."""
        ...

    def signing_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        """All keys that each registered site ever signed with."""
        ...

    def present_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        """The key that each site signs with now."""
        ...

    def replaced_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        """The keys that each site signed with before."""
        ...

    def unrevoked_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        """The keys of each site that are believed without limit: nobody took them from it."""
        ...

    def revoked_sites(self) -> Sequence[str]:
        """The sites from which a key was taken, those above first."""
        ...

    def judging_stamp(self) -> int:
        """Changes with what the registry says about which entries count; 0: it says nothing about that."""
        ...

    def box_key(self, site: str) -> X25519PublicKey:
        """The key to which what is for a site is sealed. Raises ValueError where it is none."""
        ...

    def closings(self) -> tuple[Closing, ...]:
        """Up to where the logs of closed sites count."""
        ...

    def clock_corrections(self) -> Mapping[str, Sequence[tuple[Instant, frozenset[Head]]]]:
        """Of each site whose clock was ahead: when that was corrected, and up to where entries carry a wrong time."""
        ...

    def judge(self, log: LogId, receipted: Iterable[Head], signed_now: Iterable[Head]) -> LogJudgement:
        """What the registry says about one log. `receipted`: what the parent of its site has signed for; `signed_now`:
        heads of checkpoints that are signed with a key that nobody took from it."""
        ...


def find_parent_address(tree: SiteTree, site: str, configured: str) -> str:
    """Where the site above answers; empty: that is not known. `configured`: where the one did that it was registered
    below."""
    registered = tree.address(tree.parent(site))
    return registered or configured if tree.has_moved(site) else configured or registered


def flows(tree: SiteTree, log: LogId, sender: str, receiver: str) -> bool:
    """Whether a log goes from one site to another: up what was recorded at or below the sender, down everything but
    receipts; the registry and the logs of closed sites everywhere, for whoever has of them what is nowhere else is not
    always above or below; and what the receiver wrote or keeps, back to it where it lost it."""
    keeper = tree.custodian(log.origin)
    if receiver in (log.origin, keeper):
        return True
    up = tree.is_below(sender, receiver)
    if up and any(each == sender or tree.is_below(each, sender) for each in (log.origin, keeper)):
        return True
    if up:
        return log.topic == REGISTRY or (keeper != log.origin and log.topic != RECEIPTS)
    return log.topic != RECEIPTS


def gives_back(tree: SiteTree, log: LogId, sender: str, receiver: str) -> bool:
    """Whether a site gives a log, which else comes down to it, back to the one above where that lacks some of it: that
    was restored, and whoever it has the log from may have been restored as well."""
    return (
        log.topic != RECEIPTS
        and not flows(tree, log, sender, receiver)
        and flows(tree, log, receiver, sender)
    )
