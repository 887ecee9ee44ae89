"""The broker goes away, comes back, loses everything, repeats itself and talks nonsense; the logs stay the truth."""

import random
import time

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from tests.faults.conftest import ROUNDS
from tests.faults.load import Load
from tests.faults.machine import MET, TOPICS, Machine

pytestmark = pytest.mark.timeout(1800)


def distinct(machine: Machine) -> int:
    """How many different events the topics hold."""
    consumer = KafkaConsumer(
        *TOPICS,
        bootstrap_servers=machine.broker.address,
        auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
        group_id=None,
    )
    try:
        return len({dict(record.headers).get("ce_id") for record in consumer} - {None})
    finally:
        consumer.close()


def say_again(machine: Machine, chance: random.Random, most: int) -> int:
    """A second producer says what there is again, shuffled, some of it several times. How many records."""
    sent, producer = 0, KafkaProducer(bootstrap_servers=machine.broker.address, acks="all")
    for topic in TOPICS:
        rows = machine.sql(f"SELECT originator_id, state FROM {topic}.stored_events")
        for stream, state in chance.choices(rows, k=min(len(rows), most)):
            producer.send(topic, key=stream.encode(), value=bytes(state))
            sent += 1
    producer.flush()
    producer.close()
    return sent


def test_while_the_broker_is_away_commands_are_taken_and_nothing_is_lost(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        machine.broker.kill()
        before = len(load.book.promises)
        time.sleep(4 * ROUNDS)
        accepted = len(load.book.promises) - before
        machine.broker.start()
        time.sleep(2)
    MET["commands acknowledged while the broker was away"] += accepted
    machine.whole(load)
    assert accepted > 0


def test_a_broker_that_lost_its_disk_is_filled_again(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        machine.broker.kill()
        machine.broker.format()
        machine.broker.start()
        time.sleep(2)
    machine.whole(load)
    machine.until(lambda: distinct(machine) == machine.events())
    MET["records in topics made anew after the broker lost its disk"] += machine.records()


def test_topics_that_were_deleted_are_filled_again(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        admin = KafkaAdminClient(bootstrap_servers=machine.broker.address)
        admin.delete_topics(["personnel", "appointment"])
        admin.close()
        time.sleep(5)
    machine.whole(load)
    machine.until(lambda: distinct(machine) == machine.events())
    MET["topics deleted under a running relay"] += 2


def test_republishing_under_a_running_relay_fills_a_topic(machine: Machine, seed: int) -> None:
    before = machine.records()
    with Load([machine.address], clients=4, seed=seed) as load:
        done = machine.cadre("republish", "personnel", "appointment", "--json")
        assert done.returncode == 0, done.stderr
        sent = sum(msgspec.json.decode(done.stdout).values())
    MET["records sent again by cadre republish beside a running relay"] += sent
    machine.whole(load)
    assert machine.records() >= before + sent
    assert distinct(machine) == machine.events()


def test_repeats_in_any_order_change_nothing(machine: Machine, seed: int) -> None:
    with Load([machine.address], clients=4, seed=seed) as load:
        time.sleep(1)
        sent = say_again(machine, random.Random(seed), 1000 * ROUNDS)
    MET["records said again by a second producer, in any order"] += sent
    machine.whole(load)


def test_records_that_never_came_are_taken_from_the_log(machine: Machine, seed: int) -> None:
    """The workers are away while the broker forgets what they have not read."""
    names = ["worker-1", "worker-2"]
    words = {name: machine.words[name] for name in names}
    for name in names:
        machine.stop(name)
    received = machine.sql("SELECT count(*) FROM chronicle.inbox")[0][0]
    with Load([machine.address], clients=4, seed=seed, needs_rows=False) as load:
        time.sleep(2)
    machine.until(lambda: machine.events() == machine.bookmarks())
    forgotten = machine.events() - received
    admin, consumer = KafkaAdminClient(bootstrap_servers=machine.broker.address), None
    try:
        consumer = KafkaConsumer(bootstrap_servers=machine.broker.address, group_id=None)
        parts = [TopicPartition(topic, p) for topic in TOPICS for p in consumer.partitions_for_topic(topic)]
        admin.delete_records(dict(consumer.end_offsets(parts)))
    finally:
        admin.close()
        if consumer:
            consumer.close()
    for name in names:
        machine.start(name, "work", "--session", "3", "--patience", "3")
    MET["events the broker forgot before any worker read them"] += forgotten
    machine.whole(load, filled=True)
    for name in names:
        machine.stop(name)
        machine.start(name, *words[name])
    assert forgotten > 0
