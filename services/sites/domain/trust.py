"""What the registry says to the replica: which keys a site signs with, and what of its logs is accepted."""

import base64
from collections.abc import Iterable, Mapping

from services.sites.domain.tree import Registry, Site
from services.sites.events import LogHead
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Verifier
from shared.replica.counting import Closing, LogJudgement
from shared.replica.parted_lines import Settlement
from shared.replica.runs import Head, LogId


def signing_keys(registry: Registry) -> Mapping[str, tuple[Verifier, ...]]:
    """The keys of every site: the present one, and those before it, which may be trusted up to some place only."""
    return {
        site.id: tuple(Verifier.parse(key) for key in (site.key, *(old.key for old in site.replaced)))
        for site in registry.sites.values()
    }


def present_keys(registry: Registry) -> Mapping[str, tuple[Verifier, ...]]:
    """The key that every site signs with now: what is made today is signed with it."""
    return {site.id: (Verifier.parse(site.key),) for site in registry.sites.values()}


def replaced_keys(registry: Registry) -> Mapping[str, tuple[Verifier, ...]]:
    """The keys that sites signed with before."""
    return {
        site.id: tuple(Verifier.parse(old.key) for old in site.replaced) for site in registry.sites.values()
    }


def judge_log(
    registry: Registry,
    log: LogId,
    receipted: Iterable[Head] = (),
    signed_now: Iterable[Head] = (),
) -> LogJudgement:
    """What the registry says about one log of a site that is in it.

    `receipted`: what the site's parent has signed for; a key that was revoked without saying how far it is believed is
    believed so far. `signed_now`: heads of checkpoints that are signed with the present key.
    """
    site = registry.sites[log.origin]
    settled = tuple(
        Settlement(each.epoch, each.seq, frozenset(base64.b64decode(root) for root in each.keep))
        for each in site.settled
        if each.topic == log.topic
    )
    closings = tuple(Closing(site.id, each.custodian, to_heads(site.id, each.last)) for each in site.closings)
    return LogJudgement(settled, closings, _trusted(site, log, receipted, signed_now))


def _trusted(
    site: Site, log: LogId, receipted: Iterable[Head], signed_now: Iterable[Head]
) -> frozenset[Head] | None:
    """How far the keys of a site are believed; None where no key was taken from it."""
    revoked = [old for old in site.replaced if old.trusted or not old.by_itself]
    if not revoked:
        return None
    signed_for = frozenset(receipted)
    trusted = frozenset(signed_now).union(*(to_heads(site.id, old.trusted) or signed_for for old in revoked))
    return frozenset(head for head in trusted if head.log == log)


def clock_corrections(registry: Registry) -> Mapping[str, list[tuple[Instant, frozenset[Head]]]]:
    """Of each site whose clock was ahead: when that was corrected, and up to where entries carry a wrong time."""
    return {
        site.id: [(since, to_heads(site.id, until)) for since, until in site.clock]
        for site in registry.sites.values()
        if site.clock
    }


def to_heads(origin: str, heads: Iterable[LogHead]) -> frozenset[Head]:
    """Heads as the replica has them."""
    return frozenset(
        Head(origin, each.topic, each.epoch, each.seq, base64.b64decode(each.root)) for each in heads
    )
