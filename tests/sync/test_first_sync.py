"""A first synchronisation is never shown as complete before it is: over real sites, by files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from services.chronicle.rows import UNITS
from services.organization.events import Kind, UnitEstablished
from services.sites.enrolment import read_facts
from services.sites.events import SiteRestored
from services.sites.membership import read_own_facts
from services.sync.exchange.sending import BundleContents, make_bundle
from shared.commands.command_handler import Origin
from tests.sync.cloned_sites import LiveTree, alarms, live_tree, status
from tests.sync.test_random_exchanges import DAY, LiveSite

FIRST, ALL = ["p0", "p1", "p2"], ["p0", "p1", "p2", "p3", "p4"]


class CutShort(BundleContents):
    """A message that brings less than its vector announces: the rest would come in the next one."""

    def members(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        [last] = self.lost_epochs
        return (each for each in super().members() if last not in each[0])

    lost_epochs: tuple[str, ...] = ()


@pytest.fixture
def part(tmp_path: Path) -> Iterator[LiveTree]:
    """Of the ward, which is new above, three of five persons have come, and a unit."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        for person in FIRST:
            px.register(person)
        fact = UnitEstablished(name="Tổ 1", kind=Kind.WARD, effective_from=DAY)
        px.ledger.apps["organization"].handle("t1", fact, Origin(actor="user:lan"))
        px.back_up()  # and so what follows is in another epoch
        for person in ALL[3:]:
            px.register(person)
        contents, file = CutShort(px.replica, "huyen"), tmp_path / "cut.cadre"
        contents.lost_epochs = (px.ledger.logs["personnel"].load_stream("p4")[0].epoch,)
        with file.open("wb") as out:
            make_bundle(px.replica, contents, "huyen", 1, out)
        huyen.apply(file)
        tree.carry(huyen, tinh)
        yield tree


def shown(site: LiveSite) -> list[str]:
    return site.persons() + sorted(row.unit_id for row in site.ledger.tables.rows(UNITS))


def states(site: LiveSite) -> list[str]:
    [line] = [each for each in status(site).origins if each.origin == "px"]
    return line.states


def test_a_part_is_never_shown_as_the_whole_unless_somebody_says_so(part: LiveTree) -> None:
    """Sync case 18: nor at a site that pulls from the one that is filling, which waits for all of it."""
    px, huyen, tinh = (part.sites[name] for name in ("px", "huyen", "tinh"))
    for site in (huyen, tinh):
        assert shown(site) == [], site.site
        assert states(site)[0] == "filling"
    code, _, errors = part.cadre("huyen", "sync", "accept", "tinh", "--reason", "gấp")
    assert (code, "px" in errors) == (1, True)
    assert part.cadre("huyen", "sync", "accept", "px", "--reason", "gấp, đường truyền hỏng") == (0, "", "")
    assert shown(huyen) == [*FIRST, "t1"]
    assert states(huyen) == ["following", "partial"]
    part.carry(huyen, tinh)
    assert shown(tinh) == [], "it was accepted there, not here"
    assert states(tinh)[0] == "filling"
    part.carry(tinh, huyen)
    assert states(huyen)[0] == "following", "accepted, it is not waited for again"
    part.round()
    for site in (px, huyen, tinh):
        assert shown(site) == [*ALL, "t1"], site.site
        assert site.ledger.check_integrity().complaints == []
    assert states(huyen) == states(tinh) == ["following"]


def test_what_its_origin_lost_is_not_waited_for(part: LiveTree) -> None:
    """Sync case 19: the origin says so by itself, and the first synchronisation ends with what it has."""
    px, huyen, tinh = (part.sites[name] for name in ("px", "huyen", "tinh"))
    px.restore()
    part.carry(huyen, px)
    own = [event.fact for event in read_facts(read_own_facts(px.ledger.logs["sites"]))]
    [fact] = [each for each in own if isinstance(each, SiteRestored)]
    assert ("personnel", 2) in {(head.topic, head.seq) for head in fact.lost}
    part.carry(px, huyen)
    assert (shown(huyen), states(huyen)) == ([*FIRST, "t1"], ["following"])
    assert shown(tinh) == []
    part.round()
    for site in (px, huyen, tinh):
        assert shown(site) == [*FIRST, "t1"], site.site
        assert site.ledger.check_integrity().complaints == []
        assert alarms(site) == []
    assert states(tinh) == ["following"]
    assert len([each for each in own if isinstance(each, SiteRestored)]) == 1
