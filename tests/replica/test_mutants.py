"""Each bug that is planted in the replica core is found."""

import pytest

from tests.replica.mutants import MUTANTS, Explores
from tests.seeded.seed import Seed, found_by


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.name))
def test_the_bug_is_found(mutant: Seed) -> None:
    """By an invariant that breaks, not because the planted text cannot run."""
    assert found_by(mutant).rpartition(": ")[2] in ("AssertionError", "Failed"), mutant.name


SMALLER = [
    each for mutant in MUTANTS for each in mutant.finders if isinstance(each, Explores) and each.is_smaller
]


@pytest.mark.parametrize("finder", SMALLER, ids=str)
def test_without_a_bug_its_finder_is_silent(finder: Explores) -> None:
    """The worlds that test_worlds does not know."""
    finder(limit=1000)


def test_there_are_as_many_as_the_design_planted() -> None:
    assert len(MUTANTS) >= 34
