"""A verified replay (chain, Merkle tree, two-axes rows, comparison) against the library's unverified one."""

import json
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from services.audit.replay import ReplayRequest, read_archive, run_replay
from services.audit.replay.seal_check import compute_chain
from shared.eventlog.merkle import Frontier, hash_leaf, verify_inclusion
from tests.bench.audited import build, build_archive, build_on, library, looking, seals, unverified
from tests.bench.measure import Line, Options, exact, line, rounds
from tests.bench.replay import peak
from tests.engines.servers import postgres

TUNED = {"shared_buffers": "1GB", "max_wal_size": "8GB"}
PLACES = (("two", "SQLite"), ("postgres", "PostgreSQL"), ("archive", "an archive"), ("one", "SQLite, by one"))
GOALS = {"two": (2.5, 200_000), "postgres": (2.5, 200_000), "archive": (None, 400_000), "one": (None, None)}
Cpu = dict[str, list[float]]


def verified(home: Path, processes: int, database: str = "", archive: Path | None = None) -> int:
    """AssertionError when it does not come out green."""
    ledger, copy = looking(home, database), None
    if archive:
        copy = home / "copy"
        read_archive(archive, ledger, copy)
    kept = seals(ledger, home)
    found = run_replay(
        ReplayRequest(
            open_=partial(looking, home, database),
            notes=home / "notes",
            program="bench",
            copy=copy,
            processes=processes,
        ),
        kept,
    )
    kept.close()
    ledger.close()
    if copy:
        shutil.rmtree(copy)
    if found.differences:
        raise AssertionError(found.differences[:3])
    return sum(found.events.values())


def _cpu() -> float:
    """Seconds of this process and of those it has waited for. A server's are not among them."""
    return process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def _rate(work: Callable[[], int], spent: list[float]) -> float:
    """Events a second; CPU microseconds of one event go to `spent`."""
    cpu, began = _cpu(), perf_counter()
    events = work()
    took = perf_counter() - began
    spent.append((_cpu() - cpu) / events * 1e6)
    return events / took


def run(options: Options) -> Iterator[Line]:
    events, home = options.pick(1_000_000, 50_000), options.folder / "home"
    with ExitStack() as engines:
        build(home, events)
        build_archive(home, options.folder / "archive")
        app = library(home, options.folder / "library.db")
        database = engines.enter_context(postgres(options.folder, TUNED))
        build_on(database, home, options.folder / "keys")
        yield from _replays(options, events, app, home, database)
        app.close()
    yield from _costs(home)
    yield from _proofs(home)
    yield exact(
        "memory of the largest process of a replay", "MB", _memory(home), 1024, note=f"{events:,} events"
    )


def _replays(options: Options, events: int, app: Any, home: Path, database: str) -> Iterator[Line]:
    work: dict[str, Callable[[], int]] = {
        "two": partial(verified, home, 2),
        "postgres": partial(verified, options.folder / "keys", 2, database),
        "archive": partial(verified, home, 2, "", options.folder / "archive"),
        "one": partial(verified, home, 1),
        "page 1000": partial(unverified, app, 1000),
        "page 10": partial(unverified, app, 10),
    }
    spent: Cpu = {name: [] for name in work}
    found = rounds({name: partial(_rate, each, spent[name]) for name, each in work.items()}, 3, warmup=0)
    for name, place in PLACES:
        ratio, rate = GOALS[name]
        note = f"{median(spent[name]):.1f} us of CPU an event, the library {median(spent['page 1000']):.1f}"
        for page, goal in (("page 1000", ratio), ("page 10", ratio and 8.0)):
            title = f"verified replay from {place} / the library's unverified, {page}"
            yield line(title, "events/s", found, name, page, None if options.quick else goal, note=note)
        if rate:
            found["goal"] = [float(rate)] * len(found[name])
            title = f"verified replay from {place} / the goal"
            note = f"two idle cores would do {2e6 / min(spent[name]):,.0f} by the CPU it takes"
            yield line(title, "events/s", found, name, "goal", None if options.quick else 1.0, note=note)


def _costs(home: Path) -> Iterator[Line]:
    """What the chain and the tree cost on top of an append, and to compute both of a whole log anew."""
    ledger = looking(home)
    log = max(ledger.logs.values(), key=lambda each: each.position())
    states = [state for _, state, _ in log.read_chained(0, 200_000)]
    ledger.close()

    def timed(work: Callable[[], object]) -> float:
        began = process_time()
        work()
        return (process_time() - began) / len(states) * 1e6

    found = rounds(
        {
            "chain": partial(timed, lambda: compute_chain(bytes(32), states)),
            "tree": partial(timed, lambda: Frontier().extend([hash_leaf(state) for state in states], [])),
            "root": partial(timed, lambda: Frontier().extend([hash_leaf(state) for state in states])),
        },
        7,
    )
    size = sum(map(len, states)) / len(states)
    chain, tree, root = (median(found[name]) for name in ("chain", "tree", "root"))
    yield exact("chain, per event", "us of CPU", chain, 0.7, note=f"{size:.0f} bytes")
    yield exact("Merkle tree with its nodes, per event", "us of CPU", tree, 1.3, note="leaf and nodes")
    yield exact("chain and root of a million, by two", "s", (chain + root) / 2, 1.5, note="CPU, halved")


def _proofs(home: Path) -> Iterator[Line]:
    ledger = looking(home)
    kept = seals(ledger, home)
    tree, log = kept.update_tree("appointment"), ledger.logs["appointment"]
    size, chance = tree.size, random.Random(1)
    root, made, checked = tree.root(size), [], []
    longest = 0
    for _ in range(200):
        index = chance.randrange(size)
        [(_, state, _)] = log.read_chained(index, 1)
        began = perf_counter()
        proof = tree.prove_inclusion(index, size)
        made.append(perf_counter() - began)
        began = perf_counter()
        if not verify_inclusion(state, index, size, proof, root):
            raise AssertionError(index)
        checked.append(perf_counter() - began)
        longest = max(longest, 32 * len(proof))
    kept.close()
    ledger.close()
    yield exact("inclusion proof made and checked", "ms", (median(made) + median(checked)) * 1e3, 1)
    yield exact("inclusion proof", "bytes", longest, 32 * (size - 1).bit_length(), note=f"of {size:,} events")


def _memory(home: Path) -> float:
    """Peak resident megabytes of the largest process of a replay by two."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.audit", str(home)], check=True, capture_output=True, text=True
    )
    return float(json.loads(done.stdout)["megabytes"])


if __name__ == "__main__":
    verified(Path(sys.argv[1]), 2)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"megabytes": max(peak(), workers)}))
