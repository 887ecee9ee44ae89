"""Which payloads a filtered site keeps. Entries are never filtered: one without payload is a stub."""

from collections.abc import Iterable

from shared.replica.runs import Head


def takes_payloads(known: int, made_under: int) -> bool:
    """Whether payloads of a message are taken: not if it was made under an older revision of this site's scope than it
    knows, for what that let through may be withheld now. Revision 0: not filtered."""
    return made_under == 0 or made_under >= known


def next_revision(known: int, made_under: int) -> int:
    """The revision of its scope that a site knows after a message."""
    return max(known, made_under)


def allowed_withdrawals(site: str, known: int, made_under: int, withheld: Iterable[Head]) -> frozenset[Head]:
    """Of what a higher level withdraws, that which this site gives up: payloads only, never of what it wrote."""
    if not made_under or not takes_payloads(known, made_under):
        return frozenset()
    return frozenset(head for head in withheld if head.origin != site)


def withdrawals(scope: int, invisible: Iterable[Head]) -> frozenset[Head]:
    """What a sender withdraws from the receiver under a revision of its scope: what it holds in full and the receiver
    may not see. A lower level (revision 0) sends less, and takes nothing away."""
    return frozenset(invisible) if scope else frozenset()


def owner_of(head: Head) -> str:
    """The site that may always see the payload of an entry: whoever wrote it."""
    return head.origin
