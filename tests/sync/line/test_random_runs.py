"""A thousand short runs of sites that exchange by line and by file, while everything happens that is known to happen:
nothing is lost, nothing is there twice, and all sites end the same."""

from pathlib import Path

import pytest

from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.sync.line.test_random_lines import LineExchange
from tests.sync.random_runs import run_until_met
from tests.sync.test_random_exchanges import Exchange

RUNS = 1000 if ROUNDS >= 5 else 8
STEPS = 6
MET = TALLIES["short random runs by line and by file"]
FAULTS = (
    "exchanges that were cut",
    "requests lost",
    "replies lost",
    "imports cut",
    "lost",
    "applied, some twice or out of order",
    "damaged, and refused",
    "restored",
    "resumed twice from one image",
    "copied to a second machine",
    "forks found and settled",
)


class MixedExchange(LineExchange):
    """Each step is one by file or one by line. What may happen to files is tried more often: few are under way."""

    tolerated = frozenset({"clock"})
    """Of a site that was restored, at one that was restored too and no longer knows that."""

    def step(self) -> None:
        if self.under_way and self.chance.random() < 0.2:
            kind = self.chance.choice([self.lose_file, self.damage_file])
            kind()
        elif self.chance.random() < 0.5:
            super().step()
        else:
            Exchange.step(self)

    def lose_file(self) -> None:
        del self.under_way[self.chance.randrange(len(self.under_way))]
        self.met["lost"] += 1

    def damage_file(self) -> None:
        self.damage(*self.chance.choice(self.under_way))


def make(folder: Path, seed: int) -> MixedExchange:
    return MixedExchange(folder, seed, MET)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_in_a_thousand_short_runs_all_end_the_same(tmp_path: Path, template: Path) -> None:
    run_until_met(make, template, tmp_path, RUNS, STEPS, MET, FAULTS if ROUNDS >= 5 else FAULTS[:4])
