"""A site that was re-homed, or whose parent was closed, hears it from its former parent over the line."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line, LineFault
from tests.engines.processes import free_port
from tests.sites.office import Office
from tests.support.cadre_process import run_cadre
from tests.sync.line import processes
from tests.sync.line.processes import SiteProcess
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


@pytest.mark.long
@pytest.mark.timeout(300)
def test_served_sites_go_on_by_themselves_when_one_is_rehomed_and_its_old_parent_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sync cases 23 and 26 with real processes: the ward turns to the province without anybody at the ward, and the
    closed district answers 409."""
    doors = {site: socket.create_server(("127.0.0.1", 0)) for site in ("tinh", "huyen", "px")}
    address = {site: f"http://127.0.0.1:{door.getsockname()[1]}" for site, door in doors.items()}
    top = Office(tmp_path, "tinh")
    top.well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root", "--address", address["tinh"])
    for site, parent in (("huyen", "tinh"), ("px", "huyen")):
        office = Office(tmp_path, site)
        request, ticket = office.request("--address", address[site]), str(tmp_path / f"{site}.ticket")
        Office(tmp_path, parent).well("admit", request, "--out", ticket)
        office.well("join", ticket)
    with ExitStack() as opened:

        def serve(site: str, parent: str = "") -> SiteProcess:
            with doors[site] as door:  # kept for it until now, for the registry has its address
                ports = iter((free_port(), door.getsockname()[1]))
            monkeypatch.setattr(processes, "free_port", lambda: next(ports))
            process = SiteProcess(tmp_path, site, parent)
            opened.callback(process.stop)
            return process

        def decide(*words: str) -> None:
            done = run_cadre(("site", *words), tinh.env, tinh.files)
            assert done.returncode == 0, done.stderr
            huyen.cadre("sync", "now")

        tinh, huyen = serve("tinh"), serve("huyen")
        px = serve("px", address["huyen"])  # as its settings say; the registry says the rest
        an = px.register("Nguyễn Văn An")
        tinh.wait_until(lambda: tinh.knows(an))
        decide("rehome", "px", "--to", "tinh", "--reason", "sáp nhập")
        binh = px.register("Trần Thị Bình")
        tinh.wait_until(lambda: tinh.knows(binh))
        px.wait_until(lambda: px.status()["own"]["delivered"] == 2)
        assert px.status()["parent"] == "tinh"
        assert not huyen.knows(binh)

        decide("rehome", "px", "--to", "huyen", "--reason", "trở lại")
        px.cadre("sync", "now")  # the province says so, as a former parent
        px.wait_until(lambda: px.status()["parent"] == "huyen")
        huyen.wait_until(lambda: huyen.knows(binh))

        decide("close", "huyen", "--custodian", "tinh", "--as-known", "--reason", "bỏ cấp huyện")
        body = {"name": "Lê Văn Chi", "effective_from": "2000"}
        refused = huyen.client.post("/personnel/registered", json=body)
        assert (refused.status_code, refused.json()["rule"]) == (409, "SiteClosed")
        assert huyen.knows(an)
        done = run_cadre(("site", "restored", "--reason", "x"), huyen.env, huyen.files)
        assert (done.returncode, "SiteClosed" in done.stderr) == (1, True)
        huyen.kill()  # switched off, before the ward has heard of anything
        dung = px.register("Đỗ Văn Dũng")
        px.wait_until(lambda: px.status()["parent"] == "tinh", 90)
        tinh.wait_until(lambda: tinh.knows(dung))
        px.wait_until(lambda: px.status()["own"]["delivered"] == 3)
