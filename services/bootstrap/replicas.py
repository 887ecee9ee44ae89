"""The replica of a site: opened with its ledger, and judged by the registry of sites."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.audit.sealing import load_signing_key, load_trusted_keys
from services.audit.sealing.trees import LogTree
from services.sites.box_keys import load_box_keys
from services.sites.domain.registry import fold_registry
from services.sites.domain.tree import Registry
from services.sites.domain.trust import (
    clock_corrections,
    judge_log,
    present_keys,
    replaced_keys,
    signing_keys,
    to_heads,
)
from services.sites.enrolment import read_facts
from services.sites.membership import load_registry
from services.sync.bundles.sealing import parse_box_key
from services.sync.exchange.site_replica import SiteReplica
from shared.core.clock import Clock
from shared.core.clock_guard import DAY_SECONDS
from shared.core.partial_dates import Instant, later
from shared.eventlog.signed_notes import Verifier
from shared.operations.settings import Settings
from shared.replica.counting import Closing, LogJudgement
from shared.replica.runs import Head, LogId
from shared.replica.store import REPLICA_FILE
from shared.replica.store.own_log import OwnLog
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger

WAITING_DAYS = 30
"""So long what a site recorded that is not registered here is kept aside."""


class RegistryTree:
    """The tree of sites as a folded registry has it: a SiteTree."""

    def __init__(self, registry: Registry) -> None:
        self._registry, self._signing_keys = registry, signing_keys(registry)

    def parent(self, site: str) -> str:
        return self._registry.sites[site].parent if site in self._registry.sites else ""

    def is_below(self, site: str, above: str) -> bool:
        return self._registry.is_above(above, site)

    def silent_days(self, site: str) -> int:
        return self._registry.sites[site].silent_days if site in self._registry.sites else 0

    def signing_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return self._signing_keys  # asked for with every chunk

    def present_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return present_keys(self._registry)

    def replaced_keys(self) -> Mapping[str, tuple[Verifier, ...]]:
        return replaced_keys(self._registry)

    def box_key(self, site: str) -> X25519PublicKey:
        return parse_box_key(self._registry.sites[site].box_key)

    def closings(self) -> tuple[Closing, ...]:
        return tuple(
            Closing(site.id, each.custodian, to_heads(site.id, each.last))
            for site in self._registry.sites.values()
            for each in site.closings
        )

    def clock_corrections(self) -> Mapping[str, Sequence[tuple[Instant, frozenset[Head]]]]:
        return clock_corrections(self._registry)

    def judge(self, log: LogId, receipted: Iterable[Head], signed_now: Iterable[Head]) -> LogJudgement:
        return judge_log(self._registry, log, receipted, signed_now)


def create_replica(home: Path) -> None:
    """Make the store in which a site keeps what it holds of others, before its ledger is opened."""
    ReplicaStore(home / REPLICA_FILE, {}).close()


@contextmanager
def open_site_replica(settings: Settings, ledger: EmbeddedLedger, clock: Clock) -> Iterator[SiteReplica]:
    """What a site holds of all logs, over its open ledger. Raises NotInTree and BadTicket."""
    home, site = Path(settings.home), settings.site
    signer = load_signing_key(home, site, settings.signing_key)
    earlier = [str(key) for key in load_trusted_keys(home, signer)]
    known = load_registry(home, site, signer, ledger.logs["sites"], earlier)

    def load_tree(foreign: Sequence[bytes]) -> RegistryTree:
        return RegistryTree(
            fold_registry(read_facts(dict.fromkeys([*known.stored, *foreign])), known.registry.root)
        )

    closed = ledger.watermark()  # asked once: while facts of others come to count, it waits
    with ExitStack() as opened:
        own = []
        for name, log in ledger.logs.items():
            tree = LogTree(home / "trees" / f"{name}.tree")
            opened.callback(tree.close)
            own.append(OwnLog(log, tree, signer, lambda: closed))
        topics = {name: log.topic for name, log in ledger.logs.items()}
        store = ReplicaStore(home / REPLICA_FILE, topics, own)
        opened.callback(store.close)
        replica = SiteReplica(site, ledger, store, load_tree, signer, load_box_keys(home), clock)
        arrival = replica.arrival()
        store.inspect_again(arrival)  # an update of this program may read what it could not before
        store.drop_waiting(later(arrival.received_at, -WAITING_DAYS * DAY_SECONDS * 1_000_000))
        yield replica
