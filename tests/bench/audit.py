"""A verified replay (chain, Merkle tree, two-axes rows, comparison) against the library's unverified one."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from services.appointment.events import topic
from services.audit.replaying import Replay, replay
from shared.merkle import Frontier, includes, leaf
from tests.bench.audited import build, looking, seals
from tests.bench.careers import careers
from tests.bench.measure import Line, Options, exact, line, rounds
from tests.bench.replay import peak


class Career(Aggregate):
    """The same facts as the library keeps them."""

    @event("Opened")
    def __init__(self, stream: str) -> None:
        self.stream = stream

    @event("Told")
    def told(self, recorded: dict[str, Any]) -> None:
        pass


def library(home: Path, streams: int) -> Application[Any]:
    path = str(home / "library.db")
    app: Application[Any] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path}
    )
    for stream, stored in careers(0, streams):
        career = Career(stream)
        for state in stored:
            career.told(msgspec.to_builtins(topic.decode(state)))
        app.save(career)
    return app


def unverified(app: Application[Any], page: int) -> int:
    """The library reads, decodes, and the least fold makes of it who holds what. Returns the events."""
    start, events = 1, 0
    held: dict[str, tuple[str, str, str]] = {}
    while found := app.recorder.select_notifications(start, page):
        for notification in found:
            told: Any = app.mapper.to_domain_event(notification)
            events += 1
            if type(told) is Career.Told:  # type: ignore[attr-defined]  # made by the decorator
                fact = told.recorded["fact"]
                if fact["type"] == "appointment.appointed":
                    held[fact["tenure"]] = (fact["post"], fact["effective_from"], "")
                elif fact["type"] == "appointment.tenure-ended" and (row := held.get(fact["tenure"])):
                    held[fact["tenure"]] = (row[0], row[1], fact["effective_from"])
        start = int(found[-1].id) + 1
    return events


def verified(home: Path, processes: int) -> int:
    """AssertionError when it does not come out green."""
    ledger = looking(home)
    kept = seals(ledger, home)
    asked = Replay(open_=partial(looking, home), notes=home / "notes", program="bench", processes=processes)
    found = replay(asked, kept)
    kept.close()
    ledger.close()
    if found.differences:
        raise AssertionError(found.differences[:3])
    return found.events["appointment"]


def _rate(work: Callable[[], int]) -> float:
    began = perf_counter()
    return work() / (perf_counter() - began)


def run(options: Options) -> Iterator[Line]:
    streams, home = options.pick(40_000, 2_000), options.folder / "home"
    events = build(home, streams)
    app = library(options.folder, options.pick(8_000, 1_000))
    cells = {
        "two": partial(_rate, partial(verified, home, 2)),
        "one": partial(_rate, partial(verified, home, 1)),
        "page 1000": partial(_rate, partial(unverified, app, 1000)),
        "page 10": partial(_rate, partial(unverified, app, 10)),
    }
    found = rounds(cells, options.pick(3, 1), warmup=0)
    app.close()
    note = f"{events:,} events"
    for processes in ("two", "one"):
        for page, goal in (("page 1000", 2.5), ("page 10", 8.0)):
            name = f"verified replay by {processes} / the library's unverified, {page}"
            yield line(
                name,
                "events/s",
                found,
                processes,
                page,
                goal if processes == "two" and not options.quick else None,
                note=note,
            )
    yield from _costs(options.pick(200_000, 20_000))
    yield from _proofs(home)
    small = options.folder / "small"
    build(small, streams // 10)
    few, many = (_memory(each) for each in (small, home))
    yield exact(
        "memory of a verified replay by one, growth from a tenth",
        "MB",
        many - few,
        100,
        note=f"{few:.0f} -> {many:.0f} MB",
    )


def _costs(events: int) -> Iterator[Line]:
    states = [state for _, stored in careers(0, events // 25) for state in stored]

    def chain() -> float:
        began, last = perf_counter(), bytes(32)
        for state in states:
            last = sha256(last + state).digest()
        return (perf_counter() - began) / len(states) * 1e6

    def tree() -> float:
        began = perf_counter()
        Frontier().extend([leaf(state) for state in states], [])
        return (perf_counter() - began) / len(states) * 1e6

    found = rounds({"chain": chain, "tree": tree}, 7)
    size = sum(map(len, states)) / len(states)
    yield exact("chain, per event", "us", median(found["chain"]), 0.7, note=f"{size:.0f} bytes")
    yield exact("Merkle tree with its nodes, per event", "us", median(found["tree"]), 1.3)


def _proofs(home: Path) -> Iterator[Line]:
    ledger = looking(home)
    kept = seals(ledger, home)
    tree, log = kept.tree("appointment"), ledger.logs["appointment"]
    size, chance = tree.size, random.Random(1)
    root, made, checked = tree.root(size), [], []
    longest = 0
    for _ in range(200):
        index = chance.randrange(size)
        [(_, state, _)] = log.sealed(index, 1)
        began = perf_counter()
        proof = tree.inclusion(index, size)
        made.append(perf_counter() - began)
        began = perf_counter()
        if not includes(state, index, size, proof, root):
            raise AssertionError(index)
        checked.append(perf_counter() - began)
        longest = max(longest, 32 * len(proof))
    kept.close()
    ledger.close()
    yield exact("inclusion proof made and checked", "ms", (median(made) + median(checked)) * 1e3, 1)
    yield exact("inclusion proof", "bytes", longest, 32 * (size - 1).bit_length(), note=f"of {size:,} events")


def _memory(home: Path) -> float:
    """Peak resident megabytes of a process that replays alone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.audit", str(home)], check=True, capture_output=True, text=True
    )
    return float(json.loads(done.stdout)["megabytes"])


if __name__ == "__main__":
    verified(Path(sys.argv[1]), 1)
    print(json.dumps({"megabytes": peak()}))
