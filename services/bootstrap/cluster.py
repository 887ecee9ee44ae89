"""A cluster's settings, and its ledger put together from the registry of services."""

import logging
from collections.abc import Mapping

from services.bootstrap import db_roles
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.identity.credentials.tables import open_tables
from services.importing.line_store import open_line_store
from shared.core.clock import Clock, SimulatedClock, system_clock
from shared.core.clock_guard import DAY_SECONDS, ClockGuard
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.eventlog.recorders.postgres import PostgresRelayOffset
from shared.operations.settings import ClusterSettings
from shared.replica.store.database import open_database
from shared.runtime.cluster import ClusterLedger

log = logging.getLogger(__name__)


def open_cluster_ledger(settings: ClusterSettings, clock: Clock = system_clock) -> ClusterLedger:
    """The ledger as a process of a cluster sees it. Connections are opened when they are needed."""
    guard = ClockGuard(
        clock,
        settings.clock_jump,
        settings.clock_gap * DAY_SECONDS,
        accepted=lambda: ledger.timestamps.read_accepted(),
    )
    ledger = ClusterLedger(
        SERVICES,
        PROJECTIONS,
        settings.database,
        settings.kafka,
        settings.site,
        clock,
        None if isinstance(clock, SimulatedClock) else guard,
    )
    return ledger


def migrate(cluster: ClusterSettings, passwords: Mapping[str, str] | None = None) -> None:
    """Create schemas, tables, topics, and with `passwords` the roles: once, by one process, before the others start.

    Repeating it changes nothing.
    """
    from shared.messaging.kafka import create_topics

    create_stores(cluster, passwords)
    create_topics(cluster.kafka, list(SERVICES))


def create_stores(cluster: ClusterSettings, passwords: Mapping[str, str] | None = None) -> None:
    """What of this is in the database."""
    PostgresKeyStore.create(cluster.database, cluster.site)
    node = open_cluster_ledger(cluster)
    for event_log in node.logs.values():
        event_log.storage.create()
    if outdated := node.tables.create():
        log.warning("run `cadre rebuild`: another version made the rows of %s", ", ".join(outdated))
    open_line_store(node.tables)
    node.close()
    open_database(
        cluster.database
    ).close()  # the replica: what this site holds of others, once it belongs to a tree
    if credentials := open_tables(cluster.database, create=True):
        credentials.dispose()
    if passwords is not None:
        db_roles.create_roles(cluster.database, passwords)


def open_relay_offset(database: str, topic: str, take_over: bool = False) -> PostgresRelayOffset:
    """The offset of the relay of a topic. Raises Fenced while another process holds it."""
    return PostgresRelayOffset(database, topic, f"relay/{topic}", take_over)
