"""An audit that reads the broker instead of the store: the same counts, the same roots, no difference."""

import json
import subprocess
import sys
import time
from typing import Any

import httpx2
from kafka import KafkaProducer

from shared.messaging.kafka import read_topic
from tests.cluster.conftest import TOKENS, Processes
from tests.engines.processes import ROOT


def replayed(cluster: Processes, *words: str) -> tuple[int, Any]:
    home = cluster.folder / "audit-home"
    command = [sys.executable, "-m", "services", "--home", str(home), "audit", "replay", "--json", *words]
    done = subprocess.run(command, cwd=ROOT, env=cluster.env, capture_output=True, text=True, timeout=200)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_topics_give_what_the_store_gives(address: str, cluster: Processes) -> None:
    servers = cluster.env["CADRE_KAFKA"]
    headers = {"Authorization": f"Bearer {TOKENS['write']}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        for number in range(3):
            body = {
                "type": "personnel.registered",
                "effective_from": "2000",
                "name": f"Người của broker {number}",
            }
            assert client.post("/personnel", json=body).status_code == 201
    key, state = next(iter(read_topic(servers, "personnel")))
    producer = KafkaProducer(bootstrap_servers=servers)
    producer.send("personnel", key=key.encode(), value=state).get(10)  # as a relay that died repeats itself
    producer.close()
    for _ in range(30):  # the relay may not be there yet
        status, found = replayed(cluster, "--kafka", servers, "--processes", "1")
        if status == 0:
            break
        time.sleep(1)
    assert status == 0, found
    assert found["differences"] == []
    _, store = replayed(cluster, "--processes", "1")
    for name in ("personnel", "appointment", "organization"):
        assert (found["events"][name], found["roots"][name]) == (store["events"][name], store["roots"][name])
    assert found["events"]["personnel"] >= 3


def test_no_broker_there(cluster: Processes) -> None:
    status, told = replayed(cluster, "--kafka", "127.0.0.1:9")
    assert status == 2
    assert "127.0.0.1:9 cannot be read" in told
