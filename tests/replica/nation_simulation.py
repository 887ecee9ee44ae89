"""A nation of provinces and communes that record and exchange over the product's core while everything goes wrong.

`python -m tests.replica.nation_simulation [--provinces 34] [--communes 3321] [--rounds 6] [--seed 1]` prints what was
met, and what it took. Up goes what was recorded at or below the sender, down what higher sites decided.
"""

import argparse
import resource
import sys
from collections import Counter
from pathlib import Path
from random import Random
from time import perf_counter

from shared.replica.parted_lines import find_branches
from shared.replica.runs import Head, LogId
from tests.replica.nation_sites import TOPIC, Message, Nation, Site

ROOT = "quoc-gia"
MOST = {"xa": 2, "tinh": 100, ROOT: 100}
"""Chunks in a message to or from a site of a kind, so that one is often not enough."""
MUST_MEET = (
    "line down",
    "message lost",
    "reply lost",
    "killed in mid-import",
    "chunk damaged",
    "message twice",
    "late",
    "overtook the province",
    "commune restored",
    "province restored",
    "registered late",
    "next",
    "duplicate",
    "early",
    "waiting",
    "invalid",
    "first synchronisation under way",
    "own tail pulled back",
    "branch",
)


class Simulation:
    """Everything that happens is drawn from one seed."""

    def __init__(self, provinces: int, communes: int, seed: int) -> None:
        self.chance, self.met, self.nation = Random(seed), Counter[str](), Nation()
        self.sites = {ROOT: self.nation.add(ROOT, "")}
        self.provinces = [f"tinh-{number:02d}" for number in range(1, provinces + 1)]
        self.communes = [f"xa-{number:04d}" for number in range(1, communes + 1)]
        for province in self.provinces:
            self.sites[province] = self.nation.add(province, ROOT)
        for number, commune in enumerate(self.communes):
            self.sites[commune] = self.nation.add(commune, self.provinces[number % provinces])
        self.backups: dict[str, Site] = {}
        self.late: list[tuple[str, Message]] = []
        self.gone: set[bytes] = set()
        """Entries that never left a site before it was restored."""
        for site in (ROOT, *self.provinces):
            self.sites[site].registered |= {ROOT, *self.provinces}

    def run(self, rounds: int) -> None:
        """Communes are restored in every other round and provinces in those between: of two that are restored one after
        the other, the second would often take last copies with it, and is left alone."""
        for number in range(rounds):
            self.admit(number)
            for province in self.provinces if number % 2 else ():
                self.backups[province] = self.sites[province].back_up()
            for commune in self.chance.sample(self.communes, len(self.communes)):
                self.happen(commune, may_restore=number % 2 == 0)
            for province in self.provinces:
                self.write(province, 0.5, 3)
                if not self.is_down():
                    self.exchange(province, ROOT, calm=False)
            self.write(ROOT, 0.7, 3)
            for province in self.provinces if number % 2 else ():
                if self.chance.random() < 0.5:
                    self.met["province restored"] += self.restore(province)

    def admit(self, number: int) -> None:
        """A fifth of the communes join later; above their province that is heard of with its next message."""
        for at, commune in enumerate(self.communes):
            parent = self.nation.parents[commune]
            if commune not in self.sites[parent].registered and (at % 5 or number):
                self.sites[parent].registered |= {commune}
                self.sites[commune].registered |= {commune, parent, ROOT}
                self.met["registered late"] += bool(number)

    def happen(self, commune: str, may_restore: bool) -> None:
        chance, site, parent = self.chance, self.sites[commune], self.nation.parents[commune]
        self.write(commune, 0.8, 4)
        if chance.random() < 0.1:
            self.backups[commune] = site.back_up()
            self.write(commune, 0.5, 2)
        if may_restore and chance.random() < 0.2 and commune in self.backups:
            self.met["commune restored"] += self.restore(commune)
            self.write(commune, 0.5, 2)
        if self.is_down():
            return
        if chance.random() < 0.1:
            to = ROOT if chance.random() < 0.3 else parent
            known = frozenset() if chance.random() < 0.3 else self.known(site, to)
            self.late.append((to, site.message(to, known, MOST["xa"])))
        self.exchange(commune, parent, calm=False)
        while self.late and chance.random() < 0.12:
            to, message = self.late.pop(chance.randrange(len(self.late)))
            self.met["overtook the province" if to == ROOT else "late"] += 1
            self.deliver(message, to, calm=True)

    def is_down(self) -> bool:
        down = self.chance.random() < 0.25
        self.met["line down"] += down
        return down

    def write(self, site: str, chance: float, most: int) -> None:
        if self.chance.random() < chance:
            for _ in range(self.chance.randint(1, most)):
                self.sites[site].write(f"{site}-{self.chance.randrange(10)}")

    def known(self, site: Site, to: str) -> frozenset[Head]:
        return site.peers[to].heads if to in site.peers else frozenset()

    def exchange(self, child: str, parent: str, calm: bool) -> None:
        """Messages and answers, at most three of each, until neither has more for the other."""
        below, above, most = self.sites[child], self.sites[parent], MOST[child.split("-")[0]]
        for _ in range(3):
            up = below.message(parent, self.known(below, parent), most)
            if not self.deliver(up, parent, calm):
                return
            down = above.message(child, self.known(above, child), most)
            if not calm and self.chance.random() < 0.05:
                self.met["reply lost"] += 1
                return
            if not self.deliver(down, child, calm) or not (up.chunks or down.chunks):
                return

    def deliver(self, message: Message, to: str, calm: bool) -> bool:
        """Whether the message came and was taken."""
        chance, site, killed = self.chance, self.sites[to], None
        if not calm and chance.random() < 0.05:
            self.met["message lost"] += 1
            return False
        if not calm and message.chunks and chance.random() < 0.05:
            at = chance.randrange(len(message.chunks))
            message = message._replace(chunks=damage(message.chunks, at, chance))
            self.met["chunk damaged"] += 1
        if not calm and len(message.chunks) > 1 and chance.random() < 0.2:
            killed = 1
            self.met["killed in mid-import"] += 1
        twice = not killed and not calm and chance.random() < 0.03
        self.met["message twice"] += twice
        for _ in range(1 + twice):
            own = LogId(to, TOPIC)
            before = site.logs.get(own)
            outcomes = site.take(message, killed)
            self.met.update({str(outcome): number for outcome, number in outcomes.items()})
            self.met["own tail pulled back"] += site.logs.get(own) != before
            self.met["first synchronisation under way"] += bool(site.targets)
        if killed:
            site.epoch = ""
        return killed is None

    def restore(self, name: str) -> bool:
        """Whether the site was restored from its backup. What never left it is gone; what did is never lost with one
        restore at a time, so a site that has the last copy, because others were restored, is left alone."""
        site, kept, gone = self.sites[name], self.backups[name], set[bytes]()
        for log, held in site.logs.items():
            if kept.logs.get(log) == held:
                continue
            lost = set(site.roots(log)) - set(kept.roots(log))
            origin = self.sites[log.origin]
            for other in (origin, *self.above(log.origin)):
                if other is not site:
                    lost -= set(other.roots(log))
            gone |= lost
        if gone & self.nation.travelled:
            self.met["left alone with the last copy"] += 1
            return False
        self.gone |= gone
        site.restore(kept)
        return True

    def above(self, name: str) -> list[Site]:
        parents = []
        while name := self.nation.parents[name]:
            parents.append(self.sites[name])
        return parents

    def heal(self) -> int:
        """What is late arrives, and all exchange until nothing is new; after how many rounds."""
        for to, message in self.late:
            self.deliver(message, to, calm=True)
        for number in range(1, 20):
            before = {name: (dict(site.logs), site.targets) for name, site in self.sites.items()}
            for commune in self.communes:
                self.exchange(commune, self.nation.parents[commune], calm=True)
            for province in self.provinces:
                self.exchange(province, ROOT, calm=True)
            for commune in self.communes:
                self.exchange(commune, self.nation.parents[commune], calm=True)
            if all(before[name] == (site.logs, site.targets) for name, site in self.sites.items()):
                return number
        return 0

    def check(self) -> None:
        """Everybody above has all that was written and not lost, the same; nothing is kept aside; all is delivered."""
        written = {root for root, entry in self.nation.entries.items()}
        held: set[bytes] = set()
        for name, site in self.sites.items():
            assert not site.dispositions(), (name, site.dispositions())
            assert site.undelivered() == 0, (name, site.undelivered())
            log = LogId(name, TOPIC)
            for other in self.above(name):
                assert other.logs.get(log) == site.logs.get(log), (name, other.name)
            held |= set(site.roots(log))
            assert site.counted() == sum(len(list(site.roots(each))) for each in site.logs)
            self.met["branch"] += any(map(find_branches, site.logs.values()))
        assert written - held == self.gone, "lost"
        self.met["facts"] = len(written)
        self.met["never left a site that was restored"] = len(written - held)


def damage(chunks: tuple[bytes, ...], at: int, chance: Random) -> tuple[bytes, ...]:
    """One chunk with a bit changed, or cut short."""
    raw = bytearray(chunks[at])
    if chance.random() < 0.5:
        del raw[chance.randrange(len(raw)) :]
    else:
        raw[-1 - chance.randrange(60)] ^= 1 << chance.randrange(8)
    return (*chunks[:at], bytes(raw), *chunks[at + 1 :])


def anonymous_memory() -> int:
    """Bytes of this process that are in memory and belong to no file."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon"))


def simulate(provinces: int, communes: int, rounds: int, seed: int) -> Simulation:
    """Run, heal and check; what was met says how long and how large too."""
    began, used = perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    simulation = Simulation(provinces, communes, seed)
    simulation.run(rounds)
    healed = simulation.heal()
    assert healed, "it does not end"
    simulation.check()
    simulation.met["rounds until nothing was new"] = healed
    simulation.met["seconds"] = round(perf_counter() - began)
    simulation.met["seconds of a processor"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_utime - used)
    simulation.met["MB of memory"] = anonymous_memory() // 2**20
    return simulation


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.replica.nation_simulation", description=__doc__)
    for name, number in (("provinces", 34), ("communes", 3321), ("rounds", 6), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=number)
    asked = parser.parse_args()
    for what, number in simulate(asked.provinces, asked.communes, asked.rounds, asked.seed).met.items():
        sys.stdout.write(f"{number:>12,}  {what}\n")


if __name__ == "__main__":
    main()
