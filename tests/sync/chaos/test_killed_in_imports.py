"""Every site is killed with SIGKILL while it takes what another one brings: by file, as the one who calls, and as the
one who is called. Started again, it goes on, and at the end nothing is lost or there twice."""

import os
import random
import signal
from collections import Counter
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line, LineFault
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS, SEED
from tests.support.cadre_process import run_cadre
from tests.sync.chaos.killed import Moment, die_in_import
from tests.sync.line.processes import SiteProcess
from tests.sync.line.sites import serve_site
from tests.sync.line.test_cuts import check_no_hole
from tests.sync.line.test_random_lines import LineExchange
from tests.sync.test_random_exchanges import PARENTS, SITES, LiveSite

APPLIES, CALLS, IS_CALLED = "applies a file", "calls", "is called"
WAYS = (
    ("px", CALLS), ("tinh", APPLIES), ("huyen", IS_CALLED), ("py", APPLIES),
    ("huyen", CALLS), ("tinh", IS_CALLED), ("huyen", APPLIES), ("py", CALLS),
)  # fmt: skip
KILLS = ROUNDS if ROUNDS >= 5 else 4
IN_TRANSACTION = max(ROUNDS // 5, 1)
"""So many kills are to meet an open transaction."""


class KilledImports(LineExchange):
    """Sites that are open in this process, but for the one that is killed next."""

    def __init__(self, folder: Path, seed: int, met: Counter[str]) -> None:
        super().__init__(folder, seed, met)
        self.env = {**os.environ, "LC_ALL": "C.UTF-8"}

    def round(self, site: str, way: str, moment: Moment) -> bool:
        """Whether the process was killed while it took what the others have recorded."""
        for each in self.sites.values():
            for _ in range(self.chance.randrange(1, 4)):
                self.registered += 1
                each.register(f"{each.site}-{self.registered}")
        taker, dying = self.sites[site], partial(die_in_import, moment, self.chance.randrange(1, 3))
        code = {APPLIES: self.apply, CALLS: self.call, IS_CALLED: self.answer}[way](taker, dying)
        assert code in (0, -signal.SIGKILL), code
        taker.open()
        check_no_hole(taker)
        persons = taker.persons()
        assert len(persons) == len(set(persons)), "doubled"
        if code:
            self.met[moment] += 1
            self.met[f"{site} {way}: killed"] += 1
        return code != 0

    def apply(self, taker: LiveSite, dying: "partial[None]") -> int:
        giver = self.chance.choice(neighbours(taker.site))
        self.make(giver, taker.site)
        _, file = self.under_way.pop()
        taker.close()
        return self.run(taker, ("bundle", "apply", str(file)), dying)

    def call(self, taker: LiveSite, dying: "partial[None]") -> int:
        with serve_site(self.sites[PARENTS[taker.site]]) as line:
            taker.close()
            return self.run(taker, ("sync", "now", "--address", line.address), dying)

    def run(self, site: LiveSite, words: tuple[str, ...], dying: "partial[None]") -> int:
        env = {**self.env, "CADRE_HOME": str(site.home), "CADRE_SITE": site.site}
        done = run_cadre(words, env, self.folder, dying)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode

    def answer(self, taker: LiveSite, dying: "partial[None]") -> int:
        child = self.sites[self.chance.choice([each for each in PARENTS if PARENTS[each] == taker.site])]
        taker.close()
        served = SiteProcess(self.folder, taker.site, first=dying)
        try:
            with closing(Line(served.address)) as line:
                for _ in Caller(child.replica, taker.site).exchange(line):
                    continue
        except LineFault as fault:
            self.met[f"callers were told: {fault.rule}"] += 1
        served.stop()
        return -signal.SIGKILL if served.process.poll() == -signal.SIGKILL else 0


def neighbours(site: str) -> list[str]:
    """The sites that it exchanges with."""
    return [each for each in SITES if PARENTS.get(each) == site or PARENTS.get(site) == each]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_in_imports_every_site_has_all_at_the_end(folder: Path) -> None:
    met = TALLIES[f"kills in imports, with CADRE_FAULT_SEED={SEED}"]
    imports = KilledImports(folder, SEED, met)
    chance, killed = random.Random(SEED), 0
    try:
        for number in count():
            site, way = WAYS[number % len(WAYS)]
            moment = chance.choice([Moment.IN_TRANSACTION, Moment.IN_TRANSACTION, *Moment])
            killed += imports.round(site, way, moment)
            if killed >= KILLS and met[Moment.IN_TRANSACTION] >= IN_TRANSACTION:
                break
        imports.check()
        imports.check_stores()
    finally:
        imports.close()
    met["kills"] += killed
