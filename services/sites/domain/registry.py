"""The registry as it stands: a fold over the `sites` facts of all sites, in total order, each with the authority that
its origin had by then. What was said without authority is kept as a finding and changes nothing."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from services.sites.domain.authority import find_objection
from services.sites.domain.tree import Closing, Registry, RegistryFinding, ReplacedKey, Scope, Site
from services.sites.events import (
    ClockCorrected,
    ClosingExtended,
    ForkSettled,
    HomeMoved,
    ProposalDecided,
    ScopeSet,
    SiteClosed,
    SiteFact,
    SiteKeyReplaced,
    SiteRegistered,
    SiteRehomed,
    SiteRestored,
)
from shared.core.facts import Corrected, Recorded
from shared.core.timeline import apply_corrections

SiteEvent = Recorded[SiteFact]


def fold_registry(
    events: Iterable[SiteEvent], root: str, first_origins: Mapping[str, str] | None = None
) -> Registry:
    """The registry after all these facts. `root`: id of the top of the tree, pinned when a site joins it.
    `first_origins`: of each subject, the site that first recorded something about it."""
    registry = Registry(root=root, homes=dict(first_origins or {}))
    for event in sorted(_corrected(events), key=total_order):
        objection = find_objection(registry, event)
        if objection is None:
            registry = _apply(registry, event)
        else:
            finding = RegistryFinding(event.event_id, event.site, event.stream, *objection)
            registry = replace(registry, findings=(*registry.findings, finding))
    return registry


def total_order(event: SiteEvent) -> tuple[int, str, str, int]:
    """The same at every site, each fact after all that its origin had seen; never by a clock."""
    return event.lamport, event.site, event.epoch, event.seq


def _corrected(events: Iterable[SiteEvent]) -> list[SiteEvent]:
    """The facts with corrections applied. Only the site that recorded a fact corrects it."""
    unique = {event.event_id: event for event in events}
    own = {
        event_id: event
        for event_id, event in unique.items()
        if not isinstance(event.fact, Corrected)
        or (event.fact.target in unique and unique[event.fact.target].site == event.site)
    }
    return apply_corrections(own)


def _apply(registry: Registry, event: SiteEvent) -> Registry:
    """The registry after one fact that counts."""
    fact, stream = event.fact, event.stream
    match fact:
        case HomeMoved():
            return replace(registry, homes={**registry.homes, stream: fact.to})
        case ProposalDecided():
            return replace(registry, proposals={**registry.proposals, fact.event: fact.accepted})
        case ForkSettled() if stream == registry.root and not _is_second_person(registry, event):
            return replace(registry, half_settled=(*registry.half_settled, (fact, event.actor)))
    site = registry.sites.get(stream)
    return replace(registry, sites={**registry.sites, stream: _change_site(site, event)})


def _is_second_person(registry: Registry, event: SiteEvent) -> bool:
    """A fork at the root has nobody above to settle it: two persons of the root say the same."""
    places = ("topic", "epoch", "seq", "keep")
    return any(
        actor != event.actor and all(getattr(fact, name) == getattr(event.fact, name) for name in places)
        for fact, actor in registry.half_settled
    )


def _change_site(site: Site | None, event: SiteEvent) -> Site:
    fact = event.fact
    if site is None:
        assert isinstance(fact, SiteRegistered)  # find_objection has seen to it
        return _new_site(event.stream, fact)
    match fact:
        case SiteKeyReplaced():
            old = ReplacedKey(site.key, fact.trusted, by_itself=event.site == site.id)
            return replace(site, key=fact.key, box_key=fact.box_key, replaced=(*site.replaced, old))
        case SiteRehomed():
            former = tuple(dict.fromkeys((*site.former_parents, site.parent)))
            return replace(site, parent=fact.parent, former_parents=former)
        case ScopeSet():
            return replace(site, scope=Scope(fact.units, fact.clearance, site.scope.revision + 1))
        case SiteClosed():
            return replace(site, closings=(Closing(fact.custodian, fact.last),))
        case ClosingExtended():
            return replace(site, closings=(*site.closings, Closing(site.custodian, fact.last)))
        case SiteRestored():
            return replace(site, lost=(*site.lost, *fact.lost), restorations=site.restorations + 1)
        case ForkSettled():
            return replace(site, settled=(*site.settled, fact))
        case ClockCorrected():
            return replace(site, clock=(*site.clock, (event.recorded_at, fact.until)))
    return site


def _new_site(site: str, fact: SiteRegistered) -> Site:
    return Site(
        id=site,
        name=fact.name,
        level=fact.level,
        key=fact.key,
        box_key=fact.box_key,
        parent=fact.parent,
        unit=fact.unit,
        address=fact.address,
        silent_days=fact.silent_days,
    )
