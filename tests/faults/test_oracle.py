"""The oracle finds what was broken on purpose: a short life over a real database, with one bug at a time."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
from kafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from services.bootstrap.cluster import open_cluster_ledger, open_relay_offset
from services.bootstrap.services import SERVICES
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.core.partial_dates import civil_day
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.messaging.dead_letters import Message
from shared.messaging.gap_filler import GapFiller
from shared.messaging.kafka import Relay, create_topics
from shared.operations.integrity_check import (
    AcknowledgedCommand,
    IntegrityReport,
    ProblemKind,
    check_integrity,
)
from shared.operations.settings import ClusterSettings
from shared.runtime.cluster import ClusterLedger
from tests.engines.processes import Broker
from tests.seeded.seed import Seed, planted

LOG = "regulation"
TAKE, FOLD = "shared.messaging.inbox:Inbox._store", "shared.messaging.inbox:Inbox._project"
KEPT = "connection.exec_driver_sql('COMMIT'); connection.exec_driver_sql('BEGIN'); "
WRITER, CONNECTION = (
    "shared.eventlog.log_writer:LogWriter",
    "shared.eventlog.recorders.postgres:PostgresWriteConnection",
)
RELAY = "shared.messaging.kafka:Relay"
ACKED = "self.producer.flush(FLUSH_SECONDS)"
BUGS: dict[str, tuple[ProblemKind, tuple[tuple[str, str, str], ...]]] = {
    "position before rows": ("differing", ((TAKE, "return self._project(", f"{KEPT}return self._project("),)),
    "dedupe off": ("doubled", ((TAKE, "event.epoch, event.seq)", "event.epoch + str(message.offset), event.seq)"),)),
    "half a history": (
        "differing", (("shared.messaging.inbox:Inbox.load_streams", "sorted(streams)", "sorted(streams)[1:]"),)
    ),
    "seq with holes": ("broken", ((f"{WRITER}._add_events", "head.seq += 1", "head.seq += 2"),)),
    "seq counts on over epochs": (
        "broken", ((f"{WRITER}._become_writer", "event.recorded_at, 0, epoch", "event.recorded_at, event.seq, epoch"),)
    ),
    "the chain forgets": ("broken", ((f"{WRITER}._add_events", "sha256(head.chain + state)", "sha256(state)"),)),
    "a decision loses its last fact": (
        "lost",
        (
            (f"{CONNECTION}._write_events", "columns = [", "events = events[:-1]; columns = ["),
            # the writer itself would notice at its next commit
            (f"{CONNECTION}.write", "(number, *end)", "(number, *(self.select(LAST_EVENT, ()) or [EMPTY])[0])"),
        ),
    ),
    "a repeated command is decided again": (
        "doubled",
        (
            (f"{WRITER}._is_repeated", "if not request.command_id:", "if True:"),
            (f"{CONNECTION}.write", "if not commands:", "if True:"),
        ),
    ),
}  # fmt: skip
"""By name: what the oracle must say of it, and the words that are wrong."""
FORGETFUL = Seed(
    "bookmark before the acknowledgement",
    ((f"{RELAY}.copy_page", ACKED, f"self.offset.advance(page[-1][0]); {ACKED}"),),
    (),
)


@contextmanager
def fresh(server: str, name: str, kafka: str = "") -> Iterator[ClusterLedger]:
    """A node over a database of its own, with the same tables a cluster has."""
    where = server.rpartition("/")[0]
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'made'").fetchone():
            connection.execute("CREATE DATABASE made")
            make(f"{where}/made")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name} TEMPLATE made".encode())
    with closing(
        open_cluster_ledger(ClusterSettings(database=f"{where}/{name}", kafka=kafka, site="test"))
    ) as node:
        yield node


def make(database: str) -> None:
    PostgresKeyStore.create(database, "test")
    with closing(open_cluster_ledger(ClusterSettings(database=database, kafka="", site="test"))) as node:
        for log in node.logs.values():
            log.storage.create()
        node.tables.create()


def decided(number: int) -> DecisionRegistered:
    return DecisionRegistered(
        number=str(number), issuer="UBND", signed_on=civil_day("2020-01-01"), kind=DocumentKind.DECISION, title="t"
    )  # fmt: skip


def a_short_life(server: str) -> IntegrityReport:
    """Keyed commands of two facts, over two epochs; repeats; a batch whose rows fail once; the rest from the log."""
    with fresh(server, "life") as node:
        log, promises = node.logs[LOG], []
        for number in range(12):
            if number == 6:
                log.close()  # the next writer opens an epoch of its own
                log = node.logs[LOG] = type(log)(
                    SERVICES[LOG].topic, node.database, "test", log.clock, node.keys, create=False
                )
            stream = f"d{number // 6}/{number % 3}"
            draft = AppendRequest(
                stream, number % 6 // 3 * 2, (decided(number), decided(number)), "u", f"k{number}"
            )
            stored = log.append(draft)
            promises.append(
                AcknowledgedCommand(LOG, draft.command_id, tuple(event.event_id for event in stored))
            )
        again = AppendRequest("d1/2", 4, (decided(11), decided(11)), "u", "k11")
        log.append_all([again])
        messages = [Message(LOG, 0, at, stream, state) for at, stream, _, state in log.read_stored(0, 1000)]
        node.inbox.receive(messages[:10])
        node.inbox.receive([Message(m.topic, 0, m.offset + 1000, m.key, m.value) for m in messages[3:8]])
        with psycopg.connect(node.database, autocommit=True) as connection:
            connection.execute("ALTER TABLE chronicle.decisions RENAME TO not_here")
            with pytest.raises(SQLAlchemyError):
                node.inbox.receive(messages[10:20])
            connection.execute("ALTER TABLE chronicle.not_here RENAME TO decisions")
        GapFiller(log, node.inbox).backfill(log.position())
        return check_integrity(node.logs, node.tables, node.inbox, promises)


def test_a_short_life_without_a_bug_is_whole(server: str) -> None:
    verdict = a_short_life(server)
    assert verdict.complaints == []
    assert (verdict.events[LOG], verdict.commands[LOG], verdict.promises) == (24, 12, 12)
    assert verdict.rows["decisions"] > 0


@pytest.mark.parametrize("name", BUGS)
def test_the_oracle_finds(server: str, name: str) -> None:
    kind, edits = BUGS[name]
    with planted(Seed(name, edits, ())):
        verdict = a_short_life(server)
    assert getattr(verdict, kind) > 0, f"{name!r} is not {kind}: {verdict.complaints}"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.kill()


def a_copied_life(server: str, broker: Broker) -> IntegrityReport:
    """A relay whose broker dies with records under way, and its successor."""
    with fresh(server, "copied", broker.address) as node:
        ids, log = create_topics(broker.address, list(SERVICES)), node.logs[LOG]

        def relay() -> closing[Relay]:
            return closing(Relay(log, open_relay_offset(node.database, LOG), broker.address, ids[LOG]))

        def decide(numbers: range) -> None:
            for number in numbers:
                log.append(AppendRequest(f"d{number}", 0, (decided(number),), "u", f"k{number}"))

        decide(range(5))
        with relay() as first:
            assert first.copy_page() == 5
            decide(range(5, 9))
            broker.kill()
            with pytest.raises(KafkaError):
                first.copy_page()
        broker.start()
        decide(range(9, 12))
        with relay() as second:
            while second.lag():
                second.copy_page()
        node.inbox.receive(
            [Message(LOG, 0, at, stream, state) for at, stream, _, state in log.read_stored(0, 1000)]
        )
        return check_integrity(node.logs, node.tables, node.inbox, snapshots=node.topic_snapshots())


@pytest.mark.parametrize("forgetful", [False, True])
def test_the_oracle_finds_a_bookmark_before_the_acknowledgement(
    server: str, broker: Broker, forgetful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.messaging.kafka.FLUSH_SECONDS", 3.0)
    with planted(FORGETFUL) if forgetful else nullcontext():
        verdict = a_copied_life(server, broker)
    with warnings.catch_warnings():  # the producer forgets sockets to a broker that died
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert (verdict.lost, len(verdict.complaints)) == ((4, 4) if forgetful else (0, 0)), verdict.complaints
    assert ["position 6 is not in its topic" in each for each in verdict.complaints[:1]] == [True] * forgetful


def test_promised_commands_are_read_from_a_file(tmp_path: Path, server: str) -> None:
    with fresh(server, "life") as node:
        assert check_integrity(
            node.logs, node.tables, node.inbox, [AcknowledgedCommand(LOG, "never", ("x",))]
        ).complaints
