"""What a child that brings much costs its siblings and the site that takes it (sync case 20); what it costs where
nothing is new; and how soon a province shows what a ward has recorded.

Sites are processes of their own on this machine; the sibling is in this one. `CADRE_BENCH_WEIGHT`: facts of the child.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import httpx2

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line as SiteLine
from tests.bench.intake import folder_of
from tests.bench.measure import Line, Options, exact
from tests.bench.sync import FACTS_A_TERM, count_facts, run_command, watch_memory
from tests.sites.office import Office
from tests.sync.line.processes import SiteProcess
from tests.sync.line.sites import CallingSite

_PAUSE, _POST_PAUSE = 0.5, 0.7
"""Seconds between two exchanges of the sibling, and between two writes at the site itself."""
_VISIBLE_EVERY = 5
"""Of so many exchanges of the sibling one is followed by asking until its fact is shown."""


def percentile(values: list[float], share: float) -> float:
    """In milliseconds, of seconds."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] * 1000


class Sibling:
    """A child that records a fact, exchanges, and now and then asks until its fact is shown."""

    def __init__(self, site: CallingSite, parent: SiteProcess) -> None:
        self._site, self._parent = site, parent
        self.exchanges: list[float] = []
        self.shown: list[float] = []
        self._number = 0
        self._asking: Thread | None = None

    def exchange(self, has_news: bool = True) -> float:
        """Seconds until its fact is receipted, or nothing is new: of the first message and its answer. Further ones
        bring what the site and the other child have recorded."""
        self._number += 1
        person = f"{self._site.site}-{self._number}"
        if has_news:
            self._site.register_only(person)
        line, began = SiteLine(self._parent.address), perf_counter()
        try:
            rounds = Caller(self._site.replica, self._parent.site).exchange(line)
            next(rounds)
            took = perf_counter() - began
            for _ in rounds:
                continue
        finally:
            line.close()
        if has_news and self._number % _VISIBLE_EVERY == 0 and self._asking is None:
            self._asking = Thread(target=self._ask, args=(person, began))
            self._asking.start()
        return took

    def _ask(self, person: str, began: float) -> None:
        with httpx2.Client(base_url=self._parent.address, timeout=60) as client:
            while client.get(f"/cadres/{person}/life").status_code != 200:
                time.sleep(0.1)
        self.shown.append(perf_counter() - began)
        self._asking = None

    def close(self) -> None:
        if asking := self._asking:
            asking.join()


def measure_while(
    sibling: Sibling, parent: SiteProcess, goes_on: Callable[[], bool]
) -> tuple[list[float], list[float]]:
    """Seconds of the exchanges of the sibling and of the writes of the site, while something goes on."""
    writes, exchanges, is_over = list[float](), list[float](), False

    def write() -> None:
        while not is_over:
            began = perf_counter()
            parent.register(f"Người {len(writes)}")
            writes.append(perf_counter() - began)
            time.sleep(_POST_PAUSE)

    writing = Thread(target=write)
    writing.start()
    while goes_on():
        exchanges.append(sibling.exchange())
        time.sleep(_PAUSE)
    is_over = True
    writing.join()
    return exchanges, writes


def weigh(folder: Path, facts: int, is_first: bool, alone: int) -> dict[str, float]:
    """Exchanges of py and writes of huyen alone, then while px brings its facts. `is_first`: px has never exchanged."""
    folder.mkdir()
    huyen_office, px_office, py_office = (Office(folder, site) for site in ("huyen", "px", "py"))
    huyen_office.well("init", "--name", "Huyện", "--level", "PROVINCE", "--root")
    for child in (px_office, py_office):
        child.join_below(huyen_office)
    files = folder_of(folder / "files", round(facts / FACTS_A_TERM))
    with ExitStack() as opened:
        huyen = SiteProcess(folder, "huyen")
        opened.callback(huyen.stop)
        if not is_first:
            run_command(px_office, "sync", "now", "--address", huyen.address, "--json")
        run_command(px_office, "import", "terms", str(files), "--scheme", "bench", "--yes", "--json")
        site = CallingSite(folder, "py", "huyen")
        opened.callback(site.close)
        sibling = Sibling(site, huyen)
        opened.callback(sibling.close)
        sibling.exchange()
        left = [alone]

        def count_down() -> bool:
            left[0] -= 1
            return left[0] >= 0

        alone_exchanges, alone_writes = measure_while(sibling, huyen, count_down)
        sibling.shown.clear()
        nothing_new = [sibling.exchange(has_news=False) for _ in range(2 * alone)]
        peak = opened.enter_context(watch_memory(huyen.process.pid))
        bringing = Thread(target=_bring, args=(px_office, huyen.address))
        began = perf_counter()
        bringing.start()
        exchanges, writes = measure_while(sibling, huyen, bringing.is_alive)
        took = perf_counter() - began
        sibling.close()
        return {
            "facts": count_facts(px_office.home),
            "seconds": took,
            "exchange alone": percentile(alone_exchanges, 0.95),
            "exchange": percentile(exchanges, 0.95),
            "exchanges": len(exchanges),
            "write alone": percentile(alone_writes, 0.95),
            "write": percentile(writes, 0.95),
            "writes": len(writes),
            "shown": max(sibling.shown, default=0.0),
            "nothing new": percentile(nothing_new, 0.95),
            "memory": peak[0] / 2**30,
        }


def _bring(site: Office, address: str) -> None:
    """Until all is taken: an answer that takes too long, or one that says to come again, is asked for again."""
    while True:
        told: Any = run_command(site, "sync", "now", "--address", address, "--json", may_fail=True).output
        if isinstance(told, dict) and not told.get("failure"):
            return
        time.sleep(1)


def measure_way_up(folder: Path, facts: int) -> float:
    """Seconds from the acknowledgement at a ward until the province shows it, at the 99th percentile."""
    folder.mkdir()
    top, city, ward = (Office(folder, site) for site in ("tinh", "huyen", "px"))
    top.well("init", "--name", "Tỉnh", "--level", "PROVINCE", "--root")
    city.join_below(top)
    ward.join_below(city)
    took = []
    with ExitStack() as opened:
        served: list[SiteProcess] = []
        for site in ("tinh", "huyen", "px"):
            served.append(SiteProcess(folder, site, served[-1].address if served else ""))
            opened.callback(served[-1].stop)
        tinh, _, px = served
        for number in range(facts + 1):
            cadre = px.register(f"Người {number}")
            began = perf_counter()
            tinh.wait_until(lambda cadre=cadre: tinh.knows(cadre))
            if number:  # the first synchronisation is another thing
                took.append(perf_counter() - began)
    return percentile(took, 0.99) / 1000


def run(options: Options) -> Iterator[Line]:
    facts = int(os.environ.get("CADRE_BENCH_WEIGHT", options.pick(300_000, 8_000)))
    for name, is_first in (("a first synchronisation", True), ("later", False)):
        found = weigh(options.folder / f"weight-{is_first}", facts, is_first, options.pick(60, 20))
        note = f"{found['facts']:,.0f} facts in {found['seconds']:.0f} s, {name}"
        wanted = 2 * found["exchange alone"] + 250
        many = f"{found['exchanges']:.0f} exchanges; alone {found['exchange alone']:.0f} ms"
        yield exact(f"sibling's exchange p95, {name}", "ms", found["exchange"], wanted, f"{note}; {many}")
        many = f"{found['writes']:.0f} writes; alone {found['write alone']:.0f} ms"
        yield exact(f"own POST p95, {name}", "ms", found["write"], 2 * found["write alone"], many)
        yield exact(f"sibling's fact shown, {name}", "s", found["shown"], 5, "the longest")
        yield exact(f"memory of the receiver, {name}", "GiB", found["memory"], 1)
        yield exact(f"nothing new p95, {name}", "ms", found["nothing new"], 10)
    up = measure_way_up(options.folder / "up", options.pick(200, 20))
    yield exact("from a ward to the province p99", "s", up, 2)
