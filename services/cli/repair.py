"""`cadre republish` and `cadre dead-letters`: what an operator does after a fault in a cluster."""

from contextlib import closing
from time import monotonic, sleep
from typing import Annotated

import typer

from services.bootstrap.cluster import open_cluster_ledger, open_relay_offset
from services.bootstrap.services import SERVICES
from services.cli.cluster import read_cluster_settings
from services.cli.errors import fail
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_result
from shared.core.errors import Fenced
from shared.eventlog.recorders.postgres import PostgresRelayOffset
from shared.messaging.dead_letters import RecordRef
from shared.operations.settings import ClusterSettings

TAKE_OVER_TIMEOUT = 30.0
"""Seconds for a relay to let go of a topic."""
COLUMNS = ("topic", "partition", "offset", "stream", "bytes", "reason")


def republish(
    topics: Annotated[list[str], typer.Argument(help="Which topics; a topic has the name of its service.")],
    as_json: AsJson = False,
) -> None:
    """Fill topics anew from their logs, from the first event on."""
    from shared.messaging.kafka import Relay, create_topics

    if unknown := sorted(set(topics) - {*SERVICES}):
        known = ", ".join(SERVICES)
        fail("there is no topic {names}", "there are {known}", names=", ".join(unknown), known=known)
    settings, counts = read_cluster_settings(), {}
    ids = create_topics(settings.kafka, topics)
    with closing(open_cluster_ledger(settings)) as node, progress_bar(as_json) as progress:
        for name in topics:
            offset = _take_over(settings, name)
            offset.restart("")  # nothing is there, whatever was
            if node.has_foreign_events():  # the relay sends these again as soon as it goes on
                offset.open_beside(f"relay/foreign/{name}").restart("")
            with closing(Relay(node.logs[name], offset, settings.kafka, ids[name])) as relay:
                end = node.logs[name].position()
                while offset.position < end:
                    relay.copy_page()
                    progress(name, offset.position, end)
            counts[name] = end
    write_result(
        counts if as_json else [{"topic": name, "events": count} for name, count in counts.items()],
        as_json,
        ("topic", "events"),
    )


def _take_over(settings: ClusterSettings, topic: str) -> PostgresRelayOffset:
    """The relay offset of a topic, once the relay that holds it has let go."""
    until = monotonic() + TAKE_OVER_TIMEOUT
    while True:
        try:
            return open_relay_offset(settings.database, topic, take_over=True)
        except Fenced as error:
            if monotonic() > until:
                fail(str(error), "stop the relay and try again", code=75)
            sleep(0.05)


def list_dead_letters(
    retry: Annotated[
        bool, typer.Option("--retry", help="Read them again with this version of the program.")
    ] = False,
    forget: Annotated[
        str, typer.Option("--forget", help="Forget the record TOPIC/PARTITION/OFFSET, which holds no fact.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List records that could not be read, after some were read again or forgotten."""
    with closing(open_cluster_ledger(read_cluster_settings())) as node:
        if forget:
            topic, _, rest = forget.partition("/")
            partition, _, offset = rest.partition("/")
            if not (topic in SERVICES and partition.removeprefix("-").isdigit() and offset.isdigit()):
                fail("{record!r} names no record", "a record looks like personnel/3/1042", record=forget)
            if not node.inbox.forget(RecordRef(topic, int(partition), int(offset))):
                fail(
                    "{record} is not among the dead letters", "`cadre dead-letters` lists them", record=forget
                )
        for name in SERVICES if retry else ():
            node.inbox.retry(name)
        letters = [letter for name in SERVICES for letter in node.inbox.dead_letters.describe(name)]
        write_result(letters, as_json, COLUMNS)
