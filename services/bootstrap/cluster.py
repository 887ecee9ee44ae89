"""A cluster's settings, and its ledger put together from the registry of services."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from services.bootstrap import db_roles
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from shared.core.clock import Clock, system_clock
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.eventlog.recorders.postgres import PostgresRelayOffset
from shared.runtime.cluster import ClusterLedger


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Where a cluster's processes find each other: `postgresql://…`, Kafka's `host:port`, and the site's name."""

    database: str
    kafka: str
    site: str


SETTINGS = ("CADRE_DATABASE", "CADRE_KAFKA", "CADRE_SITE")


def from_environment(env: Mapping[str, str]) -> ClusterSettings:
    """ValueError names what is not set; OSError when CADRE_PASSWORD names a file that cannot be read."""
    missing = [name for name in SETTINGS if not env.get(name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} not set")
    database, kafka, site = (env[name] for name in SETTINGS)
    if path := env.get("CADRE_PASSWORD"):
        database = _with_password(database, Path(path).read_text(encoding="utf-8").strip())
    return ClusterSettings(database=database, kafka=kafka, site=site)


def _with_password(database: str, password: str) -> str:
    parts = urlsplit(database)
    user, _, offset = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{offset}"))


def open_cluster_ledger(settings: ClusterSettings, clock: Clock = system_clock) -> ClusterLedger:
    """This process as one of the cluster's. Connections are opened when they are needed."""
    return ClusterLedger(SERVICES, PROJECTIONS, settings.database, settings.kafka, settings.site, clock)


def migrate(cluster: ClusterSettings, passwords: Mapping[str, str] | None = None) -> None:
    """Schemas, tables, topics, and with `passwords` the roles: once, by one process, before the others start.

    Repeating it changes nothing.
    """
    from shared.messaging.kafka import create_topics

    PostgresKeyStore.create(cluster.database)
    node = open_cluster_ledger(cluster)
    for log in node.logs.values():
        log.storage.create()
    node.tables.create()
    node.close()
    if passwords is not None:
        db_roles.create_roles(cluster.database, passwords)
    create_topics(cluster.kafka, list(SERVICES))


def open_relay_offset(database: str, topic: str, take_over: bool = False) -> PostgresRelayOffset:
    """How far the relay of a topic has come. Fenced while another process holds it."""
    return PostgresRelayOffset(database, topic, f"relay/{topic}", take_over)
