"""`cadre migrate | serve | relay | work`: the processes of a cluster. Settings come from the environment."""

import logging
import os
import signal
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Annotated

import typer
from rich.console import Console

from services.bootstrap.cluster import (
    ClusterSettings,
    from_environment,
    open_cluster_ledger,
    open_relay_offset,
)
from services.bootstrap.cluster import migrate as prepare
from services.bootstrap.http_app import create_http_app, serve_http
from services.bootstrap.observability import (
    Observation,
    observe_process,
    observe_reactions,
    observe_relay,
    observe_worker,
)
from services.bootstrap.services import SERVICES
from services.cli.common import fail
from services.demo.demonstration import demonstration_tour
from shared.core.errors import Fenced
from shared.eventlog.recorders.postgres import UnsafeSettings
from shared.http.auth import BearerTokens, WeakToken
from shared.messaging.backoff import Backoff
from shared.operations.instrumentation import MeasuredInbox
from shared.runtime.cluster import UNAVAILABLE, ClusterLedger

STANDBY = 0.5
"""Seconds between tries to take over from another relay."""
CHECK = 2.0
"""Seconds between looks at who holds the bookmarks and whether the topics are still the same."""
log = logging.getLogger(__name__)

MetricsPort = Annotated[
    str,
    typer.Option(envvar="CADRE_METRICS", help="[host:]port of /health, /ready and /metrics for operators."),
]


def cluster() -> ClusterSettings:
    try:
        return from_environment(os.environ)
    except (ValueError, OSError) as error:
        fail(str(error), "a cluster needs postgresql://…, host:port of Kafka, and a site name")


def migrate() -> None:
    """Make schemas, tables and topics, once, before the other processes start. With CADRE_ROLES also the roles."""
    folder = os.environ.get("CADRE_ROLES")
    try:
        prepare(cluster(), _passwords(Path(folder)) if folder else None)
    except (ValueError, UnsafeSettings) as error:
        fail(str(error), "CADRE_ROLES names a folder with one file per role, which holds its password")
    Console(stderr=True).print("ready")


def _passwords(folder: Path) -> dict[str, str]:
    files = (path for path in folder.iterdir() if path.is_file())
    return {path.name: path.read_text(encoding="utf-8").strip() for path in files}


def serve(
    names: Annotated[list[str] | None, typer.Argument(help="Which services; all without.")] = None,
    port: int = 8000,
    host: str = "127.0.0.1",
    metrics_port: MetricsPort = "",
) -> None:
    """HTTP of some services over PostgreSQL. Every request needs a token from CADRE_TOKENS."""
    unknown = set(names or ()) - {*SERVICES, "chronicle", "portal"}
    if unknown:
        fail(
            f"no service is called {', '.join(sorted(unknown))}",
            f"there are {', '.join(SERVICES)}, chronicle, portal",
        )
    try:
        tokens = BearerTokens.read_file(Path(os.environ.get("CADRE_TOKENS", "")))
    except (OSError, ValueError, WeakToken) as error:
        fail(
            f"CADRE_TOKENS: {error}",
            'name a file with {"read": "…", "write": "…"}, each of 32 characters or more',
        )
    node, stop = open_cluster_ledger(cluster()), Event()
    with observe_process("serve", metrics_port) as observed:
        observe_reactions(node, names or list(SERVICES), observed)
        answering = Thread(target=_keep_answering, args=(node, stop, names or list(SERVICES)))
        answering.start()
        tour = demonstration_tour(node)
        app = create_http_app(node, tokens=tokens, names=names, observed=observed, tour=tour)
        serve_http(app, host, port)
        stop.set()
        answering.join()
        node.close()


def _keep_answering(node: ClusterLedger, stop: Event, names: list[str]) -> None:
    """A service that no longer answers must not look alive: whatever is not a mere absence ends the process."""
    try:
        node.run_reactions(stop, names)
    except BaseException:
        log.exception("answering others has failed; this process ends")
        os._exit(70)


def relay(
    names: Annotated[list[str] | None, typer.Argument(help="Which topics; all without.")] = None,
    metrics_port: MetricsPort = "",
) -> None:
    """Copy logs to Kafka, now and for ever. A second relay waits until the first is gone."""
    from shared.messaging.kafka import BROKER_UNAVAILABLE

    where, stop, backoff = cluster(), _stop(), Backoff()
    with observe_process("relay", metrics_port) as observed:
        while not stop.is_set():
            try:
                _relay(where, names or list(SERVICES), stop, backoff, observed)
            except Fenced:
                stop.wait(STANDBY)
            except (*BROKER_UNAVAILABLE, *UNAVAILABLE) as error:
                log.warning("the relay waits: %s", error)
                backoff.wait(stop)


def _relay(
    where: ClusterSettings, names: list[str], stop: Event, backoff: Backoff, observed: Observation
) -> None:
    """Until something fails. Topics that are gone are made anew, and filled from the beginning."""
    from shared.messaging.kafka import Relay, create_topics, topic_ids

    with ExitStack() as open_:
        ids = create_topics(where.kafka, list(SERVICES))
        node = open_.enter_context(closing(open_cluster_ledger(where)))
        marks = {
            name: open_.enter_context(closing(open_relay_offset(where.database, name))) for name in names
        }
        relays = [
            open_.enter_context(
                closing(Relay(node.logs[name], mark, where.kafka, ids[name], observed.tracing))
            )
            for name, mark in marks.items()
        ]
        observe_relay(node, relays, observed)
        check = monotonic() + CHECK
        while not stop.is_set():
            copied = sum(each.copy_page() for each in relays)
            backoff.reset()
            if not copied:
                stop.wait(0.05)
            if monotonic() > check:
                check = monotonic() + CHECK
                for each in relays:
                    each.offset.check()
                if topic_ids(where.kafka, list(ids)) != ids:
                    log.warning("topics were made anew; the relay begins again")
                    return


def work(
    name: Annotated[str, typer.Option(help="Workers of one name share the partitions.")] = "chronicle",
    session: Annotated[float, typer.Option(help="Seconds of silence after which a worker is given up.")] = 10,
    timeout: Annotated[
        float,
        typer.Option(
            "--gap-timeout",
            "--patience",
            help="Seconds until what Kafka does not bring is taken from the log.",
        ),
    ] = 30,
    metrics_port: MetricsPort = "",
) -> None:
    """A Faust worker that keeps the rows of the chronicle up to date. As many as there are partitions may run."""
    from shared.messaging.kafka import (
        BROKER_UNAVAILABLE,
        create_topics,
        create_worker,
        end_offsets,
        run_worker,
    )

    where, tries, never = cluster(), Backoff(), Event()
    with observe_process("work", metrics_port) as observed:
        while True:
            try:
                ids = create_topics(where.kafka, list(SERVICES))
                break
            except BROKER_UNAVAILABLE as error:
                log.warning("the worker waits: %s", error)
                tries.wait(never)
        node = open_cluster_ledger(where)
        for topic in SERVICES:
            node.inbox.retry(topic)  # a newer version may read what an older one could not
        Thread(target=node.run_gap_fillers, args=(never, timeout), daemon=True).start()
        Thread(target=_end_with, args=(where.kafka, ids), daemon=True).start()
        inbox = MeasuredInbox(node.inbox, observed.metrics, observed.tracing)
        app = create_worker(name, where.kafka, inbox, session=session)
        observe_worker(node, inbox, lambda: end_offsets(app), observed)
        run_worker(app)


def _end_with(servers: str, ids: dict[str, str]) -> None:
    """A topic that was made anew has other offsets: this worker ends, and its successor begins at the beginning."""
    from shared.messaging.kafka import BROKER_UNAVAILABLE, topic_ids

    while True:
        sleep(CHECK)
        with suppress(*BROKER_UNAVAILABLE):
            if topic_ids(servers, list(ids)) != ids:
                log.warning("topics were made anew; this worker ends")
                os._exit(75)


def _stop() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
