"""`cadre migrate | serve | relay | work`: the processes of a cluster. Settings come from the environment."""

import logging
import os
import signal
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread
from typing import Annotated

import typer
from rich.console import Console

from services.cluster import Cluster, Node, bookmark, from_environment
from services.cluster import migrate as prepare
from services.composition import SERVICES
from services.console.common import fail
from services.web import listen, web
from shared.recorders import Fenced
from shared.tokens import Tokens, WeakToken
from shared.writer import StoreUnavailable

AWAY = 1.0
"""Seconds between tries while the database or the broker is away."""
log = logging.getLogger(__name__)


def cluster() -> Cluster:
    try:
        return from_environment(os.environ)
    except ValueError as error:
        fail(str(error), "a cluster needs postgresql://…, host:port of Kafka, and a site name")


def migrate() -> None:
    """Make schemas, tables and topics, once, before the other processes start."""
    prepare(cluster())
    Console(stderr=True).print("ready")


def serve(
    names: Annotated[list[str] | None, typer.Argument(help="Which services; all without.")] = None,
    port: int = 8000,
    host: str = "127.0.0.1",
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
    answering = Thread(target=node.keep_answering, args=(stop, names or list(SERVICES)))
    answering.start()
    listen(web(node, tokens=tokens, names=names), host, port)
    stop.set()
    answering.join()
    node.close()


def relay(
    names: Annotated[list[str] | None, typer.Argument(help="Which topics; all without.")] = None,
) -> None:
    """Copy logs to Kafka, now and for ever. A second relay waits until the first is gone."""
    from shared.runtime.kafka import Away

    where, stop = cluster(), _stop()
    while not stop.is_set():
        try:
            _relay(where, names or list(SERVICES), stop)
        except Fenced as fenced:
            fail(str(fenced), code=75)
        except (*Away, StoreUnavailable, OSError) as error:
            log.warning("the relay waits: %s", error)
            stop.wait(AWAY)


def _relay(where: Cluster, names: list[str], stop: Event) -> None:
    """Until something fails. Topics that are gone are made anew, and filled from the beginning."""
    from shared.runtime.kafka import Relay, create_topics

    with ExitStack() as open_:
        ids = create_topics(where.kafka, list(SERVICES))
        node = open_.enter_context(closing(Node(where)))
        relays = [
            open_.enter_context(
                closing(Relay(node.logs[name], bookmark(where, name), where.kafka, ids[name]))
            )
            for name in names
        ]
        while not stop.is_set():
            if not sum(each.copy() for each in relays):
                stop.wait(0.05)


def work(
    name: Annotated[str, typer.Option(help="Workers of one name share the partitions.")] = "chronicle",
) -> None:
    """A Faust worker that keeps the rows of the chronicle up to date. As many as there are partitions may run."""
    from shared.runtime.kafka import create_topics, run, worker

    where = cluster()
    create_topics(where.kafka, list(SERVICES))
    node = Node(where)
    run(worker(name, where.kafka, node.inbox))


def _stop() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
