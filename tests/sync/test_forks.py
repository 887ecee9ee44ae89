"""A site whose machine image is resumed twice signs two entries at one place: over real sites, by files."""

import json
import shutil
from contextlib import closing
from pathlib import Path

from fastapi.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.sites.membership import read_own_facts
from services.sync.domain.receipts import fold_quarantines
from services.sync.exchange.forks import find_all_forks, show_fork
from tests.sync.cloned_sites import LiveTree, alarms, known_at, live_tree, status
from tests.sync.test_random_exchanges import LiveSite


def fork_ward(tree: LiveTree) -> LiveSite:
    """Both copies of px record at one place: one fact reaches huyen, the other tinh by stick."""
    px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
    px.register("an")
    px.register("binh")
    tree.round()
    twin = tree.resume_twice("px")
    px.register("chi")
    twin.register("dung")
    tree.carry(px, huyen)
    tree.carry(twin, tinh)
    return twin


def read_feed(site: LiveSite) -> list[tuple[str, str]]:
    """What the feed of personnel tells one by one, each after the cursor of the one before: what it is, and about which
    event."""
    told, cursor = list[tuple[str, str]](), ""
    with TestClient(create_http_app(site.ledger)) as client:
        while events := client.get("/feeds/personnel", params={"limit": 1, "after": cursor}).json():
            [event] = events
            fact, cursor = event["data"]["fact"], event["cursor"]
            assert event["type"] == fact["type"]
            told.append((f"{event['type']} {fact.get('counts', '')}", fact.get("target", event["id"])))
    return told


def test_both_sides_of_a_fork_cease_to_count_everywhere_until_it_is_settled(tmp_path: Path) -> None:
    """Sync case 14."""
    with live_tree(tmp_path) as tree, closing(fork_ward(tree)) as twin:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        assert huyen.persons() == ["an", "binh", "chi"]
        assert tinh.persons() == ["an", "binh", "dung"]
        before = {site: site.ledger.watermark() for site in (px, huyen)}
        tree.round(twin)
        tree.round(twin)
        everywhere = [px, twin, huyen, tinh]
        [event] = px.ledger.logs["personnel"].load_stream("chi")
        for site in everywhere:
            assert f"Fork px personnel {event.epoch} {event.seq}" in alarms(site), site.site
            assert site.persons() == ["an", "binh"], site.site
            assert site.ledger.check_integrity().complaints == []
        assert len({str(site.digests()) for site in everywhere}) == 1
        for site, watermark in before.items():
            assert [name for name, _ in known_at(site, watermark)] == ["an", "binh", "chi"], site.site
        fork = next(each for each in find_all_forks(tinh.replica) if each.log.topic == "personnel")
        shown = show_fork(tinh.replica, fork)
        assert sorted(side.stream for side in shown.sides) == ["chi", "dung"]
        assert (fork.epoch, fork.seq, shown.state) == (event.epoch, event.seq, "open")
        for site in (px, huyen, tinh):
            stated = fold_quarantines(site.replica.read_statements())[site.site]
            assert tuple(fork) in stated
        [line] = [each for each in status(huyen).origins if each.origin == "px"]
        assert "fork" in line.states
        assert line.quarantined >= 2
        receipts = huyen.replica.receipts()["huyen"].receipt.heads
        assert [each.seq for each in receipts if each.log == fork.log] == [event.seq - 1]
        assert status(px).own.delivered < status(px).own.recorded

        ceased = ("ledger.counting-changed False", event.event_id)
        told = read_feed(px)
        assert told[2:] == [("personnel.registered ", event.event_id), ceased]
        assert read_feed(px) == told, "once, whoever asks"
        assert read_feed(huyen) == [], "feeds have what their site recorded"
        with TestClient(create_http_app(px.ledger)) as client:
            facts = client.get("/personnel/chi/facts")
            assert (facts.json(), facts.headers["ETag"]) == ([], '"1.1"')
            body = {"type": "personnel.registered", "name": "Chi", "effective_from": "2026-01-01"}
            stale = client.post("/personnel/chi", json=body, headers={"If-Match": '"1"'})
            assert stale.status_code == 412

        for command in (("verify",), ("audit", "replay")):
            code, output, errors = tree.cadre("px", *command)
            assert code == 0, output + errors

        words = ("sync", "settle", "px", "personnel", fork.epoch, str(fork.seq))
        for name, keep, said in (("px", "both", "NoAuthority"), ("tinh", "left", "is no side of this fork")):
            code, _, errors = tree.cadre(name, *words, "--keep", keep)
            assert code, name
            assert said in errors
        assert tree.cadre("tinh", *words, "--keep", "both") == (0, "", "")
        assert tinh.persons() == ["an", "binh", "chi", "dung"], "at once where it is decided"
        tree.round(twin)
        for site in everywhere:
            assert site.persons() == ["an", "binh", "chi", "dung"], site.site
            assert not [text for text in alarms(site) if "personnel" in text]
            assert site.ledger.check_integrity().complaints == []
        for site, watermark in before.items():
            assert [name for name, _ in known_at(site, watermark)] == ["an", "binh", "chi"], site.site
        assert status(px).own.delivered == status(px).own.recorded
        assert read_feed(px) == [*told, ("ledger.counting-changed True", event.event_id)]
        with TestClient(create_http_app(px.ledger)) as client:
            assert client.get("/personnel/chi/facts").headers["ETag"] == '"1.2"'

        guide = Path("docs/bundles.md").read_text(encoding="utf-8")
        assert "$ cadre sync settle px appointment e2 21 --keep both --reason " in guide, "the command above"


def test_a_fork_at_the_top_is_settled_by_two_persons_for_one_of_its_sides(tmp_path: Path) -> None:
    with live_tree(tmp_path) as tree:
        tinh, huyen, px = (tree.sites[name] for name in ("tinh", "huyen", "px"))
        tinh.register("an")
        tree.round()
        with closing(tree.resume_twice("tinh")) as twin:
            tinh.register("binh")
            twin.register("chi")
            tree.carry(twin, huyen)
            tree.carry(tinh, huyen)
        tree.round()
        assert [site.persons() for site in (tinh, huyen, px)] == [["an"]] * 3
        code, output, _ = tree.cadre("tinh", "sync", "forks", "--json")
        [fork] = [each for each in json.loads(output) if each["topic"] == "personnel"]
        assert (code, fork["state"], len(fork["since"])) == (0, "open", 27)
        [kept] = [side["root"] for side in fork["sides"] if side["stream"] == "chi"]
        words = ("sync", "settle", "tinh", "personnel", fork["epoch"], str(fork["seq"]), "--keep", kept)
        for user in ("lan", "lan"):
            code, _, errors = tree.cadre("tinh", *words, user=user)
            assert (code, "two persons" in errors) == (0, True)
            assert tinh.persons() == ["an"]
        assert tree.cadre("tinh", "sync", "status")[1].count("Fork tinh personnel") == 1, "said once"
        assert tree.cadre("tinh", *words, user="minh") == (0, "", "")
        tree.round()
        for site in (tinh, huyen, px):
            assert site.persons() == ["an", "chi"], site.site
            assert site.ledger.check_integrity().complaints == []
            assert not [text for text in alarms(site) if "personnel" in text], site.site
        assert "settled" in tree.cadre("px", "sync", "forks")[1]


def test_two_machines_that_both_write_are_an_alarm_and_all_of_it_counts(tmp_path: Path) -> None:
    """Sync case 15."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        px.register("an")
        tree.round()
        px.back_up()
        shutil.copytree(px.backup, tmp_path / "copy" / "px")
        with closing(LiveSite(tmp_path / "copy", "px")) as copy:
            px.register("binh")
            copy.register("chi")
            px.register("dung")
            tree.round(copy)
            tree.round(copy)
            for site in (px, copy, *tree.sites.values()):
                assert site.persons() == ["an", "binh", "chi", "dung"], site.site
                assert "TwoWriters px" in alarms(site), site.site
            stated = [each for site in (px, copy) for each in read_own_facts(site.ledger.logs["sites"])]
            assert not [each for each in stated if b"restored" in each], "it was cloned, not restored"
        code, output, _ = tree.cadre("huyen", "sync", "status")
        assert (code, "TwoWriters px" in output) == (3, True)
        assert huyen.ledger.check_integrity().complaints == []
