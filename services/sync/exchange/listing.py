"""The bundles that a site made and applied, and how many entries of each log a site has."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from services.sync.domain.heads import to_head
from services.sync.events import BundleMade
from services.sync.exchange.site_replica import RECEIVED, SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.partial_dates import Instant
from shared.replica.coverage import coverage_of, is_covered, solid_coverage
from shared.replica.runs import Head
from shared.replica.store.exchange_state import MESSAGE


class NoSuchBundle(Exception):
    """This site made no bundle of that number for that recipient."""


class ListedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was made here, or came here as a file."""

    direction: Literal["out", "in"]
    site: str
    """Whom it is for, or who sent it."""
    number: int
    """Counts the bundles of the sender."""
    at: Instant
    """When it was made, by the clock of the sender."""
    sha256: str
    """Hash of the file that was made, in hexadecimal; of one that came, the hash of its content."""
    state: Literal["made", "delivered", "applied"]
    """`delivered`: the recipient has signed for all that it leads to."""


class LogCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries of a log a site has."""

    origin: str
    """Id of the site that recorded it."""
    topic: str
    """Name of the service."""
    entries: int
    """Entries that it has with everything before them."""


def list_bundles(replica: SiteReplica) -> list[ListedBundle]:
    """All of them, the latest last. Messages over the line are none."""
    came = [
        ListedBundle(
            direction="in",
            site=each.site,
            number=each.number,
            at=each.at,
            sha256=each.sha256,
            state="applied",
        )
        for each in replica.store.exchange.bundles(RECEIVED)
        if each.state != MESSAGE
    ]
    return sorted([*_list_made(replica), *came], key=lambda each: (each.at, each.direction, each.number))


def _list_made(replica: SiteReplica) -> Iterator[ListedBundle]:
    for event in replica.read_statements():
        if event.site != replica.site or not isinstance(made := event.fact, BundleMade):
            continue
        for recipient in made.recipients:
            signed = replica.heads_signed_for(recipient)
            arrived = all(_is_signed(replica, signed, to_head(head)) for head in made.heads)
            yield ListedBundle(
                direction="out",
                site=recipient,
                number=made.number,
                at=event.recorded_at,
                sha256=made.sha256,
                state="delivered" if arrived else "made",
            )


def _is_signed(replica: SiteReplica, signed: frozenset[Head], head: Head) -> bool:
    log, roots = replica.store.load_log(head.log), replica.store.root_reader(head.log)
    return is_covered(log, coverage_of(log, signed, roots), head, roots)


def find_bundle_heads(replica: SiteReplica, recipient: str, number: int) -> frozenset[Head]:
    """Where a bundle that was made for a site leads. Raises NoSuchBundle."""
    for event in replica.read_statements():
        made = event.fact
        if event.site == replica.site and isinstance(made, BundleMade) and made.number == number:
            if recipient not in made.recipients:
                break
            return frozenset(map(to_head, made.heads))
    raise NoSuchBundle(number)


def count_logs(replica: SiteReplica, site: str) -> list[LogCount]:
    """What a site has of each log: this one, as it is here; another, as it said last. Receipts are not counted."""
    signed = replica.heads_signed_for(site)
    counts = []
    for log in sorted(replica.store.logs()):
        if log.topic == RECEIPTS:
            continue
        runs = replica.store.load_log(log)
        covered = (
            solid_coverage(runs)
            if site == replica.site
            else coverage_of(runs, signed, replica.store.root_reader(log))
        )
        if entries := sum(last - run.first + 1 for run, last in covered.items()):
            counts.append(LogCount(origin=log.origin, topic=log.topic, entries=entries))
    return counts
