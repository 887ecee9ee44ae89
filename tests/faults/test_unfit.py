"""Records that read well and yet cannot be kept or folded: parked alone, whatever comes with them goes on."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from kafka.partitioner.default import murmur2 as kafkas

from services.regulation.events import DocumentKind, topic
from shared.eventlog.group_commit import AppendRequest
from shared.messaging.consumer import Consumer, Offsets, SourceRecord
from shared.messaging.dead_letters import Message, RecordRef
from shared.messaging.gap_filler import GapFiller
from shared.messaging.kafka import _text
from shared.messaging.partitioner import murmur2
from shared.operations.integrity_check import check_integrity
from shared.runtime.cluster import ClusterLedger
from shared.telemetry.tracing import Tracing
from tests.faults.test_oracle import LOG, decided, fresh

EVENT = {
    "event_id": "e", "site": "elsewhere", "epoch": "x", "seq": 1, "stream": "bad", "version": 1, "lamport": 1,
    "actor": "nobody", "command_id": "", "recorded_at": "2025-01-01T00:00:00.000000Z",
}  # fmt: skip
FACT = {
    "type": "regulation.decision-registered", "number": "1", "issuer": "UBND", "signed_on": "2020-01-01",
    "kind": DocumentKind.DECISION, "title": "t",
}  # fmt: skip


def record(fact: dict[str, Any] | None = None, **more: Any) -> bytes:
    return msgspec.json.encode({**EVENT, "fact": {**FACT, **(fact or {})}, **more})


DEEP = record()[:-1] + b',"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
UNFIT: dict[str, tuple[bytes, bytes]] = {
    "a zero in a text": (b"bad", record({"title": "a\0b"})),
    "a zero in a name": (b"bad", record(site="a\0b")),
    "a zero in the key": (b"b\0d", b"nonsense"),
    "a key that is no text": (b"\xff\xfe", record()),
    "a number beyond all columns": (b"bad", record(seq=2**70)),
    "nested too deep": (b"bad", DEEP),
    "no key and no value": (b"", b""),
}  # fmt: skip


def life(node: ClusterLedger, count: int) -> list[Message]:
    """Facts of two streams, as the relay would send them."""
    log = node.logs[LOG]
    for number in range(count):
        log.append(AppendRequest(f"d{number % 2}", number // 2, (decided(number),), "u", f"k{number}"))
    return [Message(LOG, 0, at, stream, state) for at, stream, _, state in log.read_stored(0, 1000)]


@pytest.mark.parametrize("kind", UNFIT)
def test_what_cannot_be_taken_is_parked_alone(server: str, kind: str) -> None:
    key, value = UNFIT[kind]
    with fresh(server, "unfit") as node:
        messages = life(node, 10)
        unfit = Message(LOG, 1, 7, _text(key or None), value)
        node.inbox.receive([*messages[:5], unfit, *messages[5:]])
        shown = node.inbox.dead_letters.describe(LOG)
        assert node.inbox.retry(LOG) == 0
        assert node.inbox.dead_letters.describe(LOG) == shown
        assert check_integrity(node.logs, node.tables, node.inbox).complaints == []
        assert node.inbox.forget(RecordRef(LOG, 1, 7))
        assert node.inbox.dead_letters.describe(LOG) == []
    assert [(each["partition"], each["offset"]) for each in shown] == [(1, 7)]
    assert shown[0]["reason"]


@pytest.mark.parametrize("kind", UNFIT)
def test_consumers_and_traces_go_on_after_it(kind: str) -> None:
    _, value = UNFIT[kind]
    arrived = [
        SourceRecord(LOG, each, "p", str(n)) for n, each in enumerate((value, record(seq=5, title="after")))
    ]
    events = Consumer(Once(arrived), [topic]).poll()
    assert events[-1].event is not None
    assert (events[0].raw, len(events)) == (value, 2)
    assert Tracing()._contexts([value]) == []


class Once:
    """A source that brings everything at once."""

    def __init__(self, arrived: list[SourceRecord]) -> None:
        self.arrived = arrived

    def read(self, topics: Sequence[str], places: Offsets) -> list[SourceRecord]:
        arrived, self.arrived = self.arrived, []
        return arrived


def test_a_fact_that_no_rule_understands_is_parked_and_the_others_have_their_rows(server: str) -> None:
    fact = {"type": "appointment.appointed", "tenure": "t", "post": "p", "effective_from": "2020-01-01"}
    with fresh(server, "unfit") as node:
        messages = []
        for seq, (stream, day) in enumerate((("a", ""), ("bad", "garbage"), ("c", ""), ("bad", "")), start=1):
            proposed = {**fact, "tenure": f"{stream}{seq}", **({"effective_from": day} if day else {})}
            event = {**EVENT, "event_id": f"e{seq}", "seq": seq, "stream": stream, "fact": proposed}
            messages.append(Message("appointment", 0, seq, stream, msgspec.json.encode(event)))
        node.inbox.receive(messages)
        shown = node.inbox.dead_letters.describe("appointment")
        with_rows = node.tables.streams("tenures", "", 10)
        assert node.inbox.forget(RecordRef("appointment", 0, 2))
        at_last = node.tables.streams("tenures", "", 10)
    assert [(each["stream"], each["offset"]) for each in shown] == [("bad", 2)]
    assert "garb" in shown[0]["reason"]
    assert (with_rows, at_last) == (["a", "c"], ["a", "bad", "c"])


def test_what_is_parked_is_not_taken_from_the_log_for_ever(server: str) -> None:
    """A worker that is older than those who write cannot read all that they say: it goes on with the rest."""
    with fresh(server, "unfit") as node:
        messages = life(node, 6)
        broken = messages[2].value.replace(b"decision-registered", b"decision-unheard-of")
        node.inbox.receive([Message(LOG, 0, 3, "d0", broken), *messages[:2], *messages[3:5]])
        log = node.logs[LOG]
        filler = GapFiller(log, node.inbox, timeout=0)
        filler.poll()
        assert filler.poll() > 0
        assert filler.find_complete_position() == 6


def test_streams_are_at_home_where_kafka_says() -> None:
    for size in range(40):
        data = bytes(range(200, 200 + size))
        assert murmur2(data) == kafkas(data) & 0xFFFFFFFF
