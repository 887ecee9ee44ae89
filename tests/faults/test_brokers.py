"""The broker goes away, comes back, loses everything, repeats itself and forgets; the logs stay the truth."""

import random
import time
from contextlib import closing

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from shared.messaging.partitioner import PARTITIONS
from tests.faults.counting import AWAY, MET, ROUNDS
from tests.faults.load import Load
from tests.faults.machine import TOPICS, Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def say_again(machine: Machine, chance: random.Random, most: int) -> int:
    """A second producer says what there is again, shuffled, some of it several times, in any partition. How many."""
    sent, producer = 0, KafkaProducer(bootstrap_servers=machine.broker.address, acks="all")
    for topic in TOPICS:
        rows = machine.sql(f"SELECT originator_id, state FROM {topic}.stored_events")
        for stream, state in chance.choices(rows, k=min(len(rows), most)):
            partition = chance.choice((None, chance.randrange(PARTITIONS)))
            producer.send(topic, key=stream.encode(), value=bytes(state), partition=partition)
            sent += 1
    producer.flush()
    producer.close()
    return sent


def records(machine: Machine) -> int:
    """How many records all topics hold, repeats included."""
    with closing(KafkaConsumer(bootstrap_servers=machine.broker.address, group_id=None)) as consumer:
        parts = [TopicPartition(t, p) for t in TOPICS for p in consumer.partitions_for_topic(t) or ()]
        return sum(consumer.end_offsets(parts).values())


def test_while_the_broker_is_away_commands_are_taken_and_nothing_is_lost(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        behind = machine.events() > machine.bookmarks()
        machine.broker.kill()
        before = len(load.book.acknowledged)
        time.sleep(AWAY)
        accepted = len(load.book.acknowledged) - before
        machine.broker.start()
        time.sleep(2)
    MET[f"commands acknowledged while the broker was away for {AWAY:.0f} s"] += accepted
    machine.whole(load, "the broker away", 1, accepted > 0 or behind)
    assert accepted > 0


def test_a_broker_that_stands_still_and_answers_late_does_no_harm(machine: Machine, seed: int) -> None:
    """Longer than a relay waits, and longer than a worker may be silent: acknowledgements come when nobody waits."""
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        with machine.broker.frozen():
            stored = machine.events()
            machine.until(lambda: machine.events() > stored)
            behind = machine.events() - machine.bookmarks()
            time.sleep(16)
        time.sleep(2)
    machine.whole(load, "the broker frozen for 16 s", 1, behind > 0)
    assert behind > 0


def test_a_broker_that_lost_its_disk_is_filled_again(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        machine.until(lambda: machine.bookmarks() > 5)
        lost = machine.bookmarks()
        machine.broker.kill()
        machine.broker.format()
        machine.broker.start()
        time.sleep(2)
    machine.whole(load, "the broker lost its disk", 1, lost > 0)
    MET["records in topics made anew after the broker lost its disk"] += records(machine)


def test_topics_that_were_deleted_are_filled_again(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        machine.until(lambda: _deleted(machine, "personnel", "appointment"))
        time.sleep(5)
    machine.whole(load, "topics deleted under a running relay", 2, 2)


def _deleted(machine: Machine, *topics: str) -> bool:
    with closing(KafkaAdminClient(bootstrap_servers=machine.broker.address)) as admin:
        try:
            admin.delete_topics(list(topics))
        except KafkaError as error:
            raise AssertionError(repr(error)) from error
    return True


def test_republishing_under_a_running_relay_fills_a_topic(machine: Machine, seed: int) -> None:
    before = records(machine)
    with Load([machine.address], clients=4, seed=seed) as load:
        done = machine.cadre("republish", "personnel", "appointment", "--json")
        assert done.returncode == 0, done.stderr
        sent = sum(msgspec.json.decode(done.stdout).values())
    MET["records sent again by cadre republish beside a running relay"] += sent
    machine.whole(load, "republished beside a running relay", 1, sent > 0)
    assert records(machine) >= before + sent


def test_repeats_in_any_order_and_partition_change_nothing(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        sent = say_again(machine, random.Random(seed), 200 * ROUNDS)
    MET["records said again by a second producer, in any order and partition"] += sent
    machine.whole(load, "repeats and reordering", 1, sent > 0)


def test_records_that_never_came_are_taken_from_the_log(machine: Machine, seed: int) -> None:
    """The workers are away while the broker forgets what they have not read; the oracle misses it in the topics."""
    names = ["worker-1", "worker-2"]
    words = {name: machine.words[name] for name in names}
    for name in names:
        machine.stop(name)
    received = machine.sql("SELECT count(*) FROM chronicle.inbox")[0][0]
    with Load([machine.address], clients=4, seed=seed, needs_rows=False) as load:
        time.sleep(2)
    machine.until(lambda: machine.events() == machine.bookmarks())
    forgotten = machine.events() - received
    servers = {"bootstrap_servers": machine.broker.address}
    with closing(KafkaAdminClient(**servers)) as admin, closing(KafkaConsumer(**servers)) as consumer:
        parts = [TopicPartition(topic, p) for topic in TOPICS for p in consumer.partitions_for_topic(topic)]
        admin.delete_records(dict(consumer.end_offsets(parts)))
    for name in names:
        machine.start(name, "worker", "--session", "3", "--gap-timeout", "3")
    machine.until(lambda: machine.sql("SELECT count(*) FROM chronicle.inbox")[0][0] == machine.events())
    missed = machine.verdict(load, timeout=0)
    assert missed["lost"] == len(missed["complaints"]) == machine.events(), missed["complaints"][:5]
    for name in names:
        machine.stop(name)
        machine.start(name, *words[name])
    assert machine.cadre("republish", *TOPICS).returncode == 0
    MET["events the broker forgot before any worker read them"] += forgotten
    machine.whole(load, "records forgotten before they were read", 1, forgotten > 0, filled=True)
    assert forgotten > 0
