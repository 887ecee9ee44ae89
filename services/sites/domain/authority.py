"""Who may say what about a site. Judged against the registry as folded so far, in total order: so the verdict is the
same at every site, whenever it hears of the fact."""

from typing import NamedTuple

from services.sites.domain.tree import Registry
from services.sites.events import (
    ClockCorrected,
    ClosingExtended,
    HomeMoved,
    ProposalDecided,
    SiteClosed,
    SiteFact,
    SiteKeyReplaced,
    SiteRegistered,
    SiteRehomed,
    SiteRestored,
)
from shared.core.facts import Recorded


class Objection(NamedTuple):
    """Why a fact of the registry does not count. `detail`: of `NoAuthority`, who may say it; else what is wrong."""

    rule: str
    detail: str


def find_objection(registry: Registry, event: Recorded[SiteFact]) -> Objection | None:
    """Why a fact does not count; None where it does."""
    return _breaks_tree(registry, event) or _lacks_authority(registry, event) or _is_closed(registry, event)


def _breaks_tree(registry: Registry, event: Recorded[SiteFact]) -> Objection | None:
    """What cannot be, whoever says it."""
    fact, stream = event.fact, event.stream
    site = registry.sites.get(stream)
    match fact:
        case HomeMoved():
            return None if fact.to in registry.sites else Objection("UnknownSite", fact.to)
        case ProposalDecided():
            return None
        case SiteRegistered():
            if site is not None:
                return Objection("SiteIdTaken", stream)
            if fact.parent and fact.parent not in registry.sites:
                return Objection("UnknownSite", fact.parent)
            return None
    if site is None:
        return Objection("UnknownSite", stream)
    match fact:
        case SiteRehomed():
            if fact.parent not in registry.sites:
                return Objection("UnknownSite", fact.parent)
            if fact.parent == stream or registry.is_above(stream, fact.parent):
                return Objection("CircularTree", f"{stream} → {fact.parent}")
            if registry.sites[fact.parent].closings:
                return Objection("ParentClosed", fact.parent)
        case SiteClosed():
            if stream == registry.root:
                return Objection("RootStays", stream)
            if site.closings:
                return Objection("AlreadyClosed", stream)
            if fact.custodian not in registry.sites or registry.sites[fact.custodian].closings:
                return Objection("UnknownSite", fact.custodian)
            if fact.custodian == stream:
                return Objection("OwnCustodian", stream)
        case ClosingExtended() if not site.closings:
            return Objection("NotClosed", stream)
    return None


def _is_closed(registry: Registry, event: Recorded[SiteFact]) -> Objection | None:
    """A closed site decides nothing any more, nor does whoever has its key."""
    is_closed = event.site in registry.sites and bool(registry.sites[event.site].closings)
    return Objection("SiteClosed", event.site) if is_closed else None


def _lacks_authority(registry: Registry, event: Recorded[SiteFact]) -> Objection | None:
    fact, stream, origin = event.fact, event.stream, event.site
    above = set(registry.ancestors(stream))
    match fact:
        case SiteRegistered() if not fact.parent:
            allowed = {stream} & {registry.root}
        case SiteRegistered():
            allowed = {fact.parent, *registry.ancestors(fact.parent)}
        case SiteRehomed():
            old = registry.sites[stream].parent
            allowed = {old, *registry.ancestors(old)} & {fact.parent, *registry.ancestors(fact.parent)}
        case SiteRestored():
            allowed = {stream}
        case SiteKeyReplaced() | ClockCorrected():
            allowed = {stream} | above
        case HomeMoved() | ProposalDecided():
            home = registry.home_of(stream)
            allowed = {home, *registry.ancestors(home)}
        case _:
            allowed = above or ({stream} & {registry.root})
    if origin in allowed:
        return None
    return Objection("NoAuthority", ", ".join(sorted(allowed - {""})))
