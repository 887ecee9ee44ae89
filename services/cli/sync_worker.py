"""`cadre sync-worker`: the process of a cluster that calls the site above."""

import logging
from contextlib import closing
from threading import Event

from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.observability import observe_process, observe_sync_worker
from services.bootstrap.replicas import open_site_exchange
from services.cli.cluster import MetricsPort, read_cluster_settings, stop_on_signals
from services.cli.errors import fail
from services.cli.site_registry import explain_no_tree
from shared.core.clock import system_clock
from shared.core.errors import StoreUnavailable
from shared.messaging.backoff import Backoff
from shared.operations.settings import ClusterSettings, Settings, SettingsError, load, variable
from shared.runtime.cluster import UNAVAILABLE, ClusterLedger
from shared.runtime.cluster_foreign import WORKER_LOCK, hold_lock

JOIN_SECONDS = 5.0
"""How often it is looked whether the site has joined a tree."""
log = logging.getLogger(__name__)


def run_sync_worker(metrics_port: MetricsPort = "") -> None:
    """Exchange with the site above, from time to time and after every write, until stopped."""
    cluster, stop, backoff = read_cluster_settings(metrics_port), stop_on_signals(), Backoff()
    settings = load_site_settings(cluster)
    with (
        observe_process("sync-worker", cluster.metrics) as observed,
        closing(open_cluster_ledger(cluster)) as node,
    ):
        observe_sync_worker(node, observed)
        while not stop.is_set():
            try:
                with hold_lock(cluster.database, WORKER_LOCK, "another process calls the site above"):
                    backoff.reset()
                    _exchange(settings, node, stop)
            except (StoreUnavailable, *UNAVAILABLE) as error:
                log.warning("the exchange with other sites waits: %s", error)
                backoff.wait(stop)


def _exchange(settings: Settings, node: ClusterLedger, stop: Event) -> None:
    """Exchange once the site belongs to a tree, until stopped."""
    while not stop.is_set():
        with explain_no_tree(settings.home), open_site_exchange(settings, node, system_clock) as exchange:
            stop.wait() if exchange else stop.wait(JOIN_SECONDS)


def load_site_settings(cluster: ClusterSettings) -> Settings:
    """The settings of the home with the keys of this site. Ends the command where there is none."""
    if cluster.home is None:
        fail(
            "{name} is not set in the environment",
            "it names the folder with the keys of this site, the same for all commands that concern other sites",
            name=variable("home"),
        )
    try:
        settings = load(cluster.home)
    except SettingsError as error:
        fail(str(error), error.remedy)
    if settings.site != cluster.site:
        fail(
            "the home {home} is of the site {other}, this cluster is {site}",
            "name the home of this cluster with CADRE_HOME",
            home=settings.home,
            other=settings.site,
            site=cluster.site,
        )
    return settings
