"""The model of the replica core: the rules over plain sets of entries, as the design of synchronisation wrote them down
and explored them (its `core.py`, 478,254 states), before there were runs, Merkle trees and stored bytes.

A replica is a grow-only set of hash-linked entries. A hash over the line and a keyed hash stand for what the product
uses, the RFC 6962 root at that size and the origin's signed checkpoint with the proof of the entry in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from shared.replica.union import Outcome

Site = str
Keys = Mapping[Site, str]


class Head(NamedTuple):
    """Coordinates of an entry, and the root over its whole line up to it. A version vector is a set of heads."""

    origin: Site
    epoch: str
    seq: int
    root: str


class Entry(NamedTuple):
    """`previous` is the entry before it: of the same epoch, or the one after which the epoch begins."""

    head: Head
    previous: Head | None
    leaf: str
    signature: str


class Fact(NamedTuple):
    """What an entry carries. `lamport` is higher than that of every fact its origin had seen."""

    text: str
    lamport: int


class Receipt(NamedTuple):
    """A site's signed statement of what it has accepted, at an instant of its own clock."""

    issuer: Site
    issued_at: int
    vector: frozenset[Head]
    signature: str


class Closing(NamedTuple):
    """The registry closed a site: its log ends with these heads, unless another closing admits more."""

    origin: Site
    custodian: Site
    last: frozenset[Head]


class Message(NamedTuple):
    """What travels, by line or as a bundle file. An entry whose root has no payload is a stub."""

    entries: tuple[Entry, ...] = ()
    payloads: tuple[tuple[str, Fact], ...] = ()
    vector: frozenset[Head] = frozenset()  # all that the sender has, or what it is itself filling up to
    receipt: Receipt | None = None
    scope: int = 0  # revision of the receiver's scope by which a higher level filtered; 0: not filtered
    withheld: frozenset[str] = frozenset()  # roots of the facts that the receiver may not keep under it
    lost: frozenset[Head] = (
        frozenset()
    )  # what its origin, or the custodian, has not got any more, nor has the sender
    closings: frozenset[Closing] = frozenset()


class Replica(NamedTuple):
    """What one site keeps."""

    site: Site
    parent: Site = ""
    entries: frozenset[Entry] = frozenset()
    payloads: frozenset[tuple[str, Fact]] = frozenset()
    own: Head | None = None  # the last entry of the line that it writes
    epoch: str = ""  # empty from a start of the process to its first write
    targets: frozenset[Head] = (
        frozenset()
    )  # what an origin's first synchronisation must reach before it is shown
    lost: frozenset[Head] = frozenset()
    receipts: frozenset[Receipt] = frozenset()
    scope: int = 0
    closings: frozenset[Closing] = frozenset()


@cache
def digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:12]


def make_entry(key: str, origin: Site, epoch: str, previous: Head | None, leaf: str) -> Entry:
    """The next entry of a line, signed with the origin's key."""
    seq = previous.seq + 1 if previous and previous.epoch == epoch else 1
    root = digest(previous.root if previous else "", origin, epoch, seq, leaf)
    return Entry(Head(origin, epoch, seq, root), previous, leaf, digest(key, root))


def is_genuine(entry: Entry, keys: Keys) -> bool:
    """Whether the origin signed exactly this entry at exactly this place of its line."""
    head, key = entry.head, keys.get(entry.head.origin)
    return key is not None and entry == make_entry(key, head.origin, head.epoch, entry.previous, entry.leaf)


@cache
def contiguous(entries: frozenset[Entry]) -> Mapping[Head, Entry]:
    """The entries with everything before them, each after its predecessor."""
    followers: dict[Head | None, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.head):
        followers[entry.previous].append(entry)
    found: dict[Head, Entry] = {}
    ready: list[Head | None] = [None]
    while ready:
        for entry in followers[ready.pop()]:
            found[entry.head] = entry
            ready.append(entry.head)
    return found


@cache
def version_vector(entries: frozenset[Entry], without: frozenset[Head] = frozenset()) -> frozenset[Head]:
    """The last head of every line: one per origin, one more for each restore or fork it ever had."""
    held = [entry for head, entry in contiguous(entries).items() if head not in without]
    return frozenset(entry.head for entry in held) - {entry.previous for entry in held}


def with_predecessors(entries: frozenset[Entry], heads: Iterable[Head]) -> set[Head]:
    """These heads and all before them, as far as they are known here."""
    held, found, waiting = contiguous(entries), set[Head](), list(heads)
    while waiting:
        head = waiting.pop()
        if head in held and head not in found:
            found.add(head)
            if previous := held[head].previous:
                waiting.append(previous)
    return found


def missing_heads(replica: Replica, vector: Iterable[Head]) -> frozenset[Head]:
    """Heads of another's vector that are not here: what to ask it for."""
    return frozenset(vector).difference(contiguous(replica.entries))


@cache
def find_gaps(entries: frozenset[Entry]) -> frozenset[tuple[Site, str, int, int]]:
    """(origin, epoch, first, last) of entries that are not here and must exist, for a later one names them."""
    held, here, gaps = (
        contiguous(entries),
        {entry.head for entry in entries},
        set[tuple[Site, str, int, int]](),
    )
    for missing in {entry.previous for entry in entries if entry.previous} - here:
        last = max((head.seq for head in held if head[:2] == missing[:2]), default=0)
        gaps.add((missing.origin, missing.epoch, min(last + 1, missing.seq), missing.seq))
    return frozenset(gaps)


@cache
def find_forks(entries: frozenset[Entry]) -> Mapping[tuple[Site, str], int]:
    """By origin and epoch, the first place at which the origin signed two different lines."""
    roots: dict[tuple[Site, str, int], set[str]] = defaultdict(set)
    for entry in entries:
        roots[entry.head[:3]].add(entry.head.root)
    forks: dict[tuple[Site, str], int] = {}
    for origin, epoch, seq in sorted(place for place, found in roots.items() if len(found) > 1):
        forks.setdefault((origin, epoch), seq)
    return forks


@cache
def find_branches(entries: frozenset[Entry]) -> frozenset[tuple[Site, str]]:
    """Epochs that begin where another line of the same origin goes on too: the origin was restored from a backup."""
    epochs: dict[tuple[Site, Head | None], set[str]] = defaultdict(set)
    for entry in entries:
        epochs[entry.head.origin, entry.previous].add(entry.head.epoch)
    begun = (entry for entry in entries if entry.head.seq == 1)
    return frozenset(each.head[:2] for each in begun if len(epochs[each.head.origin, each.previous]) > 1)


@cache
def quarantined_heads(entries: frozenset[Entry]) -> frozenset[Head]:
    """Both sides of every fork, from the fork on, with all that was written after them."""
    forks, found = find_forks(entries), set[Head]()
    for head, entry in contiguous(entries).items():
        if head.seq >= forks.get(head[:2], head.seq + 1) or entry.previous in found:
            found.add(head)
    return frozenset(found)


def parked_heads(replica: Replica) -> frozenset[Head]:
    """What a closed site wrote beyond its last heads: kept and named, counted once a closing admits it."""
    admitted: dict[Site, set[Head]] = defaultdict(set)
    for closing in replica.closings:
        admitted[closing.origin] |= with_predecessors(replica.entries, closing.last)
    return frozenset(
        h for h in contiguous(replica.entries) if h.origin in admitted and h not in admitted[h.origin]
    )


def is_complete(replica: Replica, origin: Site) -> bool:
    """Whether the first synchronisation of an origin has reached its target."""
    return all(target.origin != origin for target in replica.targets)


def counted_facts(replica: Replica) -> list[tuple[Head, Fact]]:
    """The facts that answers are made of, in the total order of folding: the same at every site with the same set."""
    excluded = quarantined_heads(replica.entries) | parked_heads(replica)
    facts = dict(replica.payloads)
    counted = (
        (head, facts[head.root])
        for head in contiguous(replica.entries)
        if head.root in facts and head not in excluded and is_complete(replica, head.origin)
    )
    return sorted(counted, key=lambda each: (each[1].lamport, each[0]))


def append_fact(replica: Replica, text: str, key: str, new_epoch: str) -> Replica:
    """Record a fact. A process that has not written yet opens an epoch, which begins at the end of its own line."""
    epoch = replica.epoch or new_epoch
    fact = Fact(text, 1 + max((fact.lamport for _, fact in replica.payloads), default=0))
    entry = make_entry(key, replica.site, epoch, replica.own, digest(fact))
    return replica._replace(
        entries=replica.entries | {entry},
        payloads=replica.payloads | {(entry.head.root, fact)},
        own=entry.head,
        epoch=epoch,
    )


def issue_receipt(replica: Replica, now: int, key: str) -> Receipt:
    vector = version_vector(replica.entries, quarantined_heads(replica.entries))
    return Receipt(replica.site, now, vector, digest(key, now, tuple(sorted(vector))))


def signed_by(replica: Replica, issuer: Site) -> set[Head]:
    """What a neighbour's newest receipt covers of what is here, root for root."""
    signed = (head for receipt in replica.receipts if receipt.issuer == issuer for head in receipt.vector)
    return with_predecessors(replica.entries, signed)


def delivered_heads(replica: Replica) -> frozenset[Head]:
    """Own entries that the present parent has signed for; nothing else may be called delivered."""
    signed = signed_by(replica, replica.parent) - quarantined_heads(replica.entries)
    return frozenset(head for head in signed if head.origin == replica.site)


def lost_by(replica: Replica, peer: Site, vector: frozenset[Head]) -> frozenset[Head]:
    """Own entries that a neighbour signed for and no longer has: it was restored. Nothing is said where its vector has
    own heads that are unknown here, for then this site itself was restored or cloned."""
    own = frozenset(head for head in vector if head.origin == replica.site)
    signed = frozenset(head for head in signed_by(replica, peer) if head.origin == replica.site)
    return frozenset() if missing_heads(replica, own) else signed - with_predecessors(replica.entries, own)


def export_message(
    replica: Replica,
    receiver: frozenset[Head],
    wanted: frozenset[Head] | None = None,
    targets: frozenset[Head] = frozenset(),
    bare: frozenset[str] = frozenset(),
    visible: Callable[[Site, Fact], bool] = lambda origin, fact: True,
    scope: int = 0,
) -> Message:
    """What leads from the receiver's vector to ours, or to those of our heads that it wants. Its heads that are unknown
    here say nothing: it may be ahead, or on the other side of a fork. `bare`: roots of its stubs, to be filled."""
    held, facts = contiguous(replica.entries), dict(replica.payloads)
    kept_here = {replica.site} | {each.origin for each in replica.closings if each.custodian == replica.site}
    path = with_predecessors(replica.entries, held if wanted is None else wanted)
    entries = [held[head] for head in held if head in path - with_predecessors(replica.entries, receiver)]
    sent = bare | {entry.head.root for entry in entries}
    withheld = frozenset(h.root for h in held if h.root in facts and not visible(h.origin, facts[h.root]))
    complete = frozenset(
        head for head in version_vector(replica.entries) if is_complete(replica, head.origin)
    )
    return Message(
        entries=tuple(entries),
        payloads=tuple((root, facts[root]) for root in sorted((sent & facts.keys()) - withheld)),
        vector=replica.targets | complete,
        scope=scope,
        withheld=withheld if scope else frozenset(),  # a lower level sends less, and takes nothing away
        lost=frozenset(
            h
            for h in replica.lost | targets
            if h not in held and (h in replica.lost or h.origin in kept_here)
        ),
        closings=replica.closings,
    )


def judge_entry(entries: frozenset[Entry], entry: Entry, keys: Keys) -> Outcome:
    """The import rule for one entry."""
    if not is_genuine(entry, keys):
        return Outcome.INVALID
    if entry in entries:
        return Outcome.DUPLICATE
    if any(other.head[:3] == entry.head[:3] for other in entries):
        return Outcome.FORK
    if entry.previous is not None and entry.previous not in contiguous(entries):
        return Outcome.EARLY
    return Outcome.NEXT


def import_message(replica: Replica, message: Message, keys: Keys) -> tuple[Replica, Counter[Outcome]]:
    """All of a message, or nothing where one byte of it is not genuine. No entry is ever removed or replaced."""
    entries, outcomes = replica.entries, Counter[Outcome]()
    for entry in message.entries:
        outcomes[outcome := judge_entry(entries, entry, keys)] += 1
        if outcome is Outcome.INVALID:  # not even linked: a forged link could close a circle
            return replica, outcomes
        entries |= {entry}
    leaves = {entry.head.root: entry.leaf for entry in entries}
    if any(leaves.get(root) != digest(fact) for root, fact in message.payloads):
        return replica, Counter([Outcome.INVALID])
    imported = replica._replace(
        entries=entries,
        targets=_targets(replica, message).difference(contiguous(entries), message.lost),
        lost=replica.lost | message.lost,
        closings=replica.closings | message.closings,
    )
    if (
        message.scope == 0 or message.scope >= replica.scope
    ):  # what an older scope let through may be withheld now
        imported = _with_payloads(imported, message)
    return (keep_receipt(imported, message.receipt, keys) if message.receipt else imported), outcomes


def _with_payloads(replica: Replica, message: Message) -> Replica:
    withheld = message.withheld - {
        entry.head.root for entry in replica.entries if entry.head.origin == replica.site
    }
    kept = frozenset(
        (root, fact) for root, fact in (*replica.payloads, *message.payloads) if root not in withheld
    )
    return replica._replace(payloads=kept, scope=max(replica.scope, message.scope))


def _targets(replica: Replica, message: Message) -> frozenset[Head]:
    """Of an origin that is new here, all that the sender has of it now: until it is reached, or lost for good."""
    begun = {replica.site} | {head.origin for head in (*contiguous(replica.entries), *replica.targets)}
    return replica.targets | {head for head in message.vector if head.origin not in begun}


def keep_receipt(replica: Replica, receipt: Receipt, keys: Keys) -> Replica:
    """The newest receipt of each site; of one instant, that which covers more."""
    key = keys.get(receipt.issuer)
    if key is None or receipt.signature != digest(key, receipt.issued_at, tuple(sorted(receipt.vector))):
        return replica
    kept = {each.issuer: each for each in replica.receipts}
    if old := kept.get(receipt.issuer):
        covered = receipt.vector <= with_predecessors(replica.entries, old.vector)
        if old.issued_at > receipt.issued_at or (old.issued_at == receipt.issued_at and covered):
            return replica
    return replica._replace(receipts=frozenset({**kept, receipt.issuer: receipt}.values()))
