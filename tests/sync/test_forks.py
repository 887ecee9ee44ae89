"""A site whose machine image is resumed twice signs two entries at one place: over real sites, by files."""

from contextlib import closing
from pathlib import Path

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
