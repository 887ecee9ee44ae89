"""Both views of the known axis: as a site knew it, which never changes there, and as it was recorded, which is equal at
all sites (sync.md §11)."""

import json
from pathlib import Path

import pytest

from shared.core.partial_dates import Instant
from shared.runtime.site_views import View, ViewChoice
from tests.sync.clocked_tree import SITES, ClockedTree

RECORDED = ViewChoice(View.RECORDED)
DAYS = range(1, 11)
AFTER = 10.1


@pytest.fixture
def tree(tmp_path: Path) -> ClockedTree:
    """Sites with the same units, post and cadres, and a ward that is about to be offline."""
    made = ClockedTree(tmp_path)
    made.establish("tinh", "U-T")
    made.establish("tinh", "U-H", parent="U-T")
    made.establish("tinh", "U-X", "P-X", parent="U-H")
    made.carry("tinh", "huyen")
    made.carry("huyen", "px")
    made.register("px", *(f"c{day}" for day in DAYS))
    made.synchronise()
    return made


def offline(tree: ClockedTree, day: int) -> None:
    """The ward records one fact in the morning of a day."""
    tree.go_to(day - 0.25)
    tree.appoint("px", f"c{day}", "P-X")
    tree.go_to(day)


def holders(answer: bytes) -> list[str]:
    return sorted(line["cadre"] for line in json.loads(answer)["items"])


def test_as_known_never_changes_and_as_recorded_is_equal_everywhere(tree: ClockedTree) -> None:
    """Sync case 36: 45 answers of the district stay byte for byte what they were while the ward was offline."""
    given = dict[Instant, bytes]()
    asked = 0
    for day in DAYS:
        offline(tree, day)
        earlier = [tree.on(each) for each in range(1, day)]
        asked += len(earlier)
        for known_at, answer in zip(earlier, tree.holders("huyen", *earlier), strict=True):
            assert given.setdefault(known_at, answer) == answer
    assert asked == 45
    [early] = map(json.loads, tree.holders("huyen", tree.on(5), choice=RECORDED))
    assert (early["provisional"], early["items"]) == (["px"], [])

    tree.go_to(AFTER)
    tree.synchronise()
    tree.go_to(AFTER + 0.1)
    assert tree.holders("huyen", *given) == list(given.values())
    assert {tuple(holders(answer)) for answer in given.values()} == {()}
    [everything] = tree.holders("huyen", tree.on(AFTER + 0.05))
    assert holders(everything) == sorted(f"c{day}" for day in DAYS)

    recorded = {answer for site in SITES for answer in tree.holders(site, tree.on(5), choice=RECORDED)}
    [answer] = recorded
    assert holders(answer) == [f"c{day}" for day in range(1, 6)]
    assert "provisional" not in json.loads(answer)
