"""Every bug that was put in on purpose is found; without it the same tests pass."""

from collections.abc import Callable

import pytest

from tests.seeded import in_folding, in_judging, in_logs, in_planning, in_services
from tests.seeded.finders import LawOver
from tests.seeded.seed import Seed, found_by

SEEDS = [*in_folding.SEEDS, *in_services.SEEDS, *in_judging.SEEDS, *in_planning.SEEDS, *in_logs.SEEDS]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: str(seed.name))
def test_the_bug_is_found(seed: Seed) -> None:
    assert found_by(seed), f"nothing noticed {seed.name!r}"


FINDERS = {str(finder): finder for seed in SEEDS for finder in seed.finders}


@pytest.mark.parametrize("finder", FINDERS.values())
def test_without_a_bug_its_finder_is_silent(finder: Callable[[], object]) -> None:
    if isinstance(finder, LawOver):
        finder(examples=10)
    else:
        finder()
