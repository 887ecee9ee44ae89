"""What happens to the broker happens to a copy: a topic that is lost is filled again from its log."""

import time

import httpx2
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from tests.cluster.conftest import TOKENS, Processes
from tests.cluster.test_import import whole


def ids_in(servers: str, topic: str) -> set[str]:
    """Event ids of every record there is, from the headers that any consumer can read."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=2000,
        group_id=None,
    )
    try:
        return {dict(record.headers)["ce_id"].decode() for record in consumer}
    finally:
        consumer.close()


def test_a_lost_topic_is_filled_again(address: str, cluster: Processes) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['write']}"}
    servers = cluster.env["CADRE_KAFKA"]
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:

        def register(name: str) -> str:
            body = {"type": "personnel.registered", "effective_from": "2000", "name": name}
            [link] = client.post("/personnel", json=body).json()["facts"]
            return str(link).rsplit("/", 1)[1]

        before = {register(f"Người {number}") for number in range(5)}
        for _ in range(60):
            if before <= ids_in(servers, "personnel"):
                break
        admin = KafkaAdminClient(bootstrap_servers=servers)
        admin.delete_topics(["personnel"])
        admin.close()
        time.sleep(1)
        after = register("Người sau")
        for _ in range(60):
            time.sleep(1)
            try:
                found = ids_in(servers, "personnel")
            except KafkaError as error:
                found = {f"not back yet: {error}"}
            if before | {after} <= found:
                break
        assert before | {after} <= found
    for name in (
        "worker-1",
        "worker-2",
    ):  # what they watched is gone; they are started anew, as a supervisor would
        cluster.stop(name)
        cluster.start(name, "worker")
    assert whole(cluster)["complaints"] == []
