"""Many short runs of sites that meet faults at random. After each run everything is healed and compared; some runs
after each other go on with the same sites, so that a run costs its own steps and not those of opening ledgers."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count, islice
from pathlib import Path
from time import process_time
from typing import Protocol

from tests.faults.counting import ROUNDS

RUNS_TOGETHER = 10
"""So many runs after each other have the same sites; their logs, and what was given back of them, grow meanwhile."""
ENOUGH = 50 if ROUNDS >= 5 else 1
"""How often each kind of fault is to be met."""


class RandomRun(Protocol):
    """Sites, and what happens to them at random."""

    chance: random.Random

    def step(self) -> None:
        """Something happens."""

    def check(self) -> None:
        """Let everything arrive, and find nothing lost, nothing there twice, and all sites the same."""

    def check_stores(self) -> None:
        """Find every stored row to follow from its facts."""

    def close(self) -> None: ...


def run_seeds(
    make: Callable[[Path, int], RandomRun],
    template: Path,
    folder: Path,
    seeds: Iterable[int],
    steps: int,
    met: Counter[str],
    together: int = 1,
) -> None:
    """One run for each seed, on copies of the homes in `template`. What fails is found again with the seeds that it
    names: the first of those runs that have the same sites, up to the one that failed."""
    left = iter(seeds)
    while some := list(islice(left, together)):
        homes = folder / str(some[0])
        shutil.copytree(template, homes)
        run, seed = make(homes, some[0]), some[0]
        began = process_time()
        try:
            for seed in some:
                run.chance = random.Random(seed)
                for _ in range(steps):
                    run.step()
                run.check()
                met["runs"] += 1
            run.check_stores()
        except BaseException as failure:
            failure.add_note(f"seeds {some[0]} to {seed}, of {together} together")
            raise
        finally:
            run.close()
        met["milliseconds of computing"] += round((process_time() - began) * 1000)
        shutil.rmtree(homes)


def run_until_met(
    make: Callable[[Path, int], RandomRun],
    template: Path,
    folder: Path,
    runs: int,
    steps: int,
    met: Counter[str],
    wanted: Iterable[str],
) -> None:
    """So many runs, and more until each kind of fault was met often enough."""
    numbers, kinds = count(1000), list(wanted)
    run_seeds(make, template, folder, islice(numbers, runs), steps, met, RUNS_TOGETHER)
    while any(met[kind] < ENOUGH for kind in kinds):
        run_seeds(make, template, folder, islice(numbers, RUNS_TOGETHER), steps, met, RUNS_TOGETHER)
