"""The tree of sites as the registry has it, for those who exchange."""

from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from msgspec.structs import replace

from services.sites.domain.tree import Registry
from services.sites.domain.trust import (
    clock_corrections,
    is_revoked,
    judge_log,
    present_keys,
    replaced_keys,
    signing_keys,
    stamp_judgements,
    to_heads,
    unrevoked_keys,
)
from services.sync.bundles.sealing import parse_box_key
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Verifier
from shared.replica.counting import Closing, LogJudgement
from shared.replica.runs import Head, LogId


class RegistryTree:
    """The tree of sites as a folded registry has it: a SiteTree."""

    def __init__(self, registry: Registry) -> None:
        self._registry, self._signing_keys = registry, signing_keys(registry)
        self._unrevoked_keys, self._judging_stamp = unrevoked_keys(registry), stamp_judgements(registry)
        revoked = (each.id for each in registry.sites.values() if any(map(is_revoked, each.replaced)))
        self._revoked = sorted(revoked, key=lambda site: (len(list(registry.ancestors(site))), site))

    def parent(self, site: str) -> str:
        return self._registry.parent_of(site)

    def parents(self, site: str) -> tuple[str, ...]:
        known = self._registry.sites.get(site)
        every = (self.parent(site), known.parent, *known.former_parents) if known else ()
        return tuple(dict.fromkeys(filter(None, every)))

    def address(self, site: str) -> str:
        return self._registry.sites[site].address if site in self._registry.sites else ""

    def is_below(self, site: str, above: str) -> bool:
        return self._registry.is_above(above, site)

    def has_moved(self, site: str) -> bool:
        known = self._registry.sites.get(site)
        return known is not None and (bool(known.former_parents) or known.parent != self.parent(site))

    def was_below(self, site: str, above: str) -> bool:
        return self._registry.was_above(above, site)

    def was_restored(self, site: str) -> bool:
        return site in self._registry.sites and bool(self._registry.sites[site].restorations)

    def custodian(self, site: str) -> str:
        return self._registry.custodian_of(site)

    def silent_days(self, site: str) -> int:
        return self._registry.sites[site].silent_days if site in self._registry.sites else 0

    def signing_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return self._signing_keys  # asked for with every chunk

    def present_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return present_keys(self._registry)

    def replaced_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return replaced_keys(self._registry)

    def unrevoked_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return self._unrevoked_keys

    def revoked_sites(self) -> Sequence[str]:
        return self._revoked  # asked for with every log of a message

    def judging_stamp(self) -> int:
        return self._judging_stamp

    def box_key(self, site: str) -> X25519PublicKey:
        return parse_box_key(self._registry.sites[site].box_key)

    def closings(self) -> tuple[Closing, ...]:
        return tuple(
            Closing(site.id, self.custodian(site.id), to_heads(site.id, each.last))
            for site in self._registry.sites.values()
            for each in site.closings
        )

    def clock_corrections(self) -> Mapping[str, Sequence[tuple[Instant, frozenset[Head]]]]:
        return clock_corrections(self._registry)

    def judge(self, log: LogId, receipted: Iterable[Head], signed_now: Iterable[Head]) -> LogJudgement:
        says = judge_log(self._registry, log, receipted, signed_now)
        return replace(says, closings=()) if log.topic == RECEIPTS else says  # it goes on exchanging
