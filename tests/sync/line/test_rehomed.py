"""A site that was re-homed, or whose parent was closed, hears it from its former parent over the line."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line, LineFault
from tests.sites.office import Office
from tests.sync.line.sites import CallingSite, serve_site
from tests.sync.test_random_exchanges import LiveSite


class Levels:
    """A province and a district that answer, and a ward."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.folder, self.opened = folder, opened
        self.tinh = LiveSite(folder, "tinh")
        self.huyen, self.px = CallingSite(folder, "huyen", "tinh"), CallingSite(folder, "px", "huyen")
        for site in (self.tinh, self.huyen, self.px):
            opened.callback(site.close)

    def decide(self, *words: str) -> None:
        """The province decides about its sites, once it has heard of them, and the district hears it."""
        with serve_site(self.tinh) as province:
            self.huyen.sync(province.address)
        self.tinh.close()
        Office(self.folder, "tinh").well(*words)
        self.tinh.open()
        with serve_site(self.tinh) as province:
            self.huyen.sync(province.address)


@pytest.fixture
def levels(folder: Path) -> Iterator[Levels]:
    with ExitStack() as opened:
        yield Levels(folder, opened)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("rehome", "px", "--to", "tinh", "--reason", "sáp nhập"), "NotMyChild"),
        (("close", "huyen", "--custodian", "tinh", "--as-known", "--reason", "bỏ cấp huyện"), "SiteClosed"),
    ],
)
def test_the_former_parent_refuses_and_says_where_the_site_belongs(
    levels: Levels, words: tuple[str, ...], rule: str
) -> None:
    """Sync cases 23 and 26: 409, with the facts of the registry, and nothing of the message is taken."""
    huyen, px = levels.huyen, levels.px
    levels.decide(*words)
    px.register_all(["An", "Bình"])
    before = huyen.digests(), {log: huyen.replica.vector(log) for log in huyen.replica.store.logs()}
    with serve_site(huyen) as district:
        with pytest.raises(LineFault) as refused:
            px.sync(district.address)
        assert refused.value.rule == rule
        assert "tinh" in refused.value.detail
    assert before == (huyen.digests(), {log: huyen.replica.vector(log) for log in huyen.replica.store.logs()})
    assert px.replica.tree.parent("px") == "tinh"
    assert px.own() == (2, 0, 0), "nothing has gone to the one that it belongs to"
    with serve_site(levels.tinh) as province:
        line = Line(province.address)
        list(Caller(px.replica, "tinh").exchange(line))
        line.close()
    assert px.own() == (2, 2, 2)
    assert {"An", "Bình"} <= set(levels.tinh.persons())
    assert px.status().alarms == []
