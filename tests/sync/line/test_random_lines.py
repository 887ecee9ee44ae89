"""Four sites at three levels, lines that are cut, replies that are lost, imports that end anywhere, and sites restored
from backups: at the end all show the same, and nothing that another site had ever seen is lost."""

import shutil
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.exchange.answering import answer_message
from services.sync.exchange.messages import open_message
from services.sync.exchange.receiving import Steps, T
from services.sync.exchange.session import LEAST_ROOM, Session
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.sync.random_runs import run_seeds
from tests.sync.test_random_exchanges import PARENTS, SITES, Exchange, LiveSite

STEPS = 60
MET = TALLIES["random exchanges by line"]


class Cut(Exception):
    """The exchange ends here."""


class LineExchange(Exchange):
    """As by file, over lines."""

    def step(self) -> None:
        chance = self.chance
        site = self.sites[chance.choice(SITES)]
        match chance.choices(("register", "rename", "sync", "back up", "restore"), (5, 3, 9, 2, 3))[0]:
            case "register":
                self.registered += 1
                site.register(f"{site.site}-{self.registered}")
                self.met["registered"] += 1
            case "rename" if persons := site.persons():
                site.rename(chance.choice(persons), f"Tên {chance.randrange(100)}")
                self.met["renamed, perhaps one of another site"] += 1
            case "sync":
                child, parent = chance.choice(list(PARENTS.items()))
                try:
                    self.sync(self.sites[child], self.sites[parent], may_fail=True)
                    self.met["exchanged"] += 1
                except Cut:
                    self.met["exchanges that were cut"] += 1
            case "back up":
                site.back_up()
                self.met["backed up"] += 1
            case "restore" if site.backup.exists():
                site.restore()
                self.met["restored"] += 1

    def sync(self, child: LiveSite, parent: LiveSite, may_fail: bool) -> int:
        """An exchange to its end. Returns the number of rounds."""
        session = Session(child.replica, parent.site, LEAST_ROOM)
        for number in range(1, 40):
            message = session.make_request()
            self.fail("requests lost", may_fail)
            session.note_sent()
            try:
                request = open_message(parent.replica, BytesIO(message.raw))
            except BadBundle as error:  # a restored parent does not remember what the message rests on
                if error.rule != BundleRule.UNKNOWN_BASE:
                    raise
                self.met["messages on a forgotten base"] += 1
                child.replica.bases.forget(parent.site)
                message = session.make_request()
                request = open_message(parent.replica, BytesIO(message.raw))
            answer = self.work(answer_message(parent.replica, request, message.digest), may_fail)
            self.fail("replies lost", may_fail)
            done = self.work(session.take_answer(answer.raw, 1.0), may_fail)
            assert done.refused == done.received.faults == ()
            if not done.more:
                return number
        raise AssertionError("it does not end")

    def fail(self, what: str, may_fail: bool) -> None:
        if may_fail and self.chance.random() < 0.15:
            self.met[what] += 1
            raise Cut

    def work(self, steps: Steps[T], may_fail: bool) -> T:
        left = self.chance.randrange(12) if may_fail and self.chance.random() < 0.15 else -1
        while True:
            if not left:
                steps.close()
                self.met["imports cut"] += 1
                raise Cut
            left -= 1
            try:
                next(steps)
            except StopIteration as end:
                done: T = end.value
                return done

    def exchange_all(self) -> None:
        """Every site calls the one above it, those below first, until nothing is new."""
        for _ in range(6):
            before = self.all_heads()
            rounds = [
                self.sync(self.sites[child], self.sites[PARENTS[child]], may_fail=False)
                for child in reversed(PARENTS)
            ]
            if self.all_heads() == before:
                assert rounds == [1] * len(PARENTS), "nothing is new"
                return
        raise AssertionError("it does not end")


def make(folder: Path, seed: int) -> LineExchange:
    return LineExchange(folder, seed, MET)


@pytest.mark.timeout(900)
def test_all_end_the_same(tmp_path: Path, template: Path) -> None:
    run_seeds(make, template, tmp_path, range(1), STEPS, MET)


def test_the_sides_of_a_fork_are_exchanged_though_both_sites_lack_one(tmp_path: Path, template: Path) -> None:
    """A machine image was resumed twice, and its parent has what the other machine recorded: seeds 1490 to 1497."""
    homes = tmp_path / "homes"
    shutil.copytree(template, homes)
    exchange = LineExchange(homes, 0, MET)
    try:
        py, parent = exchange.sites["py"], exchange.sites[PARENTS["py"]]
        py.register("before")
        exchange.sync(py, parent, may_fail=False)
        with closing(py.resume_twice(tmp_path / "twin")) as twin:
            twin.register("twin")
            exchange.sync(twin, parent, may_fail=False)
        exchange.make(
            parent.site, "py"
        )  # names what the twin recorded, and does not bring it: it came from there
        for person in ("one", "two"):
            py.register(person)
        exchange.heal()
        for site in exchange.sites.values():
            assert {"before", "twin", "one", "two"} <= set(site.persons()), site.site
    finally:
        exchange.close()


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_all_end_the_same_in_many_runs(tmp_path: Path, template: Path) -> None:
    seeds = range(100, 100 + (10 if ROUNDS >= 5 else 4) * ROUNDS)
    run_seeds(make, template, tmp_path, seeds, STEPS, MET)
