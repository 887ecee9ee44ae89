"""Six facts imported one at a time in every order, into a store with rows (sync case 38)."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import permutations
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pytest

from shared.core.partial_dates import Instant
from shared.replica.chunks import Chunk
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.sync.six_facts import Six, empty_sites, make_six

MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: every import is made durable."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    made = Path(mkdtemp(dir=MEMORY))
    yield made
    shutil.rmtree(made)


def import_in_orders(folder: Path, orders: Sequence[tuple[Chunk, ...]]) -> set[bytes]:
    """The verdicts after each of these orders. Every answer as known after each import is given again at the end."""
    met, verdicts = TALLIES["six facts in the product's store"], set[bytes]()
    with closing(empty_sites(folder)) as sites:
        for order, site in zip(orders, sites, strict=False):
            given = list[tuple[Instant, bytes]]()
            for chunk in order:
                known_at = site.take(chunk)
                given.append((known_at, site.answers(known_at)))
            for known_at, answer in given:
                assert site.answers(known_at) == answer, known_at
            met["orders"] += 1
            met["imports that changed an answer"] += len({answer for _, answer in given}) - 1
            verdicts.add(site.verdict())
    return verdicts


def check(verdicts: set[bytes]) -> None:
    """One verdict: the fork counts on no side, the rest does, whoever came first."""
    [verdict] = verdicts
    text = verdict.decode()
    counted = {
        "A is appointed": "px-e1-1-A",
        "ended after the restore": "px-e2-1-A",
        "of the district": "huyen-h1-1-B",
        "of the province": "tinh-t1-1-A",
    }
    shown = Counter(name for name, event in counted.items() if event in text)
    assert set(shown) == set(counted), text
    assert "px-e1-2-C" not in text
    assert "px-e1-2-D" not in text


def test_some_orders_of_six_facts_give_one_verdict(folder: Path) -> None:
    """Each fact first once, and last once; with the fork seen before and after it counted."""
    six = make_six()
    orders = list(permutations(six))
    chosen = [next(order for order in orders if order[0] is each) for each in six]
    chosen += [next(order for order in orders[::-1] if order[-1] is each) for each in six]
    check(import_in_orders(folder, chosen))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_all_720_orders_of_six_facts_give_one_verdict(folder: Path) -> None:
    """sync case 38; in a short run some of the orders, others each day that the seed is."""
    orders: list[tuple[Chunk, ...]] = list(permutations(make_six()))
    assert (len(orders), len(Six._fields)) == (720, 6)
    check(import_in_orders(folder, orders if ROUNDS >= 5 else Random(ROUNDS).sample(orders, 60)))
