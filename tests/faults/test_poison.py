"""Records that nobody can read: parked with their reason; their own streams wait, all others go on."""

import httpx2
import msgspec
import pytest
from kafka import KafkaProducer

from tests.cluster.conftest import TOKENS
from tests.faults.counting import MET
from tests.faults.load import Load
from tests.faults.machine import Machine

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EVENT = {
    "event_id": "e", "site": "elsewhere", "epoch": "x", "seq": 1, "version": 9, "lamport": 1, "actor": "nobody",
    "command_id": "", "recorded_at": "2025-01-01T00:00:00.000000Z",
}  # fmt: skip


def poisons(streams: list[str]) -> dict[str, tuple[str, bytes, str]]:
    """By kind: the stream, the record, and what its reason must say."""
    a, b, c, d, e = streams
    fact = {"type": "personnel.registered", "effective_from": "2000", "name": "x"}

    def event(stream: str, fact: object, **more: object) -> bytes:
        return msgspec.json.encode({**EVENT, "stream": stream, "fact": fact, **more})

    return {
        "not JSON": (a, b"\xff{nonsense", "malformed"),
        "unknown type": (b, event(b, {"type": "personnel.cloned"}), "cloned"),
        "a future version": (c, event(c, {**fact, "name": {"given": "x"}}), "Expected `str`"),
        "2 MB": (d, event(d, {"type": "personnel.huge", "name": "x" * 2_000_000}), "huge"),
        "a foreign key": (e, event(a, fact), "the key is"),
    }


def register(http: httpx2.Client, name: str, stream: str = "") -> str:
    fact = {"type": "personnel.registered", "effective_from": "2000", "name": name}
    return str(http.post(f"/personnel{stream}", json=fact).raise_for_status().json()["stream"])


def correct_name(http: httpx2.Client, stream: str, name: str) -> None:
    [first] = http.get(f"/personnel/{stream}/facts").raise_for_status().json()[:1]
    correction = {
        "type": "ledger.corrected", "target": first["event_id"], "mode": "AMEND", "reason": "sai tên",
        "new_values": {"name": name},
    }  # fmt: skip
    http.post(f"/personnel/{stream}/corrections", json=correction).raise_for_status()


def test_poison_is_parked_and_only_its_own_stream_waits(machine: Machine, seed: int) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['write']}", "If-Match": "*"}
    with (
        Load([machine.address], clients=4, seed=seed) as load,
        httpx2.Client(base_url=machine.address, headers=headers, timeout=15) as http,
    ):
        streams = [register(http, f"Trước {number}") for number in range(5)]
        name = "SELECT name FROM chronicle.cadres WHERE stream = '{}' AND known_to > '9'"
        for number, stream in enumerate(streams):
            machine.until(lambda s=stream, n=number: machine.sql(name.format(s)) == [(f"Trước {n}",)])  # type: ignore[misc]  # mypy infers no lambda with defaults
        found = poisons(streams)
        producer = KafkaProducer(bootstrap_servers=machine.broker.address, max_request_size=4_000_000)
        for stream, value, _ in found.values():
            producer.send("personnel", key=stream.encode(), value=value)
        producer.flush()
        producer.close()
        parked = "SELECT count(*) FROM chronicle.parked"
        machine.until(lambda: machine.sql(parked)[0][0] == len(found))
        for stream in streams:
            correct_name(http, stream, "Sau")
        other = register(http, "Người khác")
        machine.until(lambda: machine.sql(name.format(other)) == [("Người khác",)])
        received = "SELECT count(*) FROM chronicle.inbox WHERE stream IN ('{}')"
        machine.until(lambda: machine.sql(received.format("','".join(streams)))[0][0] == 2 * len(streams))
        for number, stream in enumerate(streams):
            assert machine.sql(name.format(stream)) == [(f"Trước {number}",)]
    shown = {
        each["stream"]: each for each in msgspec.json.decode(machine.cadre("dead-letters", "--json").stdout)
    }
    for kind, (stream, value, reason) in found.items():
        assert reason in shown[stream]["reason"], (kind, shown[stream])
        assert shown[stream]["bytes"] == len(value)
        MET[f"poison parked: {kind}"] += 1
    assert machine.verdict(load, timeout=0)["complaints"], "streams that wait are not whole"
    for each in shown.values():
        where = f"{each['topic']}/{each['partition']}/{each['offset']}"
        assert machine.cadre("dead-letters", "--forget", where).returncode == 0
    machine.whole(load, "poison", len(found), len(shown))
    assert [machine.sql(name.format(stream)) for stream in streams] == [[("Sau",)]] * len(streams)
