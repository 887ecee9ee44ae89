"""Sites and the tree that they form, as facts of the registry left them."""

from collections.abc import Iterator, Mapping

import msgspec

from services.sites.events import ForkSettled, LogHead, SiteLevel
from shared.core.facts import Confidentiality
from shared.core.partial_dates import Instant


class Scope(msgspec.Struct, frozen=True):
    """What flows down to a site."""

    units: tuple[str, ...] = ()
    clearance: Confidentiality = "INTERNAL"
    revision: int = 0


class ReplacedKey(msgspec.Struct, frozen=True):
    """A key that a site signed with before."""

    key: str
    trusted: tuple[LogHead, ...]
    by_itself: bool
    """Whether the site changed it; else an authority revoked it."""


class Closing(msgspec.Struct, frozen=True):
    """Up to where the logs of a closed site count."""

    custodian: str
    last: tuple[LogHead, ...]


class Site(msgspec.Struct, frozen=True):
    """A site as it stands."""

    id: str
    name: str
    level: SiteLevel
    key: str
    box_key: str
    parent: str = ""
    former_parents: tuple[str, ...] = ()
    """Below whom it was before."""
    unit: str = ""
    address: str = ""
    silent_days: int = 3
    scope: Scope = Scope()
    replaced: tuple[ReplacedKey, ...] = ()
    closings: tuple[Closing, ...] = ()
    """Empty: it is not closed."""
    lost: tuple[LogHead, ...] = ()
    restorations: int = 0
    settled: tuple[ForkSettled, ...] = ()
    clock: tuple[tuple[Instant, tuple[LogHead, ...]], ...] = ()
    """When its clock was corrected, and what carries a wrong time."""

    @property
    def custodian(self) -> str:
        """Who answers for its logs; empty: itself."""
        return self.closings[0].custodian if self.closings else ""


class RegistryFinding(msgspec.Struct, frozen=True):
    """A fact of the registry that does not count."""

    event_id: str
    origin: str
    stream: str
    rule: str
    """`NoAuthority`, or which rule of the tree it breaks."""
    detail: str


class Registry(msgspec.Struct, frozen=True):
    """All sites, by id."""

    root: str
    sites: Mapping[str, Site] = {}
    homes: Mapping[str, str] = {}
    """Of each subject, the site that decides about it: the one that recorded first, or the one it was moved to."""
    proposals: Mapping[str, bool] = {}
    """By event id, whether a proposed fact was accepted."""
    half_settled: tuple[tuple[ForkSettled, str], ...] = ()
    """Forks of the root that one person has settled: (what, who)."""
    findings: tuple[RegistryFinding, ...] = ()

    def ancestors(self, site: str) -> Iterator[str]:
        """The sites above, nearest first."""
        parent = self.sites[site].parent if site in self.sites else ""
        while parent in self.sites:
            yield parent
            parent = self.sites[parent].parent

    def is_above(self, upper: str, lower: str) -> bool:
        """Whether a site is above another."""
        return upper in self.ancestors(lower)

    def was_above(self, upper: str, lower: str) -> bool:
        """Whether a site was above another before that one, or one between them, was re-homed, and is not any more."""
        if upper == lower or self.is_above(upper, lower):
            return False
        return any(
            upper == former or self.is_above(upper, former)
            for each in (lower, *self.ancestors(lower))
            if each in self.sites
            for former in self.sites[each].former_parents
        )

    def parent_of(self, site: str) -> str:
        """The site that it exchanges with: the nearest above that is not closed. Empty: the top, or not registered."""
        return next((each for each in self.ancestors(site) if not self.sites[each].closings), "")

    def custodian_of(self, site: str) -> str:
        """Who answers for the logs of a site: itself, or once it is closed its custodian, which may be closed too."""
        seen = set[str]()
        while site in self.sites and self.sites[site].closings and site not in seen:
            seen.add(site)
            site = self.sites[site].custodian
        return site

    def subtree(self, site: str) -> list[str]:
        """A site and all below it, sorted."""
        return sorted(each for each in self.sites if each == site or self.is_above(site, each))

    def home_of(self, subject: str) -> str:
        """The site that decides about a subject; of a closed site, its custodian. Empty: nobody recorded anything."""
        return self.custodian_of(self.homes.get(subject, ""))
