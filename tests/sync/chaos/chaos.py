"""Everything at once: sites whose lines fail, whose processes are killed, that are restored from backups, whose clocks
are wrong, and one that exchanges by stick; facts are recorded and questions are asked all the time (sync case 43)."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from shared.replica.store import REPLICA_FILE
from shared.replica.store.replica_store import ReplicaStore
from tests.sync.chaos.holdings import OwnEvents, read_foreign_events
from tests.sync.chaos.networks import LineFailure, Network
from tests.sync.chaos.recorders import POST, Recorder
from tests.sync.chaos.sites import ChaosSite

PARENTS = {"huyen": "tinh", "px": "huyen", "py": "huyen"}
SITES = ("tinh", *PARENTS)
LINES = {"huyen": "tinh", "px": "huyen"}
"""py has none: it exchanges by stick with huyen."""
HOUR = 3600.0
MADE, USED_TWICE, LOST = "sticks made", "sticks applied twice or late", "sticks lost"
FORWARD, BACK = "clocks put forward", "clocks put back"
KILLED, IN_IMPORT, RESTORED = "killed", "killed while something was not receipted", "restored"
KINDS = (*LineFailure, KILLED, RESTORED, FORWARD, BACK, MADE, USED_TWICE, LOST)


class Given(NamedTuple):
    """An answer, the question, and the instant that it says it is known at."""

    path: str
    query: Mapping[str, str]
    known_at: str
    body: bytes


class Chaos:
    """The folder has the homes of the sites. `wanted`: how often each kind of fault is to be met; `failing`: seconds
    that a line fails or is well, at the least and the most; `rate`: facts a second at each site."""

    def __init__(
        self,
        folder: Path,
        network: Network,
        seed: int,
        wanted: int,
        failing: tuple[float, float],
        rate: float,
        met: Counter[str],
    ) -> None:
        self.folder, self.network, self.seed, self.wanted = folder, network, seed, wanted
        self.chance, self.met, self.failing = random.Random(seed), met, failing
        self.sites: dict[str, ChaosSite] = {}
        for site in SITES:
            above = self.sites[LINES[site]] if site in LINES else None
            self.sites[site] = ChaosSite(folder, site, network, above)
        self.recorders = {
            site.site: Recorder(site.site, site.address, network, f"{seed} {site.site}", rate)
            for site in self.sites.values()
        }
        self.own = {site: OwnEvents(each.book) for site, each in self.recorders.items()}
        self.sticks: list[tuple[str, Path]] = []
        self.used: list[tuple[str, Path]] = []
        self.files = 0
        self.receipted, self.lost = frozenset[str](), frozenset[str]()
        """Acknowledged events that another site than their origin has held, and those that a restore lost."""
        self.answers: dict[str, list[Given]] = {site: [] for site in SITES}
        self._answers_at_backup = dict.fromkeys(SITES, 0)
        self._calm = threading.Event()
        self._weather = [threading.Thread(target=self._fail_lines, args=(child,)) for child in LINES]

    def run(self) -> None:
        """Let faults happen until each kind was met often enough."""
        for thread in self._weather:
            thread.start()
        try:
            while missing := [kind for kind in self.kinds() if self.met[kind] < self.needed(kind)]:
                self.step(missing)
        finally:
            self._calm.set()
            for thread in self._weather:
                thread.join()
        for child in LINES:
            self.network.mend(child)
        for site in self.sites.values():  # one whose clock jumped answers no command before that
            site.clock.put(0.0)
        for recorder in self.recorders.values():
            recorder.stop()

    def close(self) -> None:
        """End all that runs."""
        self._calm.set()
        for recorder in self.recorders.values():
            recorder.give_up()
        for site in self.sites.values():
            site.kill()
            site.client.close()

    def kinds(self) -> list[str]:
        """With many rounds every site is to be killed and restored often."""
        each = [f"{kind}: {site}" for kind in (KILLED, RESTORED) for site in SITES]
        return [*KINDS, *(each if self.wanted >= 5 else [])]

    def needed(self, kind: str) -> int:
        return self.wanted if kind in KINDS else self.wanted // 5

    def _fail_lines(self, child: str) -> None:
        chance = random.Random(f"{self.seed} line of {child}")
        while not self._calm.wait(chance.uniform(*self.failing)):
            failure = chance.choice(list(LineFailure))
            self.network.fail(child, failure, chance)
            self.met[failure] += 1
            self._calm.wait(chance.uniform(*self.failing))
            self.network.mend(child)

    def step(self, missing: list[str]) -> None:
        """Something happens; what is still missing more often than the rest."""
        chance = self.chance
        site = self.sites[self._missing_site(missing)]
        actions: dict[str, Callable[[], None]] = {
            KILLED: lambda: self.kill(site),
            RESTORED: lambda: self.restore(site),
            "backed up": lambda: self.back_up(site),
            FORWARD: lambda: self.put_clock(site, chance.uniform(site.clock.seconds, HOUR)),
            BACK: lambda: self.put_clock(site, chance.uniform(-HOUR, site.clock.seconds)),
            MADE: self.make_stick,
            "sticks applied": self.apply_stick,
            USED_TWICE: self.apply_again,
            LOST: self.lose_stick,
        }
        wanted = {kind.partition(":")[0] for kind in missing}
        weights = [3 if kind in wanted else 1 for kind in actions]
        for _ in range(3):
            self.ask(self.sites[chance.choice(SITES)])
        chance.choices(list(actions.values()), weights)[0]()

    def _missing_site(self, missing: list[str]) -> str:
        named = [kind.partition(": ")[2] for kind in missing]
        return self.chance.choice([*SITES, *filter(None, named)])

    def kill(self, site: ChaosSite) -> None:
        site.kill()
        self._count_kill(site)
        time.sleep(self.chance.uniform(0, 0.5))
        site.start()

    def _count_kill(self, site: ChaosSite) -> None:
        self.met[KILLED] += 1
        self.met[f"{KILLED}: {site.site}"] += 1
        with closing(ReplicaStore(site.home / REPLICA_FILE, {})) as store:
            self.met[IN_IMPORT] += bool(store.unmarked_logs())

    def back_up(self, site: ChaosSite) -> None:
        """While it is switched off, in order or not."""
        if self.chance.random() < 0.5:
            site.kill()
            self._count_kill(site)
        else:
            site.stop()
        time.sleep(0.2)  # until a client has read the last answer
        site.copy_home(site.home)
        self.own[site.site].back_up()
        self._answers_at_backup[site.site] = len(self.answers[site.site])
        self.met["backed up"] += 1
        site.start()

    def restore(self, site: ChaosSite) -> None:
        """One at a time: only where nothing that was receipted is at this site alone."""
        site.kill()
        self._count_kill(site)
        time.sleep(0.2)
        held = {other: self._held_by(other) for other in SITES}
        elsewhere = frozenset[str]().union(*(held[other] for other in SITES if other != site.site))
        at_home = frozenset[str]().union(*(own.present() for own in self.own.values()))
        foreign = {other: held[other] - self.own[other].present() for other in SITES}
        self.receipted |= at_home & frozenset[str]().union(*foreign.values())
        if self.receipted <= elsewhere | self.lost:
            self.lost |= self.own[site.site].restore() - elsewhere
            site.put_back_home()
            del self.answers[site.site][self._answers_at_backup[site.site] :]
            self.met[RESTORED] += 1
            self.met[f"{RESTORED}: {site.site}"] += 1
        else:
            self.met["restores put off: what was receipted is at this site alone"] += 1
        site.start()

    def _held_by(self, site: str) -> frozenset[str]:
        return self.own[site].present() | frozenset(read_foreign_events(self.sites[site].home))

    def put_clock(self, site: ChaosSite, seconds: float) -> None:
        self.met[FORWARD if seconds > site.clock.seconds else BACK] += 1
        site.clock.put(seconds)

    def make_stick(self) -> None:
        giver, taker = self.chance.choice([("py", "huyen"), ("huyen", "py")])
        self.files += 1
        file = self.folder / f"{self.files}.cadre"
        done = self.sites[giver].command("bundle", "make", "--for", taker, "--out", str(file))
        if done.returncode == 0:
            self.sticks.append((taker, file))
            self.met[MADE] += 1
        else:
            self._note_refused("sticks not made", done.stderr)

    def apply_stick(self) -> None:
        if self.sticks:
            taker, file = self.sticks.pop(self.chance.randrange(len(self.sticks)))
            self._apply(taker, file, "sticks applied")
            self.used.append((taker, file))

    def apply_again(self) -> None:
        if self.used:
            taker, file = self.chance.choice(self.used)
            self._apply(taker, file, USED_TWICE)

    def _apply(self, taker: str, file: Path, kind: str) -> None:
        done = self.sites[taker].command("bundle", "apply", str(file))
        if done.returncode == 0:
            self.met[kind] += 1
        else:
            self._note_refused("sticks not applied", done.stderr)

    def _note_refused(self, what: str, errors: str) -> None:
        assert "Traceback" not in errors, errors
        lines = errors.strip().splitlines() or [""]
        self.met[f"{what}: {lines[0][:60]}"] += 1

    def lose_stick(self) -> None:
        if self.sticks:
            del self.sticks[self.chance.randrange(len(self.sticks))]
            self.met[LOST] += 1

    def ask(self, site: ChaosSite) -> None:
        """A question, whose answer is to stay as it is."""
        query = {"as_of": "2026-01-01"}
        book = self.recorders[self.chance.choice(SITES)].book.acknowledged
        if self.chance.random() < 0.5 and book:
            path = f"/cadres/{self.chance.choice(book).stream}/life"
        else:
            path, query = "/holders", query | {"post": POST, "limit": "200"}
        answer = site.ask(path, **query)
        if answer.status_code == 200:
            given = Given(path, query, answer.json()["known_at"], answer.content)
            self.answers[site.site].append(given)
            self.met["questions asked"] += 1
        else:
            self.met[f"questions not answered: {answer.status_code}"] += 1
