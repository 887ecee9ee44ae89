"""Every small world is explored: whole by `make test-long` with its five rounds, its first states always."""

import pytest

from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.replica.explorer import Explorer
from tests.replica.worlds import WORLDS, World

for_every_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


@for_every_world
def test_the_first_states_of_a_world_hold(world: World) -> None:
    explorer = Explorer(world)
    assert explorer.run(limit=400) == []
    assert explorer.states >= 400


@pytest.mark.long
@pytest.mark.timeout(1800)
@for_every_world
def test_all_states_of_a_world_hold(world: World) -> None:
    """sync cases 3, 4, 5, 7, 8, 11, 12, 14, 18, 19, 23, 25, 27, 30 in every order that there is."""
    explorer = Explorer(world)
    whole = ROUNDS >= 5
    assert explorer.run(limit=2_000_000 if whole else 2_000 * ROUNDS) == []
    if whole:
        assert [what for what in world.must_meet if not explorer.met[what]] == []
    TALLIES["states of the worlds of replicas"] += explorer.met | {"states": explorer.states}
