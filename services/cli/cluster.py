"""`cadre migrate`, `serve`, `relay` and `worker`: the processes of a cluster. Settings come from the environment."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from services.bootstrap.access_control import open_control
from services.bootstrap.cluster import migrate as migrate_stores
from services.bootstrap.cluster import open_cluster_ledger, open_relay_offset
from services.bootstrap.http_app import create_http_app, serve_http
from services.bootstrap.identity import open_identity
from services.bootstrap.observability import (
    Observation,
    observe_process,
    observe_reactions,
    observe_relay,
    observe_worker,
)
from services.bootstrap.services import SERVICES
from services.cli.demo_accounts import fail_of_published_secrets
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.sign_in_services import read_sign_in_services
from services.demo.demonstration import demonstration_tour
from services.identity.access.published_secrets import find_published_secrets
from shared.core.clock import system_clock
from shared.core.errors import Fenced
from shared.eventlog.recorders.postgres import UnsafeSettings
from shared.http.auth import BearerTokens, WeakToken
from shared.http.browser_guard import BrowserGuard
from shared.messaging.backoff import Backoff
from shared.operations.instrumentation import MeasuredInbox
from shared.operations.settings import ClusterSettings, SettingsError, from_environment, parse_hosts
from shared.runtime.cluster import UNAVAILABLE, ClusterLedger

if TYPE_CHECKING:
    from services.sync.exchange.site_exchange import SiteExchange

TAKE_OVER_INTERVAL = 0.5
"""Seconds between tries to take over from another relay."""
CHECK_INTERVAL = 2.0
"""Seconds between checks of who holds the relay offsets and whether the topics are still the same."""
log = logging.getLogger(__name__)

MetricsPort = Annotated[
    str,
    typer.Option(
        "--metrics-port",
        help="HOST:PORT, or a port, of /health, /ready and /metrics for operators; else CADRE_METRICS.",
    ),
]


def read_cluster_settings(metrics: str = "") -> ClusterSettings:
    """From the environment; `metrics` of the options wins over CADRE_METRICS. Ends the command where one is missing."""
    try:
        return from_environment(os.environ | {"CADRE_METRICS": metrics} if metrics else os.environ)
    except SettingsError as error:
        fail(str(error), error.remedy)


def migrate() -> None:
    """Make schemas, tables, topics, and the database roles whose passwords CADRE_ROLES holds."""
    settings = read_cluster_settings()
    try:
        passwords = _read_passwords(settings.roles) if settings.roles else None
    except (OSError, UnicodeDecodeError) as error:
        fail(
            "CADRE_ROLES: {error}",
            "CADRE_ROLES names a folder with one file per role, which holds its password",
            error=error,
        )
    try:
        migrate_stores(settings, passwords)
    except (ValueError, UnsafeSettings) as error:
        fail(str(error), "CADRE_ROLES names a folder with one file per role, which holds its password")
    Console(stderr=True).print(translate("ready"))


def _read_passwords(folder: Path) -> dict[str, str]:
    """By role: the name of a file is the role, its text the password."""
    files = (path for path in folder.iterdir() if path.is_file())
    return {path.name: path.read_text(encoding="utf-8").strip() for path in files}


def serve(
    names: Annotated[list[str] | None, typer.Argument(help="Which services; all without a name.")] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    metrics_port: MetricsPort = "",
) -> None:
    """Serve HTTP for some services, and run their reactions to events of others."""
    known = [*SERVICES, "chronicle", "portal"]
    if unknown := sorted(set(names or ()) - {*known}):
        fail(
            "no service is called {names}",
            "there are {known}",
            names=", ".join(unknown),
            known=", ".join(known),
        )
    settings = read_cluster_settings(metrics_port)
    if settings.tokens is None:
        fail(
            "{name} is not set in the environment",
            'name a file with {{"read": "…", "write": "…"}}, each of 32 characters or more',
            name="CADRE_TOKENS",
        )
    try:
        tokens = BearerTokens.read_file(settings.tokens)
    except (OSError, ValueError, WeakToken) as error:
        fail(
            "CADRE_TOKENS: {error}",
            'name a file with {{"read": "…", "write": "…"}}, each of 32 characters or more',
            error=error,
        )
    providers = read_sign_in_services(settings.oidc)
    node, stop = open_cluster_ledger(settings), Event()
    with observe_process("serve", settings.metrics) as observed, ExitStack() as opened:
        observe_reactions(node, names or list(SERVICES), observed)
        reactions = Thread(target=_run_reactions, args=(node, stop, names or list(SERVICES)))
        reactions.start()
        opened.callback(stop.set)  # also where this process does not get as far as serving
        tour = demonstration_tour(node)
        guard = BrowserGuard(hosts=parse_hosts(settings.hosts))
        exchange = opened.enter_context(_open_exchange(settings, node, names))
        keeps = not names or "identity" in names
        stored = opened.enter_context(open_identity(node, system_clock, keeps=keeps))
        if keeps and stored and (published := find_published_secrets(stored.administration, {})):
            fail_of_published_secrets(published)
        identity, control = opened.enter_context(open_control(node, stored, system_clock, providers, keeps))
        app = create_http_app(
            node,
            tokens=tokens,
            names=names,
            observed=observed,
            tour=tour,
            guard=guard,
            exchange=exchange,
            identity=identity,
            control=control,
        )
        serve_http(app, host, port)
        opened.close()
        stop.set()
        reactions.join()
        node.close()


@contextmanager
def _open_exchange(
    settings: ClusterSettings, node: ClusterLedger, names: list[str] | None
) -> Iterator["SiteExchange | None"]:
    """What answers the calls of other sites, where this process serves that and has the keys of this site; `cadre
    sync-worker` calls."""
    if settings.home is None or (names and "sync" not in names):
        yield None
        return
    from services.bootstrap.replicas import open_site_exchange
    from services.cli.sync_worker import load_site_settings

    site = load_site_settings(settings).model_copy(update={"sync_every": 0})
    with open_site_exchange(site, node, system_clock) as exchange:
        if exchange is None:
            log.warning(
                "this site belongs to no tree yet: calls of others are refused until this process starts anew"
            )
        yield exchange


def _run_reactions(node: ClusterLedger, stop: Event, names: list[str]) -> None:
    """Run reactions until stopped. Where they fail the process ends, so that it does not look alive without them."""
    try:
        node.run_reactions(stop, names)
    except BaseException:
        log.exception("the reactions to other services have failed; this process ends")
        os._exit(70)


def relay(
    names: Annotated[list[str] | None, typer.Argument(help="Which topics; all without a name.")] = None,
    metrics_port: MetricsPort = "",
) -> None:
    """Copy logs to Kafka until stopped."""
    from shared.messaging.kafka import BROKER_UNAVAILABLE

    settings, stop, backoff = read_cluster_settings(metrics_port), stop_on_signals(), Backoff()
    with observe_process("relay", settings.metrics) as observed:
        while not stop.is_set():
            try:
                _relay_until_failure(settings, names or list(SERVICES), stop, backoff, observed)
            except Fenced:
                stop.wait(TAKE_OVER_INTERVAL)
            except (*BROKER_UNAVAILABLE, *UNAVAILABLE) as error:
                log.warning("the relay waits: %s", error)
                backoff.wait(stop)


def _relay_until_failure(
    settings: ClusterSettings, names: list[str], stop: Event, backoff: Backoff, observed: Observation
) -> None:
    """Copy until stopped or something fails. Topics that are gone are made anew and filled from the first event."""
    from shared.messaging.kafka import ForeignRelay, NoticeRelay, Relay, create_topics, topic_ids

    with ExitStack() as resources:
        ids = create_topics(settings.kafka, list(SERVICES))
        node = resources.enter_context(closing(open_cluster_ledger(settings)))
        offsets = {
            name: resources.enter_context(closing(open_relay_offset(settings.database, name)))
            for name in names
        }
        relays = [
            resources.enter_context(
                closing(Relay(node.logs[name], offset, settings.kafka, ids[name], observed.tracing))
            )
            for name, offset in offsets.items()
        ]
        observe_relay(node, relays, observed)
        elsewhere, notices = list[ForeignRelay](), list[NoticeRelay]()
        next_check = monotonic() + CHECK_INTERVAL
        while not stop.is_set():
            copied = sum(relay.copy_page() for relay in relays)
            if node.has_foreign_events() and not elsewhere:
                for relay in relays:
                    name, id_ = relay.name, ids[relay.name]
                    foreign = ForeignRelay(
                        relay, offsets[name].open_beside(f"relay/foreign/{name}"), node.foreign, id_
                    )
                    told = offsets[name].open_beside(f"relay/notices/{name}")
                    elsewhere.append(foreign)
                    notices.append(NoticeRelay(relay, foreign, told, node.notices, id_))
            copied += sum(each.copy_page() for each in elsewhere)
            copied += sum(each.copy_page() for each in notices)
            backoff.reset()
            if not copied:
                stop.wait(0.05)
            if monotonic() > next_check:
                next_check = monotonic() + CHECK_INTERVAL
                for relay in relays:
                    relay.offset.check()
                if topic_ids(settings.kafka, list(ids)) != ids:
                    log.warning("topics were made anew; the relay begins again")
                    return


def run_worker(
    name: Annotated[
        str, typer.Option("--name", help="Workers of one name share the partitions.")
    ] = "chronicle",
    session: Annotated[
        float,
        typer.Option(
            "--session", min=1, help="Seconds of silence after which others take over its partitions."
        ),
    ] = 10,
    timeout: Annotated[
        float,
        typer.Option(
            "--gap-timeout",
            min=0,
            help="Seconds until events that Kafka does not bring are read from the log.",
        ),
    ] = 30,
    metrics_port: MetricsPort = "",
) -> None:
    """Run a Faust worker that keeps the rows of the read side up to date."""
    from shared.messaging.kafka import (
        BROKER_UNAVAILABLE,
        create_topics,
        create_worker,
        end_offsets,
    )
    from shared.messaging.kafka import run_worker as run_faust_worker

    settings, backoff, never = read_cluster_settings(metrics_port), Backoff(), Event()
    with observe_process("worker", settings.metrics) as observed:
        while True:
            try:
                ids = create_topics(settings.kafka, list(SERVICES))
                break
            except BROKER_UNAVAILABLE as error:
                log.warning("the worker waits: %s", error)
                backoff.wait(never)
        node = open_cluster_ledger(settings)
        for topic in SERVICES:
            node.inbox.retry(topic)  # a newer version may read what an older one could not
        Thread(target=node.run_gap_fillers, args=(never, timeout), daemon=True).start()
        Thread(target=_follow_other_sites, args=(node, never), daemon=True).start()
        Thread(target=_exit_with_topics, args=(settings.kafka, ids), daemon=True).start()
        inbox = MeasuredInbox(node.inbox, observed.metrics, observed.tracing)
        app = create_worker(name, settings.kafka, inbox, session=session)
        observe_worker(node, inbox, lambda: end_offsets(app), observed)
        run_faust_worker(app)


def _follow_other_sites(node: ClusterLedger, stop: Event) -> None:
    """Make the rows of what comes from other sites. Where that fails the process ends, as with reactions."""
    try:
        node.run_foreign_projector(stop)
    except BaseException:
        log.exception("the rows of facts of other sites cannot be made; this process ends")
        os._exit(70)


def _exit_with_topics(servers: str, ids: dict[str, str]) -> None:
    """End the process when a topic was made anew: its offsets are others, and a new worker begins at the first."""
    from shared.messaging.kafka import BROKER_UNAVAILABLE, topic_ids

    while True:
        sleep(CHECK_INTERVAL)
        with suppress(*BROKER_UNAVAILABLE):
            if topic_ids(servers, list(ids)) != ids:
                log.warning("topics were made anew; this worker ends")
                os._exit(75)


def stop_on_signals() -> Event:
    """Set by SIGTERM and SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
