"""What each site has stated last: its receipts, what it keeps in quarantine, and which erasures it has confirmed.

Folds over the `sync` facts of all sites, the same from the same facts in whatever order they came. What was stated is
not taken back: corrections of it change nothing, a later statement does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec.structs import replace

from services.sync.domain.heads import digest_heads, to_head
from services.sync.events import (
    ErasureConfirmed,
    FirstSyncAccepted,
    HeldRange,
    Quarantined,
    Received,
    SyncFact,
)
from shared.core.facts import Recorded
from shared.core.partial_dates import Instant
from shared.replica.receipts import Receipt
from shared.replica.runs import Head, LogId

SyncEvent = Recorded[SyncFact]


class LogReceipt(msgspec.Struct, frozen=True, gc=False):
    """The newest statement of a site about one log."""

    issued_at: Instant
    heads: frozenset[Head] = frozenset()
    held: frozenset[HeldRange] = frozenset()
    lamport: int = 0

    @property
    def order(self) -> tuple[int, Instant]:
        """Of two the larger counts: a clock that was ahead before its site was restored says nothing."""
        return self.lamport, self.issued_at


class IssuedReceipts(msgspec.Struct, frozen=True, gc=False):
    """The newest statements of one site."""

    issuer: str
    by_log: Mapping[LogId, LogReceipt]
    last: str
    """Event id of its newest receipt."""
    last_at: Instant = Instant("")
    """When that was recorded."""
    last_lamport: int = 0

    @property
    def receipt(self) -> Receipt:
        """All that it states, as of its newest receipt."""
        issued_at = max(self.by_log.values(), key=lambda each: each.order).issued_at
        heads = frozenset(head for each in self.by_log.values() for head in each.heads)
        return Receipt(self.issuer, issued_at, heads)

    def receipt_of(self, wanted: Callable[[LogId], bool]) -> Receipt | None:
        """What it states about some logs, as of the newest receipt about any of them; None where there is none."""
        by_log = {log: said for log, said in self.by_log.items() if wanted(log)}
        return IssuedReceipts(self.issuer, by_log, "").receipt if by_log else None

    def held_of(self, log: LogId) -> frozenset[HeldRange]:
        """What it has of a log and does not count."""
        return self.by_log[log].held if log in self.by_log else frozenset()


def fold_receipts(
    events: Iterable[SyncEvent], before: Callable[[str], IssuedReceipts | None] = lambda issuer: None
) -> dict[str, IssuedReceipts]:
    """The newest receipts of every site that these events name, by its id. A receipt speaks about the logs it names;
    of two about one log the later one counts, by Lamport number and then by the issuer's own clock, however they
    arrived. Two of one number and instant, which only a cloned site signs, count together. `before`: what earlier
    events gave of a site; events that are in it already change nothing."""
    found: dict[str, dict[LogId, LogReceipt]] = {}
    last: dict[str, tuple[int, Instant, str]] = {}
    for event in events:
        if isinstance(event.fact, Received):
            if event.site not in found:
                earlier = before(event.site)
                found[event.site] = dict(earlier.by_log) if earlier else {}
                if earlier:
                    last[event.site] = earlier.last_lamport, earlier.last_at, earlier.last
            logs = found[event.site]
            for log, new in _read_receipt(event, event.fact).items():
                logs[log] = _newer(logs.get(log), new)
            stamp = (event.lamport, event.recorded_at, event.event_id)
            last[event.site] = max(stamp, last.get(event.site, stamp))
    return {
        issuer: IssuedReceipts(issuer, logs, event_id, recorded_at, lamport)
        for issuer, logs in found.items()
        if logs
        for lamport, recorded_at, event_id in [last[issuer]]
    }


def read_note(receipt: Receipt) -> IssuedReceipts:
    """A receipt that came as a signed note: it speaks about all logs of which it names a head."""
    heads = defaultdict[LogId, set[Head]](set)
    for head in receipt.heads:
        heads[head.log].add(head)
    by_log = {log: LogReceipt(receipt.issued_at, frozenset(found)) for log, found in heads.items()}
    return IssuedReceipts(receipt.issuer, by_log, "")


def _read_receipt(event: SyncEvent, fact: Received) -> dict[LogId, LogReceipt]:
    """What a receipt says about each log that it names."""
    heads, held = defaultdict[LogId, set[Head]](set), defaultdict[LogId, set[HeldRange]](set)
    for head in fact.heads:
        heads[LogId(head.origin, head.topic)].add(to_head(head))
    for each in fact.held:
        held[LogId(each.origin, each.topic)].add(each)
    return {
        log: LogReceipt(event.recorded_at, frozenset(heads[log]), frozenset(held[log]), event.lamport)
        for log in {*heads, *held}
    }


def _newer(old: LogReceipt | None, new: LogReceipt) -> LogReceipt:
    if old is None or old.order < new.order:
        return new
    if old.order > new.order:
        return old
    return replace(old, heads=old.heads | new.heads, held=old.held | new.held)


def receipt_key(heads: Iterable[Head], after: str, sender: str) -> str:
    """The idempotency key of a receipt: of these heads, after the receipt with this event id. A receipt that was to be
    recorded when a process died is recorded once; the same heads may be receipted again later, and by a site that was
    restored also when another sender brings them."""
    return f"receipt:{digest_heads(heads)}:{after}:{sender}"


def fold_quarantines(events: Iterable[SyncEvent]) -> dict[str, dict[tuple[LogId, str, int], Instant]]:
    """By site, since when it keeps what is from a place (log, epoch, seq) on in quarantine."""
    found: dict[str, dict[tuple[LogId, str, int], Instant]] = {}
    for event in events:
        if isinstance(fact := event.fact, Quarantined):
            place = (LogId(fact.origin, fact.topic), fact.epoch, fact.seq)
            places = found.setdefault(event.site, {})
            places[place] = min(event.recorded_at, places.get(place, event.recorded_at))
    return found


def fold_confirmations(events: Iterable[SyncEvent]) -> dict[str, dict[str, Instant]]:
    """By event id of an erasure, the sites that have confirmed it, and when first."""
    found: dict[str, dict[str, Instant]] = {}
    for event in events:
        if isinstance(fact := event.fact, ErasureConfirmed):
            sites = found.setdefault(fact.event, {})
            sites[event.site] = min(event.recorded_at, sites.get(event.site, event.recorded_at))
    return found


def accepted_targets(events: Iterable[SyncEvent], site: str) -> frozenset[Head]:
    """The heads that a site waits for no longer, because a person there decided to show what there is."""
    return frozenset(
        to_head(head)
        for event in events
        if event.site == site and isinstance(event.fact, FirstSyncAccepted)
        for head in event.fact.missing
    )
