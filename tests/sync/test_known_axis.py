"""Both views of the known axis: as a site knew it, which never changes there, and as it was recorded, which is equal at
all sites (sync.md §11)."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.organization.events import Kind, UnitEstablished
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Instant, PDate
from shared.operations.settings import Settings
from shared.runtime.site_views import View, ViewChoice
from tests.sync.clocked_tree import SITES, ClockedTree

RECORDED = ViewChoice(View.RECORDED)
DAYS = range(1, 11)
AFTER = 10.1


def offline(tree: ClockedTree, day: int) -> None:
    """The ward records one fact in the morning of a day."""
    tree.go_to(day - 0.25)
    tree.appoint("px", f"c{day}", "P-X")
    tree.go_to(day)


def holders(answer: bytes) -> list[str]:
    return sorted(line["cadre"] for line in json.loads(answer)["items"])


def test_as_known_never_changes_and_as_recorded_is_equal_everywhere(clocked: ClockedTree) -> None:
    """Sync case 36: 45 answers of the district stay byte for byte what they were while the ward was offline."""
    tree = clocked
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


def test_when_a_fact_was_known_at_each_site_is_shown_by_its_receipts(clocked: ClockedTree) -> None:
    """Sync case 37: asked in the province about a fact that the district got from the ward a week later."""
    tree = clocked
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


def test_as_another_site_knew_it(clocked: ClockedTree) -> None:
    """What the district answered, the province can answer for it; the ward's own view has its facts at once."""
    tree = clocked
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


def test_every_route_and_command_takes_a_view(clocked: ClockedTree) -> None:
    """The same over HTTP and on the command line; facts of other sites can be left out; wrong input is explained."""
    tree = clocked
    offline(tree, 2)
    tree.go_to(4)
    tree.synchronise()
    tree.go_to(5)
    asked = {"unit": "U-X", "as_of": "2026-01-01"}
    with tree.client("huyen") as client:

        def get(**more: str) -> Any:
            return client.get("/holders", params=asked | more)

        here = get()
        assert [line["cadre"] for line in here.json()["items"]] == ["c2"]
        assert [each["site"] for each in here.json()["heard"]] == ["px"]
        assert get(known_at=here.json()["known_at"]).content == here.content
        assert get(known_at=tree.on(3)).json()["items"] == []
        recorded = get(known_at=tree.on(3), view="recorded").json()
        assert ([line["cadre"] for line in recorded["items"]], recorded["view"]) == (["c2"], "recorded")
        assert get(site="huyen").json()["items"] == []
        assert len(get(site="px,tinh").json()["items"]) == 1
        everywhere = client.get("/units", params={"as_of": "2026-01-01"}).json()
        assert [each["site"] for each in everywhere["heard"]] == ["px", "tinh"]
        for wrong, rule in (
            ({"seen_by": "tinh"}, "NotSeenHere"),
            ({"seen_by": "xa"}, "UnknownSite"),
            ({"site": "xa"}, "UnknownSite"),
            ({"seen_by": "px", "view": "recorded"}, "TwoViews"),
            ({"view": "there"}, "BadParameter"),
        ):
            refused = get(**wrong)
            assert (refused.status_code, refused.json()["rule"]) == (422, rule)

    words = ("show", "holders", "--as-of", "2026-01-01", "--known-at", tree.on(3))
    assert tree.told("huyen", *words) == []
    answer = tree.told("huyen", *words, "--view", "recorded")
    assert [line["name"] for line in answer["items"]] == ["Cán bộ c2"]
    assert "provisional" not in answer
    later = (*words[:-1], tree.on(4.5), "--view", "recorded")
    assert tree.told("huyen", *later)["provisional"] == ["px", "tinh"], "neither has been heard since"
    answer = tree.told("huyen", *words, "--heard")
    assert ([each["site"] for each in answer["heard"]], answer["items"]) == (["px", "tinh"], [])
    code, _, errors = tree.cadre("huyen", *words, "--seen-by", "tinh")
    assert (code, "ask there, or about one of these: huyen, px" in errors) == (2, True)
    code, _, errors = tree.cadre("huyen", *words, "--view", "there")
    assert (code, "one of here, recorded" in errors) == (2, True)


def test_a_ledger_of_no_tree_answers_as_before(tmp_path: Path) -> None:
    """Both views are the same there, and nothing is said about sites."""
    settings = Settings(home=tmp_path, site="alone")
    with closing(open_embedded_ledger(settings)) as ledger:
        fact = UnitEstablished(name="Đơn vị", kind=Kind.WARD, effective_from=PDate("2020-01-01"))
        ledger.apps["organization"].handle("u", fact, Origin(actor="user:lan"))
        ledger.project_pending()
        client = TestClient(create_http_app(ledger))
        asked = {"unit": "u", "as_of": "2026-01-01", "known_at": client.get("/units").json()["known_at"]}
        here = client.get("/org-chart", params=asked)
        assert here.json().keys() == {"as_of", "known_at", "items", "next"}
        for more in ({"view": "recorded"}, {"view": "here"}, {"seen_by": "alone"}, {"site": "alone"}):
            assert client.get("/org-chart", params=asked | more).content == here.content
        assert client.get("/org-chart", params=asked | {"seen_by": "px"}).json()["rule"] == "UnknownSite"
