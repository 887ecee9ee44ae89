"""What the registry says to the replica: which keys a site signs with, and what of its logs is accepted."""

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from services.sites.domain.tree import Registry, ReplacedKey, Site
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


def unrevoked_keys(registry: Registry) -> Mapping[str, tuple[Verifier, ...]]:
    """The keys of every site that nobody took from it: the present one, and those that it changed itself since the last
    that was revoked. All that such a key signed is believed."""
    return {site.id: tuple(map(Verifier.parse, _unrevoked(site))) for site in registry.sites.values()}


def _unrevoked(site: Site) -> list[str]:
    keys = [site.key]
    for old in reversed(site.replaced):
        if is_revoked(old):
            break
        keys.append(old.key)
    return keys


def is_revoked(old: ReplacedKey) -> bool:
    """Whether a replaced key is believed up to some place only."""
    return bool(old.trusted) or not old.by_itself


def judge_log(
    registry: Registry,
    log: LogId,
    receipted: Iterable[Head] = (),
    signed_now: Iterable[Head] = (),
) -> LogJudgement:
    """What the registry says about one log of a site that is in it.

    `receipted`: what the site's parent has signed for; a key that was revoked without saying how far it is believed is
    believed so far. `signed_now`: heads of checkpoints that are signed with a key that nobody took from the site.
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
    revoked = list(filter(is_revoked, site.replaced))
    if not revoked:
        return None
    signed_for = frozenset(receipted) if any(not old.trusted for old in revoked) else frozenset[Head]()
    trusted = frozenset(signed_now).union(*(to_heads(site.id, old.trusted) or signed_for for old in revoked))
    return frozenset(head for head in trusted if head.log == log)


def stamp_judgements(registry: Registry) -> int:
    """A number of 62 bits that changes with what the registry says about which entries count; 0 where that is
    nothing."""
    said = [
        (site.id, site.replaced, site.settled, site.closings)
        for _, site in sorted(registry.sites.items())
        if site.replaced or site.settled or site.closings
    ]
    return int.from_bytes(sha256(msgspec.json.encode(said)).digest()[:8], "big") >> 2 if said else 0


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
