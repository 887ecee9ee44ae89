"""How far a site's own facts have come: recorded, sent, delivered. Delivered is what its parent has signed for, and
nothing else."""

from collections.abc import Iterable, Mapping

import msgspec

from services.sync.domain.heads import to_head
from services.sync.domain.receipts import IssuedReceipts, SyncEvent
from services.sync.events import BundleMade, HeldRange
from shared.replica.counting import LogJudgement
from shared.replica.coverage import Coverage, coverage_of, solid_coverage
from shared.replica.receipts import delivered_coverage
from shared.replica.runs import Head, LogRuns, RootReader


class OwnEntries(msgspec.Struct, frozen=True):
    """How many entries of its own logs a site has recorded, sent to its parent, and knows to be there."""

    recorded: int = 0
    """All of them; receipts are not counted."""
    sent: int = 0
    """Those that went out to the site above, by line or in a file."""
    delivered: int = 0
    """Those that the site above has signed for."""
    held: tuple[HeldRange, ...] = ()
    """What the parent has and does not count."""

    def __add__(self, other: "OwnEntries") -> "OwnEntries":
        return OwnEntries(
            self.recorded + other.recorded,
            self.sent + other.sent,
            self.delivered + other.delivered,
            tuple(sorted((*self.held, *other.held), key=_place)),
        )


def count_own_entries(
    log: LogRuns,
    parent: str,
    receipts: Mapping[str, IssuedReceipts],
    sent: Iterable[Head],
    says: LogJudgement,
    roots: RootReader,
) -> OwnEntries:
    """The count for one own log. `sent`: up to where it was sent to the parent, by line or by bundle. A site without a
    parent delivers nothing to anybody."""
    issued = receipts.get(parent)
    signed = [issued.receipt] if issued else []
    delivered = delivered_coverage(log, signed, parent, roots, says)
    given = coverage_of(log, sent, roots)
    reached = {run: max(given.get(run, 0), delivered.get(run, 0)) for run in {*given, *delivered}}
    held = issued.held_of(log.id) if issued else ()
    return OwnEntries(
        _count(solid_coverage(log)), _count(reached), _count(delivered), tuple(sorted(held, key=_place))
    )


def sent_by_bundle(events: Iterable[SyncEvent], site: str, to: str) -> frozenset[Head]:
    """Up to where the bundles that a site made for another lead."""
    return frozenset(
        to_head(head)
        for event in events
        if event.site == site and isinstance(event.fact, BundleMade) and to in event.fact.recipients
        for head in event.fact.heads
    )


def _count(coverage: Coverage) -> int:
    return sum(last - run.first + 1 for run, last in coverage.items())


def _place(held: HeldRange) -> tuple[str, str, str, int]:
    return held.origin, held.topic, held.epoch, held.first
