"""The oracle finds what was broken on purpose: a short life over a real database, with one bug at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from services.cluster import Cluster, Node
from services.composition import SERVICES
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.dates import civil_day
from shared.filling import Filler
from shared.keyring_postgres import PostgresKeyring
from shared.parking import Message
from shared.verifying import Promise, Verdict, verify
from shared.writer import Draft
from tests.seeded.seed import Seed, planted

LOG = "regulation"
TAKE, FOLD = "shared.inbox:Inbox._taken", "shared.inbox:Inbox._fold"
KEPT = "connection.exec_driver_sql('COMMIT'); connection.exec_driver_sql('BEGIN'); "
SCRIBE, PEN = "shared.scribe:Scribe", "shared.recorders.postgres:PostgresPen"
BUGS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "position before rows": ((TAKE, "return self._fold(", f"{KEPT}return self._fold("),),
    "dedupe off": ((TAKE, "event.epoch, event.seq)", "event.epoch + str(message.offset), event.seq)"),),
    "half a history": (("shared.inbox:Inbox.histories", "sorted(streams)", "sorted(streams)[1:]"),),
    "seq with holes": ((f"{SCRIBE}._place", "head.seq += 1", "head.seq += 2"),),
    "seq counts on over epochs": (
        (f"{SCRIBE}._open", "event.recorded_at, 0, epoch", "event.recorded_at, event.seq, epoch"),
    ),
    "the chain forgets": ((f"{SCRIBE}._place", "sha256(head.chain + state)", "sha256(state)"),),
    "a decision loses its last fact": (
        (f"{PEN}._write_events", "columns = [", "events = events[:-1]; columns = ["),
    ),
    "a repeated command is decided again": (
        (f"{SCRIBE}._repeated", "if not draft.command_id:", "if True:"),
        (f"{PEN}.write", "if not answers:", "if True:"),
    ),
}


@contextmanager
def fresh(server: str, name: str) -> Iterator[Node]:
    """A node over a database of its own, with the same tables a cluster has."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    database = server.rpartition("/")[0] + f"/{name}"
    PostgresKeyring.create(database)
    node = Node(Cluster(database=database, kafka="", site="test"))
    for log in node.logs.values():
        log.shelf.create()
    node.tables.create()
    try:
        yield node
    finally:
        node.close()


def decided(number: int) -> DecisionRegistered:
    return DecisionRegistered(
        number=str(number), issuer="UBND", signed_on=civil_day("2020-01-01"), kind=DocumentKind.DECISION, title="t"
    )  # fmt: skip


def a_short_life(server: str) -> Verdict:
    """Keyed commands of two facts, over two epochs; repeats; a batch whose rows fail once; the rest from the log."""
    with fresh(server, "life") as node:
        log, promises = node.logs[LOG], []
        for number in range(12):
            if number == 6:
                log.close()  # the next writer opens an epoch of its own
                log = node.logs[LOG] = type(log)(
                    SERVICES[LOG].topic, node.cluster.database, "test", log.clock, node.keys, create=False
                )
            stream = f"d{number // 6}/{number % 3}"
            draft = Draft(stream, number % 6 // 3 * 2, (decided(number), decided(number)), "u", f"k{number}")
            stored = log.append(draft)
            promises.append(Promise(LOG, draft.command_id, tuple(event.event_id for event in stored)))
        again = Draft("d1/2", 4, (decided(11), decided(11)), "u", "k11")
        log.append_all([again])
        messages = [Message(LOG, 0, at, stream, state) for at, stream, _, state in log.stored(0, 1000)]
        node.inbox.take(messages[:10])
        node.inbox.take([Message(m.topic, 0, m.offset + 1000, m.key, m.value) for m in messages[3:8]])
        with psycopg.connect(node.cluster.database, autocommit=True) as connection:
            connection.execute("ALTER TABLE chronicle.decisions RENAME TO not_here")
            with pytest.raises(SQLAlchemyError):
                node.inbox.take(messages[10:20])
            connection.execute("ALTER TABLE chronicle.not_here RENAME TO decisions")
        Filler(log, node.inbox).fill(log.position())
        return verify(node.logs, node.tables, node.inbox, promises)


def test_a_short_life_without_a_bug_is_whole(server: str) -> None:
    verdict = a_short_life(server)
    assert verdict.complaints == []
    assert (verdict.events[LOG], verdict.commands[LOG], verdict.promises) == (24, 12, 12)
    assert verdict.rows["decisions"] > 0


@pytest.mark.parametrize("name", BUGS)
def test_the_oracle_finds(server: str, name: str) -> None:
    with planted(Seed(name, BUGS[name], ())):
        verdict = a_short_life(server)
    assert verdict.complaints, f"nothing noticed {name!r}"


def test_promised_commands_are_read_from_a_file(tmp_path: Path, server: str) -> None:
    with fresh(server, "life") as node:
        assert verify(node.logs, node.tables, node.inbox, [Promise(LOG, "never", ("x",))]).complaints
