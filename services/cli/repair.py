"""`cadre republish` and `cadre parked`: what an operator does after a fault in a cluster."""

from contextlib import closing
from time import monotonic, sleep
from typing import Annotated

import typer

from services.bootstrap.cluster import ClusterSettings, open_cluster_ledger, open_relay_offset
from services.bootstrap.services import SERVICES
from services.cli.cluster import cluster
from services.cli.common import fail, out, watching
from shared.core.errors import Fenced
from shared.eventlog.recorders.postgres import PostgresRelayOffset
from shared.messaging.dead_letters import RecordRef

PATIENCE = 30.0
"""Seconds for a relay to let go of a topic."""


def republish(
    topics: Annotated[list[str], typer.Argument(help="Which topics.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Fill topics from their logs anew, from the first event on. A relay that runs waits until it is done."""
    from shared.messaging.kafka import Relay, create_topics

    unknown = set(topics) - {*SERVICES}
    if unknown:
        fail(f"there is no topic {', '.join(sorted(unknown))}", f"there are {', '.join(SERVICES)}")
    where, counts = cluster(), {}
    ids = create_topics(where.kafka, topics)
    with closing(open_cluster_ledger(where)) as node, watching(as_json) as progress:
        for name in topics:
            held = _taken_over(where, name)
            held.restart("")  # nothing is there, whatever was
            with closing(Relay(node.logs[name], held, where.kafka, ids[name])) as relay:
                end = node.logs[name].position()
                while held.position < end:
                    relay.copy_page()
                    progress(name, held.position, end)
            counts[name] = end
    out(
        counts if as_json else [{"topic": name, "events": n} for name, n in counts.items()],
        as_json,
        ("topic", "events"),
    )


def _taken_over(where: ClusterSettings, name: str) -> PostgresRelayOffset:
    until = monotonic() + PATIENCE
    while True:
        try:
            return open_relay_offset(where.database, name, take_over=True)
        except Fenced as fenced:
            if monotonic() > until:
                fail(str(fenced), "stop the relay and try again", code=75)
            sleep(0.05)


def parked(
    retry: Annotated[bool, typer.Option("--retry", help="Read them again, with this version.")] = False,
    forget: Annotated[str, typer.Option(help="TOPIC/PARTITION/OFFSET of one that says nothing.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Records that could not be read, and why. Their streams wait until they are read after all, or forgotten."""
    with closing(open_cluster_ledger(cluster())) as node:
        if forget:
            topic, _, place = forget.partition("/")
            partition, _, offset = place.partition("/")
            if not (topic in SERVICES and partition.removeprefix("-").isdigit() and offset.isdigit()):
                fail(f"{forget!r} names no record", "it looks like personnel/3/1042")
            if not node.inbox.forget(RecordRef(topic, int(partition), int(offset))):
                fail(f"{forget} is not parked", "cadre parked shows what is")
        for name in SERVICES if retry else ():
            node.inbox.retry(name)
        out([each for name in SERVICES for each in node.inbox.dead_letters.describe(name)], as_json, COLUMNS)


COLUMNS = ("topic", "partition", "offset", "stream", "bytes", "reason")
