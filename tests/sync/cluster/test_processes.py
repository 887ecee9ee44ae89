"""A city whose processes run, with Kafka between them: facts of a ward reach its rows and its topics."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from services.bootstrap import db_roles
from services.bootstrap.services import SERVICES
from shared.messaging.consumer import ConsumedEvent, Consumer
from shared.messaging.kafka import TopicReader, create_topics
from shared.replica.counting import LogJudgement
from tests.engines.servers import kafka
from tests.replica.store.databases import new_database
from tests.support.cadre_process import CadreProcess, run_cadre
from tests.sync.cluster.sites import ClusterOffice, Ward, names, register, rename

SECONDS = 60


class RunningCity(ClusterOffice):
    """Its relay and workers run."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        super().__init__(folder, "tinh", database, broker)
        self.processes: dict[str, CadreProcess] = {}

    def start(self, name: str, role: str, *words: str) -> None:
        log = self.folder / f"{name}.log"
        self.processes[name] = CadreProcess(words, self.environment(role), log, log)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(30)

    def wait(self, what: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not what():
            logs = "\n".join(file.read_text()[-1500:] for file in self.folder.glob("*.log"))
            assert time.monotonic() < until, logs
            time.sleep(0.1)


@pytest.fixture
def running(migrated: str, tmp_path: Path) -> Iterator[RunningCity]:
    folder = tmp_path / "city"
    folder.mkdir()
    with ExitStack() as opened:
        broker = opened.enter_context(kafka(folder))
        city = RunningCity(folder, opened.enter_context(new_database(migrated, copied=True)), broker)
        create_topics(broker, list(SERVICES))
        city.well("site", "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
        city.start("relay", db_roles.RELAY, "relay")
        city.start("worker", db_roles.READER, "worker", "--gap-timeout", "2")
        yield city
        for name in list(city.processes):
            city.kill(name)
        city.close()


def consume(city: RunningCity) -> list[ConsumedEvent]:
    """All of the topic of personnel, as other programs read it; nothing of it is missing."""
    with closing(TopicReader(city.kafka, wait=0.5)) as source:
        consumer, events = Consumer(source, [SERVICES["personnel"].topic]), list[ConsumedEvent]()
        while consumed := consumer.poll():
            events += consumed
        assert consumer.missing() == []
        return events


def check_told_once_what_ceased_to_count(city: RunningCity) -> None:
    """A fact of another site ceases to count and counts again, and its topic says so after it; also where the relay
    dies in between. The workers of the city pass over it."""
    with city.ledger("personnel") as ledger:
        [heard, _] = ledger.foreign.load_streams("personnel", ["an"])["an"]
        target = ledger.logs["personnel"].topic.decode(heard.state).event_id

    def judge(judged: bool) -> None:
        with city.replica() as replica, replica.ledger.count_foreign_events() as at:
            decide = replica.judge if judged else lambda _: LogJudgement(trusted=frozenset())
            replica.store.mark_known(at, decide, replica.store.logs())

    def told() -> list[bool]:
        about = [
            each
            for each in consume(city)
            if target in (each.event and each.event.event_id, each.counting and each.counting.target)
        ]
        fact, *notices = about
        assert fact.event, "the fact comes first, and once"
        return [each.counting.counts for each in notices if each.counting]

    judge(False)
    city.wait(lambda: told() == [False])
    city.kill("relay")
    judge(True)
    city.start("relay", db_roles.RELAY, "relay")
    city.wait(lambda: told() == [False, True])
    city.wait(lambda: city.names()["an"] == "An Nguyễn")
    with city.ledger(db_roles.READER) as ledger:
        assert set(ledger.inbox.dead_letter_counts().values()) == {0}


def test_facts_of_a_ward_reach_the_rows_and_the_topics_of_a_city(
    running: RunningCity, tmp_path: Path
) -> None:
    city, ward = running, Ward(tmp_path, "px")
    ward.join_below(city)
    with ward.ledger() as ledger:
        register(ledger, "an", "An")
    with city.ledger("personnel") as ledger:
        register(ledger, "binh", "Bình")
    ward.carry(city)
    city.wait(lambda: city.names() == {"an": "An", "binh": "Bình"})

    city.kill("worker")
    with ward.ledger() as ledger:
        rename(ledger, "an", "An Lê")
    ward.carry(city)
    with city.ledger("personnel") as ledger:
        rename(ledger, "an", "An Nguyễn")
    city.start("worker", db_roles.READER, "worker", "--gap-timeout", "2")
    city.wait(lambda: city.names()["an"] == "An Nguyễn")
    city.carry(ward)
    ward.carry(city)
    assert city.told("sync", "digest") == ward.told("sync", "digest")
    with ward.ledger() as ledger:
        assert names(ledger) == {"an": "An Nguyễn", "binh": "Bình"}

    def said() -> list[tuple[str, str, bool]]:
        return [
            (each.event.site, each.event.stream, bool(each.known)) for each in consume(city) if each.event
        ]

    of_ward, own = ("px", "an", True), ("tinh", "an", False)
    city.wait(lambda: sorted(said()) == sorted([of_ward, of_ward, own, ("tinh", "binh", False)]))
    check_told_once_what_ceased_to_count(city)
    environment = city.environment("") | {"CADRE_DATABASE": city.database}
    verified = run_cadre(("verify", "--json"), environment, tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["records"]["personnel"] >= len(said())
    replayed = run_cadre(("audit", "replay", "--processes", "1"), environment, tmp_path)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
