"""A site restored from a backup pulls its own lost tail back from a neighbour: over real sites, by files."""

from pathlib import Path
from typing import Any

import pytest

from services.personnel.events import Registered
from services.sites.enrolment import read_facts
from services.sites.membership import read_own_facts
from shared.commands.command_handler import CommandResult, Origin
from shared.core.errors import KeyReused
from shared.core.timeline import total_order
from shared.eventlog.signed_notes import split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.envelopes import EntryFlag
from shared.replica.runs import LogId
from tests.sync.cloned_sites import alarms, known_at, live_tree, status
from tests.sync.test_random_exchanges import DAY, LiveSite

NAMES = {"an": "An Hai", "binh": "Bình Hai", "chi": "Họ chi", "dung": "Họ dung", "ha": "Hà Hai"}
LOG = LogId("px", "personnel")


def register(site: LiveSite, person: str, command: str) -> CommandResult[Any]:
    origin = Origin(actor="user:lan", command_id=command)
    result = site.ledger.apps["personnel"].handle(
        person, Registered(name=f"Họ {person}", effective_from=DAY), origin
    )
    site.ledger.project_pending()
    return result


def test_a_restored_site_writes_at_once_and_pulls_its_own_tail_back(tmp_path: Path) -> None:
    """Sync cases 12 and 13: both lines count, and a command of the lost part is answered with its old fact."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        register(px, "an", "c-1")
        huyen.register("ha")
        huyen.rename("ha", "Tên ha")
        tree.round()
        px.back_up()
        px.rename("ha", "Hà Một")
        handled = {}
        for person in ("binh", "chi"):
            old = register(px, person, f"c-{person}")
            handled[person] = old.events
        px.rename("binh", "Bình Hai")
        tree.round()
        px.restore()
        assert px.persons() == ["an", "ha"]
        register(px, "dung", "c-dung")
        twice = register(px, "chi", "c-chi").events  # repeated before it is known that it was handled
        repeated = px.ledger.watermark()
        px.rename("an", "An Hai")
        px.rename("ha", "Hà Hai")  # its own key for this person is in the lost part: it makes another
        tree.round()
        tree.round()
        for site in (px, huyen, tinh):
            assert dict(site.names()) == NAMES, site.site
            [fact] = site.ledger.apps["personnel"].union.load_stream("chi")
            first = min(*old.events, *twice, key=total_order)
            assert fact.event_id == first.event_id, "of one command the first counts"
            told = site.ledger.apps["personnel"].union.load_stream("ha")
            assert sorted(event.fact.name for event in told) == ["Hà Hai", "Hà Một", "Tên ha", "ha"], (
                site.site
            )
            assert alarms(site) == [], site.site
            assert site.ledger.check_integrity().complaints == []
        assert len({str(site.digests()) for site in (px, huyen, tinh)}) == 1
        assert ("chi", "Họ chi") in known_at(px, repeated), "as it was known then"
        assert status(px).states == ["branch"]
        [line] = [each for each in status(huyen).origins if each.origin == "px"]
        assert line.states == ["following", "branch"]
        [note] = [note for note in px.replica.store.read_checkpoints(LOG) if "/01" in note.split("\n")[0]]
        checkpoint = parse_checkpoint(split_note(note)[0])
        assert checkpoint.branch == checkpoint.epoch
        stated = [
            event.fact
            for event in read_facts(read_own_facts(px.ledger.logs["sites"]))
            if event.stream == "px"
        ]
        assert [type(fact).__name__ for fact in stated] == ["SiteRestored"]

        again = register(px, "binh", "c-binh")
        assert [event.event_id for event in again.events] == [event.event_id for event in handled["binh"]]
        assert again.events[0].fact == handled["binh"][0].fact
        with pytest.raises(KeyReused):
            register(px, "em", "c-binh")
        assert px.persons() == sorted(NAMES)
        assert status(px).own.delivered == status(px).own.recorded


def test_a_restored_parent_is_sent_again_what_it_lost(tmp_path: Path) -> None:
    """Sync case 11: delivered goes down with an alarm, and up again by a new receipt only."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        for number in range(3):
            px.register(f"p{number}")
        tree.round()
        huyen.back_up()
        for number in range(3, 5):
            px.register(f"p{number}")
        huyen.register("h1")
        tree.round()
        assert (status(px).own.delivered, alarms(px)) == (5, [])
        huyen.restore()
        huyen.register("h2")
        assert huyen.persons() == ["h2", "p0", "p1", "p2"]
        tree.carry(huyen, px)
        assert (status(px).own.delivered, alarms(px)) == (3, ["ParentWentBack huyen 2"])
        tree.carry(px, huyen)
        assert (status(px).own.delivered, alarms(px)) == (3, ["ParentWentBack huyen 2"]), (
            "sent is not delivered"
        )
        tree.carry(huyen, px)
        assert (status(px).own.delivered, alarms(px)) == (5, [])
        tree.round()
        for site in (px, huyen, tinh):
            assert site.persons() == ["h1", "h2", *(f"p{number}" for number in range(5))], site.site
            assert site.ledger.check_integrity().complaints == []
        assert len({str(site.digests()) for site in (px, huyen, tinh)}) == 1
        lines = {event.epoch for event in huyen.ledger.apps["personnel"].union.load_stream("h1")}
        assert lines.isdisjoint(event.epoch for event in huyen.ledger.logs["personnel"].load_stream("h2"))
        assert "branch" in status(huyen).states


def test_of_what_another_life_had_closed_no_clock_is_accused(tmp_path: Path) -> None:
    """The ward was restored and has recorded nothing since, so that no branch is seen; it closed its log where it ends.
    What it gets back was recorded before that, and comes to a district that was restored as well: from another sender,
    together with the receipt that the district had recorded for it."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        tree.round()
        px.back_up()
        huyen.back_up()
        px.register("binh")
        tree.carry(px, huyen)
        tree.carry(huyen, tinh)
        px.restore()
        huyen.restore()
        tree.carry(px, huyen)
        tree.carry(huyen, tinh)
        tree.carry(tinh, huyen)
        tree.carry(huyen, px)
        tree.carry(px, huyen)
        tree.carry(huyen, tinh)
        assert huyen.persons() == px.persons() == ["an", "binh"]
        assert huyen.replica.store.find_flagged("px", EntryFlag.CLOCK), "the case is met"
        for site in (px, huyen, tinh):
            assert alarms(site) == [], site.site
