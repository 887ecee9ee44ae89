"""Each bug that is planted in the replica core is found."""

import pytest

from tests.replica.mutants import MUTANTS
from tests.seeded.seed import Seed, found_by


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.name))
def test_the_bug_is_found(mutant: Seed) -> None:
    assert found_by(mutant), f"nothing noticed {mutant.name!r}"


def test_there_are_as_many_as_the_design_planted() -> None:
    assert len(MUTANTS) >= 34
