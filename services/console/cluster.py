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

from services.cluster import AWAY, Cluster, Node, bookmark, from_environment
from services.cluster import migrate as prepare
from services.composition import SERVICES
from services.console.common import fail
from services.observing import Observation, observing, of_answers, of_relay, of_worker
from services.web import listen, web
from shared.patience import Patience
from shared.recorders import Fenced
from shared.recorders.postgres import UnsafeSettings
from shared.tokens import Tokens, WeakToken
from shared.watching import WatchedInbox

STANDBY = 0.5
"""Seconds between tries to take over from another relay."""
CHECK = 2.0
"""Seconds between looks at who holds the bookmarks and whether the topics are still the same."""
log = logging.getLogger(__name__)

MetricsPort = Annotated[
    str,
    typer.Option(envvar="CADRE_METRICS", help="[host:]port of /health, /ready and /metrics for operators."),
]


def cluster() -> Cluster:
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
        tokens = Tokens.read_file(Path(os.environ.get("CADRE_TOKENS", "")))
    except (OSError, ValueError, WeakToken) as error:
        fail(
            f"CADRE_TOKENS: {error}",
            'name a file with {"read": "…", "write": "…"}, each of 32 characters or more',
        )
    node, stop = Node(cluster()), Event()
    with observing("serve", metrics_port) as observed:
        of_answers(node, names or list(SERVICES), observed)
        answering = Thread(target=_keep_answering, args=(node, stop, names or list(SERVICES)))
        answering.start()
        listen(web(node, tokens=tokens, names=names, observed=observed), host, port)
        stop.set()
        answering.join()
        node.close()


def _keep_answering(node: Node, stop: Event, names: list[str]) -> None:
    """A service that no longer answers must not look alive: whatever is not a mere absence ends the process."""
    try:
        node.keep_answering(stop, names)
    except BaseException:
        log.exception("answering others has failed; this process ends")
        os._exit(70)


def relay(
    names: Annotated[list[str] | None, typer.Argument(help="Which topics; all without.")] = None,
    metrics_port: MetricsPort = "",
) -> None:
    """Copy logs to Kafka, now and for ever. A second relay waits until the first is gone."""
    from shared.runtime.kafka import Away

    where, stop, patience = cluster(), _stop(), Patience()
    with observing("relay", metrics_port) as observed:
        while not stop.is_set():
            try:
                _relay(where, names or list(SERVICES), stop, patience, observed)
            except Fenced:
                stop.wait(STANDBY)
            except (*Away, *AWAY) as error:
                log.warning("the relay waits: %s", error)
                patience.wait(stop)


def _relay(where: Cluster, names: list[str], stop: Event, patience: Patience, observed: Observation) -> None:
    """Until something fails. Topics that are gone are made anew, and filled from the beginning."""
    from shared.runtime.kafka import Relay, create_topics, topic_ids

    with ExitStack() as open_:
        ids = create_topics(where.kafka, list(SERVICES))
        node = open_.enter_context(closing(Node(where)))
        marks = {name: open_.enter_context(closing(bookmark(where, name))) for name in names}
        relays = [
            open_.enter_context(
                closing(Relay(node.logs[name], mark, where.kafka, ids[name], observed.tracing))
            )
            for name, mark in marks.items()
        ]
        of_relay(node, relays, observed)
        check = monotonic() + CHECK
        while not stop.is_set():
            copied = sum(each.copy() for each in relays)
            patience.well()
            if not copied:
                stop.wait(0.05)
            if monotonic() > check:
                check = monotonic() + CHECK
                for each in relays:
                    each.bookmark.check()
                if topic_ids(where.kafka, list(ids)) != ids:
                    log.warning("topics were made anew; the relay begins again")
                    return


def work(
    name: Annotated[str, typer.Option(help="Workers of one name share the partitions.")] = "chronicle",
    session: Annotated[float, typer.Option(help="Seconds of silence after which a worker is given up.")] = 10,
    patience: Annotated[
        float, typer.Option(help="Seconds until what Kafka does not bring is taken from the log.")
    ] = 30,
    metrics_port: MetricsPort = "",
) -> None:
    """A Faust worker that keeps the rows of the chronicle up to date. As many as there are partitions may run."""
    from shared.runtime.kafka import Away, create_topics, ends, run, worker

    where, tries, never = cluster(), Patience(), Event()
    with observing("work", metrics_port) as observed:
        while True:
            try:
                ids = create_topics(where.kafka, list(SERVICES))
                break
            except Away as error:
                log.warning("the worker waits: %s", error)
                tries.wait(never)
        node = Node(where)
        for topic in SERVICES:
            node.inbox.retry(topic)  # a newer version may read what an older one could not
        Thread(target=node.keep_filling, args=(never, patience), daemon=True).start()
        Thread(target=_end_with, args=(where.kafka, ids), daemon=True).start()
        inbox = WatchedInbox(node.inbox, observed.metrics, observed.tracing)
        app = worker(name, where.kafka, inbox, session=session)
        of_worker(node, inbox, lambda: ends(app), observed)
        run(app)


def _end_with(servers: str, ids: dict[str, str]) -> None:
    """A topic that was made anew has other offsets: this worker ends, and its successor begins at the beginning."""
    from shared.runtime.kafka import Away, topic_ids

    while True:
        sleep(CHECK)
        with suppress(*Away):
            if topic_ids(servers, list(ids)) != ids:
                log.warning("topics were made anew; this worker ends")
                os._exit(75)


def _stop() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
