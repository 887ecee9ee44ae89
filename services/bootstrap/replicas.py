"""The replica of a site: opened with its ledger, and judged by the registry of sites."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services.audit.sealing import load_signing_key, load_trusted_keys
from services.audit.sealing.trees import LogTree
from services.bootstrap.closed_sites import close_logs
from services.bootstrap.registry_tree import RegistryTree
from services.bootstrap.services import LOCAL_TOPICS, replica_address
from services.bootstrap.tree_stores import share_ticket
from services.sites.box_keys import BOX_KEY_FILE, load_box_keys
from services.sites.domain.registry import fold_registry
from services.sites.enrolment import read_facts
from services.sites.events import LogHead, SiteRestored
from services.sites.membership import NotInTree, load_registry, load_ticket, read_own_facts
from services.sync.exchange.parent_worker import CallPlan, ParentWorker
from services.sync.exchange.receiving import record_receipt
from services.sync.exchange.site_exchange import SiteExchange
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import find_parent_address
from shared.commands.command_handler import Origin
from shared.core.clock import Clock
from shared.core.clock_guard import DAY_SECONDS
from shared.core.partial_dates import day_of, later
from shared.eventlog.signed_notes import encode_base64
from shared.operations.settings import Settings
from shared.replica.runs import Head
from shared.replica.store.own_log import OwnLog
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Ledger, SiteLedger

HANDOVERS = "handovers"
"""Folder in the home with a checkpoint of the registry's log for each replacement of the keys, signed with both."""
WAITING_DAYS = 30
"""So long what a site recorded that is not registered here is kept aside."""


class RestorationStatement:
    """Records that a site was restored, once for each time: what it learnt of itself from others."""

    def __init__(self, replica: SiteReplica) -> None:
        self._replica = replica

    def __call__(self, key: str, lost: frozenset[Head]) -> None:
        replica = self._replica
        app = replica.ledger.apps["sites"]
        is_closed = any(each.origin == replica.site for each in replica.tree.closings())
        if is_closed or app.log.has_command(key) or app.union.find_command(key):
            return  # a closed site records nothing more; its custodian answers for what it lost
        fact = SiteRestored(
            lost=tuple(
                LogHead(head.topic, head.epoch, head.seq, encode_base64(head.root)) for head in sorted(lost)
            ),
            reason="other sites hold entries that the backup lacks",
            effective_from=day_of(replica.clock()),
        )
        site = replica.site
        heard = max((event.lamport for event in read_facts(replica.read_registry())), default=0)
        origin = Origin(actor="site:sync", command_id=key, observed_lamport=heard)
        app.log.append(
            app.build_append_request(site, app.union.load_stream(site), [fact], origin, key.encode())
        )
        replica.ledger.project_recorded()


def has_site_keys(home: Path) -> bool:
    """Whether `cadre site init` made the keys of this home: only then it can belong to a tree."""
    return (home / BOX_KEY_FILE).exists()


def read_handovers(home: Path) -> list[str]:
    """The notes that a former key of this site signed together with the next one."""
    return [file.read_text(encoding="utf-8") for file in sorted((home / HANDOVERS).glob("*.note"))]


def create_replica(home: Path, database: str = "") -> None:
    """Make the store in which a site keeps what it holds of others, before its ledger is opened: beside its logs."""
    ReplicaStore(replica_address(home, database), {}).close()


@contextmanager
def open_site_replica(settings: Settings, ledger: SiteLedger, clock: Clock) -> Iterator[SiteReplica]:
    """What a site holds of all logs, over its open ledger; in a cluster too, the home has the keys and the trees of
    hashes. Raises NotInTree and BadTicket."""
    home, site = Path(settings.home), settings.site
    signer, log_of_sites = load_signing_key(home, site, settings.signing_key), ledger.logs["sites"]
    earlier = [str(key) for key in load_trusted_keys(home, signer)]
    known = load_registry(home, site, signer, log_of_sites, earlier)

    def load_tree(foreign: Sequence[bytes], forged: Collection[bytes]) -> RegistryTree:
        stored = dict.fromkeys([*known.stored, *foreign, *read_own_facts(log_of_sites)])
        registry = fold_registry(
            read_facts(each for each in stored if each not in forged), known.registry.root
        )
        close_logs(ledger, registry, site)
        return RegistryTree(registry)

    closed = ledger.close_timestamp()  # not asked for while facts of others come to count: then it waits

    def refresh_closed() -> None:
        nonlocal closed
        closed = ledger.close_timestamp()

    with ExitStack() as opened:
        own = []
        shared_logs = {name: log for name, log in ledger.logs.items() if name not in LOCAL_TOPICS}
        for name, log in shared_logs.items():
            tree = LogTree(home / "trees" / f"{name}.tree")
            opened.callback(tree.close)
            own.append(OwnLog(log, tree, signer, lambda: closed))
        topics = {name: log.topic for name, log in shared_logs.items()}
        if isinstance(ledger, ClusterLedger):  # `cadre migrate` has made its tables
            store = ReplicaStore(ledger.database, topics, own, create=False)
            share_ticket(store, load_ticket(home, site, signer, earlier))
        else:
            store = ReplicaStore(replica_address(home, settings.database), topics, own)
        opened.callback(store.close)
        replica = SiteReplica(
            site, ledger, store, load_tree, signer, load_box_keys(home), clock, refresh_closed
        )
        replica.state_restored = RestorationStatement(replica)
        replica.read_handovers = lambda: read_handovers(home)
        arrival = replica.arrival()
        if store.inspect_again(arrival):  # an update of this program reads what the one before could not
            with ledger.import_alone():
                record_receipt(replica, site, f"line:{site}")
        store.drop_waiting(later(arrival.received_at, -WAITING_DAYS * DAY_SECONDS * 1_000_000))
        opened.callback(replica.store_contacts)
        yield replica


@contextmanager
def open_site_exchange(settings: Settings, ledger: Ledger, clock: Clock) -> Iterator[SiteExchange | None]:
    """The exchange of a site whose ledger is served; None where it belongs to no tree, or may only be read."""
    if not isinstance(ledger, EmbeddedLedger | ClusterLedger) or not has_site_keys(settings.home):
        yield None
        return
    if isinstance(ledger, EmbeddedLedger) and not ledger.writes:
        yield None
        return
    site = settings.site
    with ExitStack() as opened:
        try:
            replica = opened.enter_context(open_site_replica(settings, ledger, clock))
        except NotInTree:
            yield None
            return
        exchange = SiteExchange(replica)
        opened.callback(exchange.close)
        if settings.sync_every:
            plan = CallPlan(settings.sync_every, settings.sync_pause)
            worker = ParentWorker(
                exchange,
                lambda _: find_parent_address(replica.tree, site, settings.parent_address),
                plan,
            )
            opened.callback(worker.close)
        yield exchange
