"""The nation of provinces and communes ends complete, whatever went wrong on the way (issue 12, the simulation)."""

import pytest

from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.replica.nation_simulation import MUST_MEET, Simulation, simulate


def note(simulation: Simulation, name: str) -> None:
    TALLIES[f"{name}, {len(simulation.provinces)} provinces, {len(simulation.communes)} communes"].update(
        simulation.met
    )


def test_three_provinces_and_sixty_communes_converge() -> None:
    """All above have all of theirs, nothing is kept aside, all is delivered; every fault was met."""
    simulation = simulate(provinces=3, communes=60, rounds=6, seed=1)
    note(simulation, "nation")
    assert [what for what in MUST_MEET if not simulation.met[what]] == []


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_all_provinces_and_communes_of_the_country_converge() -> None:
    """34 provinces and 3,321 communes; in a short run a fifth of them."""
    provinces, communes = (34, 3321) if ROUNDS >= 5 else (12, 700)
    simulation = simulate(provinces, communes, rounds=6, seed=2)
    note(simulation, "nation")
    assert min(simulation.met[what] for what in MUST_MEET) >= (20 if ROUNDS >= 5 else 5), simulation.met
