"""The registry of sites for whoever only reads it: judged as the replica judges it, without opening that."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path

from services.audit.sealing import load_trusted_keys
from services.bootstrap.registry_tree import RegistryTree
from services.bootstrap.services import replica_address
from services.bootstrap.tree_stores import open_replica_at
from services.sites.domain.registry import fold_registry
from services.sites.enrolment import read_facts
from services.sites.membership import KnownRegistry, load_registry
from services.sync.domain.receipts import fold_receipts
from services.sync.exchange.registry_judge import RegistryJudge
from services.sync.exchange.site_tree import RECEIPTS, REGISTRY
from services.sync.exchange.statements import read_counted_statements
from shared.eventlog.signed_notes import Signer
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Ledger


def find_store(ledger: Ledger) -> ReplicaStore | None:
    """What this site holds of others; None: it has exchanged nothing yet."""
    if isinstance(ledger, ClusterLedger):
        return ledger.foreign_store if ledger.has_foreign_events() else None
    foreign = ledger.foreign if isinstance(ledger, EmbeddedLedger) else None
    return foreign if isinstance(foreign, ReplicaStore) else None


def load_known_registry(
    ledger: Ledger, home: Path, site: str, signer: Signer, introduces: Iterable[bytes] = ()
) -> KnownRegistry:
    """The registry as this site knows it, and the facts that make it; what is forged is in neither. `introduces`: what
    the header of a bundle shows of it, which is read and not stored. Raises NotInTree and BadTicket."""
    log = ledger.logs[REGISTRY]
    earlier = [str(key) for key in load_trusted_keys(home, signer)]
    known = load_registry(home, site, signer, log, earlier)
    if find_store(ledger) is None:
        return known
    registry = known.registry

    def load_tree(foreign: Sequence[bytes], forged: Collection[bytes]) -> RegistryTree:
        nonlocal registry
        stored = dict.fromkeys([*known.stored, *foreign])
        registry = fold_registry(read_facts(each for each in stored if each not in forged), registry.root)
        return RegistryTree(registry)

    address = replica_address(home, ledger.database if isinstance(ledger, _HAVE_DATABASE) else "")
    with open_replica_at(address, home / "trees", site, {REGISTRY: log}, signer) as store:
        receipts = cache(  # there may be many, and only where a key was taken from a site are they asked for
            lambda: fold_receipts(read_counted_statements(ledger.logs[RECEIPTS], store))
        )
        judge = RegistryJudge(store, load_tree, lambda issuer: receipts().get(issuer))
        judge.reload()
        judge.take_introduced(introduces)
        stored = dict.fromkeys([*known.stored, *judge.read_facts()])
    return KnownRegistry(registry, [each for each in stored if each not in judge.forged])


_HAVE_DATABASE = (EmbeddedLedger, ClusterLedger)
