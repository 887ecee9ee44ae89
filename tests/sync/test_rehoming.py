"""A site is put below another parent, or closed: what it has not delivered goes where it belongs now, what is known of
it is kept, and nothing becomes undeliverable because somebody is gone. Over real homes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.bootstrap.replicas import create_replica, open_site_replica
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.status import read_status
from shared.core.clock import Clock, system_clock
from shared.core.partial_dates import later
from shared.operations.settings import Settings
from shared.replica.chunks import Stubs
from shared.replica.runs import Head
from tests.sync.homes import Homes

DAYS_10 = 10 * 86_400 * 1_000_000
Entry = tuple[str, str, str, int, bytes | Stubs]
CLOSE = ("site", "close", "huyen", "--custodian", "tinh", "--reason", "cháy trụ sở", "--as-known")


class Kept(Homes):
    """A province, two districts and a ward of the first one; it is remembered what each held."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {"huyen": "tinh", "quan": "tinh", "px": "huyen"})
        self.seen: dict[str, set[Entry]] = {}

    @contextmanager
    def replica(self, site: str, clock: Clock = system_clock) -> Iterator[SiteReplica]:
        create_replica(self.folder / site)
        with self.ledger(site) as ledger:
            settings = Settings(home=self.folder / site, site=site)
            with open_site_replica(settings, ledger, clock) as replica:
                yield replica

    def heads(self, at: str, origin: str) -> set[Head]:
        """The last entries of an origin that are at a site, without what it stated about exchanging."""
        with self.replica(at) as replica:
            return {head for head in replica.all_heads() if head.origin == origin and head.topic != "sync"}

    def keeps_all(self, *sites: str) -> bool:
        """Whether each of these still has, byte for byte, all that it ever had of any log, its own included."""
        for site in sites:
            with self.replica(site) as replica:
                now = {
                    (log.origin, log.topic, run.epoch, seq, raw)
                    for log in replica.store.logs()
                    for run in replica.store.load_log(log).runs
                    for seq, raw in enumerate(
                        replica.store.read_entries(log, (run, run.first, run.last)), run.first
                    )
                }
            if self.seen.get(site, set()) - now:
                return False
            self.seen[site] = now
        return True


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The homes, made once, with the district and the ward known everywhere."""
    folder = tmp_path_factory.mktemp("homes")
    homes = Kept(folder)
    homes.carry("huyen", "tinh")
    homes.carry("tinh", "quan")
    return folder


@pytest.fixture
def homes(begun: Path, tmp_path: Path) -> Kept:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.cadre"))
    return Kept(tmp_path)


def test_unsent_facts_and_those_only_the_old_parent_had_move_with_the_site(
    homes: Kept, tmp_path: Path
) -> None:
    """Sync case 23."""
    homes.register("px", "Một", "Hai", "Ba")
    homes.carry("px", "huyen")
    homes.carry("huyen", "px")
    assert homes.own("px") == (3, 3, 3)
    homes.register("px", *(f"Người {number}" for number in range(5)))
    homes.offices["tinh"].well("rehome", "px", "--to", "quan", "--reason", "sáp nhập")

    homes.carry("tinh", "huyen")
    late, before = homes.make("px", "huyen"), homes.bytes_of("huyen")
    said = homes.refused("huyen", "bundle", "apply", str(late))
    assert "NotMyChild: px does not belong to huyen any more" in said
    assert "quan" in said
    assert homes.bytes_of("huyen") == before, "nothing of it was written"
    assert homes.names("huyen") == ["Ba", "Hai", "Một"]
    said = homes.refused("huyen", "bundle", "make", "--for", "px", "--out", str(tmp_path / "no.cadre"))
    assert "NotMyChild" in said
    # from here on the old parent is switched off

    homes.carry("tinh", "px")
    said = homes.refused("px", "bundle", "make", "--for", "huyen", "--out", str(tmp_path / "no.cadre"))
    assert "NotMyChild: px does not belong to huyen any more" in said
    assert "--for quan" in said
    assert homes.own("px") == (8, 0, 0), "nothing is delivered by receipts of the old parent"
    taken = homes.carry("px", "quan")  # which hears only now, and from px, that px belongs to it
    assert (taken["faults"], taken["waiting"], taken["filling"]) == ([], {}, [])
    homes.carry("quan", "tinh")
    homes.carry("quan", "px")
    names = sorted(["Một", "Hai", "Ba", *(f"Người {number}" for number in range(5))])
    for site in ("quan", "tinh", "px"):
        assert homes.names(site) == names, site
        assert homes.cadre(site, "verify")[0] == 0, site
    assert homes.own("px") == (8, 8, 8)
    assert homes.status("px")["parent"] == "quan"
    assert homes.told("px", "sync", "digest") == homes.told("tinh", "sync", "digest")


@pytest.mark.timeout(300)
def test_what_only_a_ward_has_of_a_district_that_is_gone_comes_to_its_custodian(homes: Kept) -> None:
    """The district sent a fact down to its ward and never up; then it burnt down, and the ward was put below another
    district. Whatever is stated, nobody drops anything (sync.md §9)."""
    homes.register("huyen", "An")
    homes.carry("huyen", "tinh")
    homes.register("px", "Bình")
    homes.register("huyen", "Chi")
    homes.carry("huyen", "px")
    homes.carry("tinh", "quan")
    assert homes.keeps_all("tinh", "quan", "px")
    everything = homes.heads("px", "huyen")
    assert not everything <= homes.heads("tinh", "huyen")
    # the district is gone for ever

    code, _, errors = homes.cadre("tinh", *CLOSE, "--rehome-children", "quan")
    assert code == 0, errors
    homes.carry("tinh", "px")
    assert homes.names("px") == ["An", "Bình"], "what lies beyond the known end is in no answer any more"
    homes.carry("px", "quan")
    homes.carry("quan", "tinh")
    for site in ("quan", "tinh"):
        line = homes.origin(site, "huyen")
        assert [(held["topic"], held["why"]) for held in line["held"]] == [("personnel", "parked")], site
        assert line["parked"] == 1
        assert homes.names(site) == ["An", "Bình"]
        assert homes.heads(site, "huyen") >= everything
    homes.carry("quan", "px")
    assert homes.own("px") == (1, 1, 1)

    assert homes.cadre("tinh", "site", "close", "huyen", "--extend", "--reason", "có ở phường")[0] == 0
    homes.carry("tinh", "quan")
    homes.carry("quan", "px")
    for site in ("tinh", "quan", "px"):
        assert homes.names(site) == ["An", "Bình", "Chi"], site
        assert homes.origin(site, "huyen")["parked"] == 0
    assert homes.keeps_all("tinh", "quan", "px")


@pytest.mark.timeout(300)
def test_the_custodian_says_what_nobody_can_give_any_more(homes: Kept) -> None:
    """A ward whose first synchronisation with the district was cut waits for an entry that burnt with it, and shows
    nothing of the district; the custodian ends that."""
    homes.register("huyen", "An")
    homes.carry("huyen", "tinh")
    homes.register("huyen", "Chi")
    gone = homes.heads("huyen", "huyen") - homes.heads("tinh", "huyen")
    assert len(gone) == 1
    with homes.replica("px") as replica:
        replica.store.exchange.replace_targets(gone)
    assert homes.cadre("tinh", *CLOSE)[0] == 0
    homes.carry("tinh", "px")
    assert homes.names("px") == [], "it waits"
    assert homes.origin("px", "huyen")["states"][0] == "filling"
    homes.carry("px", "tinh")
    homes.carry("tinh", "px")
    assert homes.origin("px", "huyen")["states"][0] == "following"
    assert homes.names("px") == ["An"]


def test_a_former_parent_does_not_wait_for_a_ward_that_has_moved(homes: Kept) -> None:
    homes.carry("px", "huyen")
    with homes.replica("huyen", lambda: later(system_clock(), DAYS_10)) as replica:
        assert [(alarm.origin, alarm.what) for alarm in read_status(replica).alarms] == [("px", "silent")]
    homes.offices["tinh"].well("rehome", "px", "--to", "quan", "--reason", "sáp nhập")
    homes.carry("tinh", "huyen")
    with homes.replica("huyen", lambda: later(system_clock(), DAYS_10)) as replica:
        alarms = {alarm.origin for alarm in read_status(replica).alarms}
    assert alarms == {"tinh"}, "who stands above is missed, who has moved is not"
