"""A program of somebody else: every fact once, holes told, unknown facts passed on, and its place kept by itself."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import new_id
from shared.core.facts import Topic
from shared.messaging.consumer import (
    ConsumedEvent,
    Consumer,
    ConsumerState,
    Gap,
    HttpFeed,
    LogChanged,
    Offsets,
    SourceRecord,
)
from shared.operations.settings import load
from tests.feeds.serving import listening
from tests.kernel.toy import Noted, Signed
from tests.kernel.toy import topic as toy

ROOT = Path(__file__).parents[2]
LINE = {
    "event_id": "e",
    "site": "ward cốc lếu",
    "stream": "x",
    "version": 1,
    "recorded_at": "t",
    "actor": "a",
}


def state_of(seq: int, epoch: str = "one", **fact: Any) -> bytes:
    said = {"type": "toy.noted", "what": f"{epoch} {seq}"} | fact
    return msgspec.json.encode(
        {**LINE, "epoch": epoch, "seq": seq, "command_id": "", "lamport": seq, "fact": said}
    )


class Delivered:
    """A transport that gives what it is told, a few at a time."""

    def __init__(self, states: Sequence[bytes], page: int = 3) -> None:
        self.states, self.page = list(states), page

    def read(self, topics: Sequence[str], places: Offsets) -> list[SourceRecord]:
        at = int(places.get("toy/0", "0"))
        some = list(enumerate(self.states))[at : at + self.page]
        return [SourceRecord("toy", state, "toy/0", str(number + 1)) for number, state in some]


def all_of(consumer: Consumer) -> list[ConsumedEvent]:
    found: list[ConsumedEvent] = []
    while batch := consumer.poll():
        found += batch
    return found


def what(events: list[ConsumedEvent]) -> list[str]:
    return [each.event.fact.what for each in events if each.event]


def test_repeats_are_dropped_and_any_order_is_whole() -> None:
    states = [state_of(seq, epoch) for epoch in ("one", "two") for seq in range(1, 40)]
    delivered = states * 3
    random.Random(7).shuffle(delivered)
    consumer = Consumer(Delivered(delivered), [toy])
    assert sorted(what(all_of(consumer))) == sorted(f"{e} {n}" for e in ("one", "two") for n in range(1, 40))
    assert consumer.missing() == []
    assert all(not seen.beyond for seen in consumer.state.seen.values()), "nothing is remembered for ever"


@pytest.mark.parametrize(
    ("lost", "told"), [({5}, [(5, 5)]), ({1, 2}, [(1, 2)]), ({3, 8, 9}, [(3, 3), (8, 9)]), (set(), [])]
)
def test_what_is_missing_is_told(lost: set[int], told: list[tuple[int, int]]) -> None:
    consumer = Consumer(Delivered([state_of(seq) for seq in range(1, 12) if seq not in lost]), [toy])
    all_of(consumer)
    assert consumer.missing() == [Gap("toy", "ward cốc lếu", "one", first, last) for first, last in told]


def test_who_dies_goes_on_where_they_saved() -> None:
    """Between a poll and saving: then the batch comes again, and what was saved before does not."""
    delivered, saved = Delivered([state_of(seq) for seq in range(1, 11)]), b"{}"
    kept: list[str] = []
    for _ in range(20):
        consumer = Consumer(delivered, [toy], msgspec.json.decode(saved, type=ConsumerState))
        kept += what(consumer.poll())
        saved = msgspec.json.encode(consumer.state)
        consumer.poll()  # and dies here
    assert kept == [f"one {seq}" for seq in range(1, 11)]


def test_facts_of_a_later_version_are_passed_on() -> None:
    later = [
        state_of(1),
        state_of(2, type="toy.sung", melody="?"),
        state_of(3, type="toy.noted", what=["not", "text"]),
        b"not even JSON",
        state_of(4, type="toy.noted", mood="good"),
    ]
    found = all_of(Consumer(Delivered(later), [toy]))
    assert [(told.tag, told.event is not None) for told in found] == [
        ("toy.noted", True),
        ("toy.sung", False),
        ("toy.noted", False),
        ("", False),
        ("toy.noted", True),
    ]
    assert found[1].raw == later[1]


def test_an_older_program_reads_a_newer_ledger() -> None:
    """A program that knows one fact of two, and fewer fields."""
    older: Topic[Any] = Topic("toy", Noted)
    signed = toy.encode(msgspec.json.decode(state_of(1)) | {"fact": Signed(name="sealed:x")})
    [told] = all_of(Consumer(Delivered([signed]), [older]))
    assert (told.tag, told.event) == ("toy.signed", None)


TERM = {"type": "appointment.appointed", "term_months": 60}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A ledger in one process where one term ends on 2025-03-01 and another in 2030; its address and home."""
    ledger = open_embedded_ledger(load(tmp_path / "home"))
    with listening(create_http_app(ledger)) as address:
        yield address, tmp_path
    ledger.close()


def say(client: httpx2.Client, url: str, fact: dict[str, Any], **headers: str) -> str:
    """The stream it is about. In a cluster, what was said a moment ago may not stand yet."""
    for _ in range(600):
        answer = client.post(url, json=fact, headers=headers)
        if answer.status_code == 201:
            return str(answer.json()["stream"])
        time.sleep(0.1)
    raise AssertionError(answer.text)


def appoint(client: httpx2.Client, tenure: str, start: str) -> str:
    """The cadre who begins a term of five years."""
    unit = {"name": f"Sở {tenure}", "level": "PROVINCE", "kind": "DEPARTMENT", "bloc": "TERRITORY"}
    fact = {"type": "organization.unit-established", "effective_from": "2000-01-01", **unit}
    chair = {"type": "organization.post-created", "effective_from": "2000-01-01", "title": "Giám đốc"}
    department = say(client, "/organization", fact)
    post = say(client, "/organization", {**chair, "unit": department, "role": "HEAD"})
    cadre = say(
        client,
        "/personnel",
        {"type": "personnel.registered", "effective_from": "2000", "name": f"Người {tenure}"},
    )
    term = {**TERM, "tenure": tenure, "post": post, "effective_from": start}
    return say(client, f"/appointment/{cadre}", term, **{"If-Match": "*"})


def test_the_example_says_whose_term_ends(served: tuple[str, Path]) -> None:
    address, folder = served
    with httpx2.Client(base_url=address, timeout=30) as client:
        cadre = appoint(client, "soon", "2020-03-01")
        appoint(client, "late", "2025-01-01")

        def said() -> list[str]:
            program = [sys.executable, "docs/examples/terms_ending.py", address, "2025-01-15"]
            env = {"PYTHONPATH": str(ROOT), "PATH": ""}
            done = subprocess.run(
                [*program, str(folder / "state.json")], cwd=ROOT, env=env, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        assert said() == [f"2025-03-01  {cadre}  soon"]
        ended = {"type": "appointment.tenure-ended", "tenure": "soon", "effective_from": "2025-01-10"}
        client.post(f"/appointment/{cadre}", json=ended, headers={"If-Match": "*"})
        assert said() == []


def test_a_feed_whose_log_was_replaced_says_so(served: tuple[str, Path], tmp_path: Path) -> None:
    from services.personnel.events import topic

    address, _ = served
    with httpx2.Client(base_url=address, timeout=30) as client:
        client.post(
            "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": new_id()}
        )
    consumer = Consumer(HttpFeed(address), [topic])
    assert len(all_of(consumer)) == 1
    other = open_embedded_ledger(load(tmp_path / "restored"))
    with listening(create_http_app(other)) as restored, pytest.raises(LogChanged):
        Consumer(HttpFeed(restored), [topic], consumer.state).poll()
    other.close()
