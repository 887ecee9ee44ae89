"""Real sites while everything fails at once (sync case 43)."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS, SEED
from tests.sync.chaos.chaos import LINES, SITES, Chaos
from tests.sync.chaos.healing import check, heal
from tests.sync.chaos.networks import Network, ProxyNetwork, open_network

FAILING = (1.0, 10.0) if ROUNDS >= 5 else (0.2, 1.0)
"""Seconds that a line is well, and fails."""
RATE = 5.0 if ROUNDS >= 5 else 2.0
"""Facts a second at each of the four sites."""


def run_chaos(folder: Path, opened: Callable[[Mapping[str, str], tuple[str, ...]], Network]) -> None:
    with closing(opened(LINES, SITES)) as network:
        met = TALLIES[f"chaos over {network.name}, with CADRE_FAULT_SEED={SEED}"]
        chaos = Chaos(folder, network, SEED, ROUNDS, FAILING, RATE, met)
        try:
            chaos.run()
            heal(chaos)
            check(chaos)
        finally:
            chaos.close()


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("opened", [open_network, ProxyNetwork][: 1 if ROUNDS < 5 else 2])
def test_four_sites_end_the_same_whatever_fails(
    folder: Path, opened: Callable[[Mapping[str, str], tuple[str, ...]], Network]
) -> None:
    """Sync case 43: in network namespaces where those can be made."""
    run_chaos(folder, opened)
