"""Logs to topics and topics to rows, against a bare producer of the same bytes and a Faust agent that does nothing."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from time import perf_counter

import psycopg
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from services.bootstrap.cluster import ClusterSettings, migrate, open_cluster_ledger, open_relay_offset
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.core.partial_dates import civil_day
from shared.eventlog.group_commit import AppendRequest
from shared.messaging.kafka import Relay, create_topics
from tests.bench.measure import Cell, Line, Options, line, rounds
from tests.cluster.engines import ROOT

TOPIC = "regulation"
SITE = "site-bench"


def filled(where: ClusterSettings, number: int) -> list[tuple[bytes, bytes]]:
    """So many decisions in their log, as (key, value)."""
    node = open_cluster_ledger(where)
    log = node.logs[TOPIC]
    facts = [
        DecisionRegistered(
            kind=DocumentKind.DECISION, number=f"{n}/QĐ-UBND", issuer="UBND", signed_on=civil_day("2020-01-01"),
            title=f"Quyết định số {n} về công tác cán bộ {'x' * 150}",
        )
        for n in range(number)
    ]  # fmt: skip
    log.append_all(
        [AppendRequest(f"decision-{n:07d}", 0, (fact,), "user:lan") for n, fact in enumerate(facts)]
    )
    found = [(stream.encode(), state) for _, stream, _, state in log.read_stored(0, number)]
    node.close()
    return found


def anew(servers: str) -> str:
    """An empty topic; its id."""
    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        if TOPIC in admin.list_topics():
            admin.delete_topics([TOPIC])
            while TOPIC in admin.list_topics():
                time.sleep(0.05)
    finally:
        admin.close()
    return create_topics(servers, [TOPIC])[TOPIC]


def relayed(where: ClusterSettings, number: int) -> float:
    incarnation = anew(where.kafka)
    node = open_cluster_ledger(where)
    relay = Relay(node.logs[TOPIC], open_relay_offset(where.database, TOPIC), where.kafka, incarnation)
    try:
        relay.producer.partitions_for(TOPIC)
        began, done = perf_counter(), 0
        while done < number:
            done += relay.copy_page()
        return number / (perf_counter() - began)
    finally:
        relay.close()
        node.close()


def produced(servers: str, records: list[tuple[bytes, bytes]], headers: list[tuple[str, bytes]]) -> float:
    """The same keys, values and as many bytes of headers, by a producer with the same promises."""
    anew(servers)
    producer = KafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=5)
    producer.partitions_for(TOPIC)
    began = perf_counter()
    sent = [producer.send(TOPIC, key=key, value=value, headers=headers) for key, value in records]
    producer.flush()
    for future in sent:
        future.get(0)
    took = perf_counter() - began
    producer.close()
    return len(records) / took


def followed(where: ClusterSettings, number: int, kind: str, agents: int = 1) -> float:
    """Records a second from the first that an agent gets to the last that it has done with, in so many processes."""
    with psycopg.connect(where.database, autocommit=True) as connection:
        connection.execute("TRUNCATE chronicle.inbox, chronicle.decisions, chronicle.positions")
    group = f"{kind}-{time.time_ns()}"
    command = [sys.executable, "-m", "tests.bench.cluster.agent", kind, group, str(number), str(agents)]
    env = {**os.environ, "CADRE_DATABASE": where.database, "CADRE_KAFKA": where.kafka, "CADRE_SITE": SITE}
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(agents)
    ]
    said = [json.loads(process.communicate(timeout=300)[0].splitlines()[-1]) for process in running]
    assert sum(each["done"] for each in said) >= number, said
    first, last = min(float(each["first"]) for each in said), max(float(each["last"]) for each in said)
    return number / (last - first)


def run(options: Options, database: str, servers: str) -> Iterator[Line]:
    where = ClusterSettings(database=database, kafka=servers, site=SITE)
    for _ in range(20):  # the port answers before the broker does
        try:
            migrate(where)
            break
        except OSError:
            time.sleep(1)
    number, count = options.pick(20_000, 4_000), options.pick(5, 3)
    records = filled(where, number)
    relayed(where, number)
    consumer = KafkaConsumer(TOPIC, bootstrap_servers=servers, auto_offset_reset="earliest", group_id=None)
    headers = next(iter(consumer)).headers
    consumer.close()
    cells: dict[str, Cell] = {
        "ours": lambda: relayed(where, number),
        "raw": lambda: produced(servers, records, headers),
    }
    yield line("relay / a bare producer", "events/s", rounds(cells, count), "ours", "raw", 0.7)
    cells = {
        "ours": lambda: followed(where, number, "ours"),
        "raw": lambda: followed(where, number, "bare"),
        "two": lambda: followed(where, number, "ours", 2),
    }
    relayed(where, number)
    found = rounds(cells, count)
    bare = 1e6 / (sum(found["raw"]) / len(found["raw"]))
    note = f"Faust alone takes {bare:.0f} us a record"
    yield line(
        "worker, events to rows / a bare Faust agent", "events/s", found, "ours", "raw", 0.5, note=note
    )
    cores = len(os.sched_getaffinity(0))
    yield line(
        "two workers / one", "events/s", found, "two", "ours", 1.6, note=f"{cores} cores, engines included"
    )
