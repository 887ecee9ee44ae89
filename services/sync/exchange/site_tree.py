"""What exchanging needs to know about the sites, whoever keeps the registry."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.sync.events import topic
from shared.eventlog.signed_notes import Verifier
from shared.replica.counting import Closing, LogJudgement
from shared.replica.runs import Head, LogId

RECEIPTS = topic.name
"""Topic of what sites state about exchanging: it flows up only, and is never receipted."""


class SiteTree(Protocol):
    """The tree of sites as the registry has it now."""

    def parent(self, site: str) -> str:
        """The site above; empty: the top, or not registered."""
        ...

    def address(self, site: str) -> str:
        """Where a site answers; empty: it only calls, or is not registered."""
        ...

    def is_below(self, site: str, above: str) -> bool:
        """Whether a site is somewhere below another."""
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

    def box_key(self, site: str) -> X25519PublicKey:
        """The key to which what is for a site is sealed. Raises ValueError where it is none."""
        ...

    def closings(self) -> tuple[Closing, ...]:
        """Up to where the logs of closed sites count."""
        ...

    def judge(self, log: LogId, receipted: Iterable[Head], signed_now: Iterable[Head]) -> LogJudgement:
        """What the registry says about one log. `receipted`: what the parent of its site has signed for; `signed_now`:
        heads of checkpoints that are signed with its present key."""
        ...


def flows(tree: SiteTree, log: LogId, sender: str, receiver: str) -> bool:
    """Whether a log goes from one site to another: up what was recorded at or below the sender, down everything but
    receipts; and what the receiver wrote, back to it where it lost it."""
    if log.origin == receiver:
        return True
    if tree.is_below(sender, receiver):
        return log.origin == sender or tree.is_below(log.origin, sender)
    return log.topic != RECEIPTS
