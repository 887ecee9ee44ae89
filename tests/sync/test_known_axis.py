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


@pytest.fixture(scope="module")
def synchronised(tmp_path_factory: pytest.TempPathFactory) -> ClockedTree:
    """Sites with the same units, post and cadres, and a ward that is about to be offline."""
    made = ClockedTree(tmp_path_factory.mktemp("tree"))
    made.establish("tinh", "U-T")
    made.establish("tinh", "U-H", parent="U-T")
    made.establish("tinh", "U-X", "P-X", parent="U-H")
    made.carry("tinh", "huyen")
    made.carry("huyen", "px")
    made.register("px", *(f"c{day}" for day in DAYS))
    made.synchronise()
    return made


@pytest.fixture
def tree(synchronised: ClockedTree, tmp_path: Path) -> ClockedTree:
    return synchronised.copy(tmp_path / "tree")


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


def test_when_a_fact_was_known_at_each_site_is_shown_by_its_receipts(tree: ClockedTree) -> None:
    """Sync case 37: asked in the province about a fact that the district got from the ward a week later."""
    offline(tree, 3)
    tree.go_to(10)
    tree.synchronise()
    tree.go_to(10.2)
    tree.carry("huyen", "tinh")
    known = {}
    for site in ("px", "huyen", "tinh"):
        lines = tree.told("tinh", "audit", "who-knew-what", "c3", "--site", site)
        [known[site]] = [line for line in lines if line["fact"] == "appointment.appointed"]
        assert known[site]["site"] == site
    assert {line["recorded_at"] for line in known.values()} == {known["px"]["known_at"]}
    assert known["px"]["known_at"][:10] == tree.on(2.75)[:10]
    assert known["px"]["receipt"] == known["px"]["event"]
    assert known["huyen"]["known_at"][:10] == tree.on(10)[:10]
    receipts = tree.receipts("huyen")
    assert receipts[known["huyen"]["receipt"]] == known["huyen"]["known_at"]
    assert known["tinh"]["known_at"] > known["huyen"]["known_at"]

    code, _, errors = tree.cadre("px", "audit", "who-knew-what", "c3", "--site", "huyen")
    assert code == 2
    assert "what was known at huyen is stated only to the sites above it" in errors
    code, _, errors = tree.cadre("tinh", "audit", "who-knew-what", "c3", "--site", "xa")
    assert (code, "name one of these: huyen, px, tinh" in errors) == (2, True)


def test_as_another_site_knew_it(tree: ClockedTree) -> None:
    """What the district answered, the province can answer for it; the ward's own view has its facts at once."""
    offline(tree, 2)
    tree.go_to(5)
    asked = [tree.on(day) for day in (1, 3, 4)]
    answered = [holders(answer) for answer in tree.holders("huyen", *asked)]
    tree.synchronise()
    tree.go_to(6)
    tree.carry("huyen", "tinh")  # its receipt, which it recorded after it had spoken
    tree.go_to(7)
    late = tree.on(6)
    seen = tree.holders("tinh", *asked, late, choice=ViewChoice(seen_by="huyen"))
    assert [holders(answer) for answer in seen] == [*answered, ["c2"]] == [[], [], [], ["c2"]]
    ward = tree.holders("tinh", *asked, choice=ViewChoice(seen_by="px"))
    assert [holders(answer) for answer in ward] == [[], ["c2"], ["c2"]]
    here = tree.holders("huyen", late)
    assert holders(here[0]) == ["c2"]
