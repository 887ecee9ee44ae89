"""1 July 2025: the district site is closed, the province keeps its logs, the wards are put below the province; over
real homes that exchange in files (sync cases 26 and 27)."""

import json
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.appointment.events import Appointed, EndReason, TenureEnded
from services.bootstrap.http_app import create_http_app
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.tenures.histories import list_holders, list_terms
from services.chronicle.queries.units.org_chart import read_org_chart
from services.chronicle.queries.units.unit_history import list_unit_versions
from services.cli.output import format_json
from services.organization.events import (
    DissolutionReason,
    Kind,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
    UnitReparented,
)
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.errors import SiteClosed
from shared.core.facts import Fact
from shared.core.partial_dates import Instant, civil_day
from shared.testing import on
from tests.sync.homes import Homes

BY = Origin(actor="user:lan")
DAYS = ("2014-07-01", "2024-12-31", "2025-06-30", "2025-07-01")
DAY, DECISION = "2025-07-01", "QD-1654"
UNITS = {"U-T": "", "U-H": "U-T", "U-X": "U-H", "U-Y": "U-H", "U-X2": "U-X"}
OPEN = ("tinh", "px", "py")


class Reorganised(Homes):
    """A province, a district and two wards."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, {"huyen": "tinh", "px": "huyen", "py": "huyen"})

    def begin(self) -> None:
        """Tenures since 2014, known everywhere."""
        self.record("tinh", *(("organization", unit, established(unit)) for unit in UNITS))
        self.record("tinh", *(("organization", f"P-{unit[2:]}", post(unit)) for unit in UNITS))
        self.send_down("tinh", "huyen")
        self.send_down("huyen", "px", "py")
        self.record("px", *taken_up("A", "P-X", "2014-03-01"), *taken_up("B", "P-X2", "2019-05-01"))
        self.record("py", *taken_up("C", "P-Y", "2014-01-15"))
        self.record("huyen", *taken_up("D", "P-H", "2016-09-01"))
        self.send_up("huyen", "px", "py")
        self.send_up("tinh", "huyen")
        self.send_down("tinh", "huyen")
        self.send_down("huyen", "px", "py")

    def record(self, site: str, *facts: tuple[str, str, Fact]) -> None:
        with self.ledger(site) as ledger:
            for service, stream, fact in facts:
                ledger.apps[service].handle(stream, fact, BY)
                ledger.project_pending()

    def send_up(self, above: str, *sites: str) -> None:
        for site in sites:
            self.carry(site, above)

    def send_down(self, above: str, *sites: str) -> None:
        for site in sites:
            self.carry(above, site)

    def known_now(self, site: str) -> Instant:
        with self.ledger(site) as ledger:
            ledger.project_pending()
            return ledger.watermark()

    def answers(self, site: str, known_at: Instant, days: Sequence[str] = DAYS) -> dict[str, str]:
        """What a site answers, as JSON: charts and holders of each day, histories of all cadres and units."""
        told = {}
        with self.ledger(site) as ledger, ledger.tables.engine.connect() as connection:
            for day in days:
                when = AsOf(civil_day(day), known_at)
                told[f"chart {day}"] = format_json(read_org_chart(connection, "U-T", when, 4))
                told[f"holders {day}"] = format_json(list_holders(connection, when))
            when = AsOf(civil_day("9999-12-30"), known_at)
            for cadre in "ABCDE":
                told[f"history {cadre}"] = format_json(list_terms(connection, "cadre", cadre, when))
            for unit in UNITS:
                told[f"unit {unit}"] = format_json(list_unit_versions(connection, unit, when))
        return told

    def follow_guide(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        """Do a step of the guide, as it is printed."""
        where, commands = STEPS[step]
        with monkeypatch.context() as patched:
            patched.chdir(self.folder)
            for command in commands:
                code, _, errors = self.cadre(where, *command)
                assert code == 0, f"{command}\n{errors}"


def read_guide() -> list[tuple[str, list[list[str]]]]:
    """The steps of closing a site in docs/sites.md: (site, the words of its commands)."""
    text = (Path(__file__).parents[2] / "docs" / "sites.md").read_text(encoding="utf-8")
    block = text.split("## Close a site")[1].split("```console\n")[1].split("```")[0]
    steps = []
    for part in block.strip().split("\n\n"):
        place, *lines = part.splitlines()
        words = [shlex.split(line.removeprefix("$ cadre ")) for line in lines]
        steps.append((PLACES[place.split(",")[0].split(":")[0].removeprefix("# at the ").split()[0]], words))
    return steps


PLACES = {"district": "huyen", "province": "tinh", "ward": "px"}
STEPS = read_guide()
CLOSE_IN_ORDER, CLOSE, TELL_DISTRICT, TELL_WARD, HEAR_WARD = range(5)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The homes, made once."""
    folder = tmp_path_factory.mktemp("homes")
    Reorganised(folder).begin()
    return folder


@pytest.fixture
def homes(begun: Path, tmp_path: Path) -> Reorganised:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.cadre"))
    return Reorganised(tmp_path)


def established(unit: str) -> UnitEstablished:
    kinds = {"U-T": Kind.PROVINCE, "U-H": Kind.RURAL_DISTRICT, "U-X2": Kind.DIVISION}
    return UnitEstablished(
        name=unit, kind=kinds.get(unit, Kind.COMMUNE), parent=UNITS[unit], effective_from=on("2004-01-01")
    )


def post(unit: str) -> PostCreated:
    return PostCreated(unit=unit, title=f"Chủ tịch {unit}", seats=1, effective_from=on("2004-01-01"))


def taken_up(cadre: str, of: str, day: str) -> list[tuple[str, str, Fact]]:
    return [
        ("personnel", cadre, Registered(name=f"Cán bộ {cadre}")),
        ("appointment", cadre, Appointed(tenure=f"t-{cadre}", post=of, effective_from=on(day))),
    ]


def reorganisation() -> list[tuple[str, str, Fact]]:
    moved = [
        ("organization", unit, UnitReparented(parent="U-T", decision=DECISION, effective_from=on(DAY)))
        for unit in ("U-X", "U-Y")
    ]
    ended = TenureEnded(
        tenure="t-D", reason=EndReason.UNIT_ABOLISHED, decision=DECISION, effective_from=on(DAY)
    )
    dissolved = UnitDissolved(
        reason=DissolutionReason.LEVEL_ABOLISHED, decision=DECISION, effective_from=on(DAY)
    )
    return [*moved, ("appointment", "D", ended), ("organization", "U-H", dissolved)]


@pytest.mark.timeout(300)
def test_the_district_closes_and_its_wards_go_to_the_province(
    homes: Reorganised, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sync cases 26 and 27: answers from before stay, unsent facts are delivered, late ones are parked by name until
    the closing is extended."""
    known = {site: homes.known_now(site) for site in OPEN}
    before = {site: homes.answers(site, known[site]) for site in OPEN}
    assert before["tinh"] == before["px"] == before["py"]
    assert json.loads(before["px"]["history A"])

    homes.record("px", *taken_up("E", "P-X2", "2025-06-01"))  # not sent when the district closes
    homes.follow_guide(monkeypatch, CLOSE_IN_ORDER)
    homes.follow_guide(monkeypatch, CLOSE)
    registry = homes.offices["tinh"].tree()
    assert registry == {
        "tinh": ("", "root"),
        "huyen": ("tinh", "closed(tinh)"),
        "px": ("tinh", "member"),
        "py": ("tinh", "member"),
    }
    homes.record("tinh", *reorganisation())
    homes.record("huyen", *taken_up("F", "P-H", "2025-06-20"))  # on a stick of 30 June, found later
    late = homes.make("huyen", "tinh")

    # the district hears of it, and is switched off
    homes.follow_guide(monkeypatch, TELL_DISTRICT)
    assert "NotMyChild" in homes.refused("huyen", "bundle", "apply", str(homes.make("px", "huyen")))
    homes.follow_guide(monkeypatch, TELL_WARD)
    homes.carry("tinh", "py")
    said = homes.refused("px", "bundle", "make", "--for", "huyen", "--out", str(homes.folder / "no.cadre"))
    assert "NotMyChild" in said
    homes.follow_guide(monkeypatch, HEAR_WARD)
    homes.carry("py", "tinh")
    homes.send_down("tinh", "px", "py")
    for site in ("px", "py"):
        recorded, _, delivered = homes.own(site)
        assert recorded == delivered > 0, site
        assert homes.status(site)["alarms"] == []
    now = {site: homes.known_now(site) for site in OPEN}
    shown = {site: homes.answers(site, now[site]) for site in OPEN}
    assert shown["tinh"] == shown["px"] == shown["py"]
    assert json.loads(shown["tinh"]["history E"])
    check_chart(json.loads(shown["px"]["chart 2025-07-01"]))
    for site in OPEN:
        assert homes.answers(site, known[site]) == before[site], "as known before"

    # what nobody had of the district comes late
    taken = homes.apply("tinh", late)
    assert taken["entries"]["next"] >= 2  # type: ignore[index]
    line = homes.origin("tinh", "huyen")
    assert (line["parked"], line["states"]) == (2, ["following", "parked", "closed(tinh)"])
    assert [(held["topic"], held["why"]) for held in line["held"]] == [
        ("appointment", "parked"),
        ("personnel", "parked"),
    ]
    homes.send_down("tinh", "px", "py")
    while_parked = {site: homes.known_now(site) for site in OPEN}
    for site in OPEN:
        assert homes.answers(site, while_parked[site]) == shown[site], "parked is in no answer"
    extend = ("site", "close", "--extend", "huyen")
    assert homes.cadre("tinh", *extend)[0] == 0
    homes.send_down("tinh", "px", "py")
    for site in OPEN:
        with homes.ledger(site) as ledger, ledger.tables.engine.connect() as connection:
            when = AsOf(civil_day("2025-06-30"), ledger.watermark())
            assert [term.cadre for term in list_terms(connection, "cadre", "F", when)] == ["F"], site
        assert homes.origin("tinh", "huyen")["parked"] == 0
        assert homes.answers(site, while_parked[site]) == shown[site], "as known before it was admitted"
        assert homes.answers(site, known[site]) == before[site]
        assert homes.cadre(site, "verify")[0] == 0
        assert homes.cadre(site, "audit", "replay", "--processes", "1")[0] == 0
    digests = [homes.told(site, "sync", "digest") for site in OPEN]
    assert digests[0] == digests[1] == digests[2]


def check_chart(chart: list[dict[str, object]]) -> None:
    """Of 1 July: the district is gone, and the communes stand under the province."""
    shown = {str(node["unit"]): node for node in chart}
    assert set(shown) == {"U-T", "U-X", "U-X2", "U-Y"}, sorted(shown)
    assert {unit: shown[unit]["depth"] for unit in shown} == {"U-T": 0, "U-X": 1, "U-Y": 1, "U-X2": 2}


def test_a_closed_site_answers_and_records_nothing(
    homes: Reorganised, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, on the command line, and for what comes by itself; sealing and exchanging go on."""
    homes.record("huyen", *taken_up("F", "P-H", "2025-06-20"))
    homes.follow_guide(monkeypatch, CLOSE_IN_ORDER)
    handed = str(homes.folder / "huyen.handover")
    words = ("site", "close", "huyen", "--custodian", "tinh", "--last", handed, "--reason", "bỏ cấp huyện")
    assert "tinh does not have the logs of huyen up to" in homes.refused("tinh", *words)
    homes.apply("tinh", homes.folder / "huyen-last.cadre")
    code, _, errors = homes.cadre("tinh", *words)
    assert (code, "px, py stand below huyen still" in errors) == (0, True)
    homes.carry("tinh", "huyen")
    with homes.ledger("huyen") as ledger:
        ledger.project_pending()
        positions = {
            name: log.position() for name, log in ledger.logs.items() if name not in ("sync", "audit")
        }
        with pytest.raises(SiteClosed):
            ledger.apps["personnel"].handle("G", Registered(name="Cán bộ G"), BY)
        with TestClient(create_http_app(ledger)) as client:
            body = {"name": "Đơn vị G", "kind": "WARD", "effective_from": DAY}
            refused = client.post("/organization/unit-established", json=body)
            assert (refused.status_code, refused.json()["rule"]) == (409, "SiteClosed")
            assert refused.json()["custodian"] == "tinh"
            assert "tinh" in refused.json()["detail"]
            assert "Điểm này đã đóng" in refused.json()["title_vi"]
            assert "Retry-After" not in refused.headers
            facts = client.get("/appointment/A/facts")
            away = {"target": facts.json()[0]["event_id"], "mode": "VOID", "reason": "sai"}
            headers = {"If-Match": facts.headers["ETag"]}
            voided = client.post("/appointment/A/corrections", json=away, headers=headers)
            assert (voided.status_code, voided.json()["rule"]) == (409, "SiteClosed")
            assert client.get("/org-chart", params={"unit": "U-T", "as_of": DAY}).status_code == 200
    said = homes.refused("huyen", "site", "restored", "--reason", "đĩa hỏng")
    assert "SiteClosed: huyen is closed" in said
    assert homes.cadre("huyen", "audit", "seal")[0] == 0
    assert homes.cadre("huyen", "verify")[0] == 0
    homes.carry("huyen", "tinh")
    assert homes.origin("tinh", "huyen")["states"][-1] == "closed(tinh)"
    with homes.ledger("huyen") as ledger:
        assert {name: ledger.logs[name].position() for name in positions} == positions
    code, output, _ = homes.cadre("px", "sync", "status", "--json")
    assert (code, json.loads(output)["parent"]) == (0, "huyen"), "it has not heard of it"
    said = homes.refused("huyen", "bundle", "apply", str(homes.make("px", "huyen")))
    assert "SiteClosed: huyen is closed, and takes nothing" in said
    homes.carry("tinh", "px")
    assert homes.status("px")["parent"] == "tinh", "though nobody has put it below another site yet"
    said = homes.refused("px", "bundle", "make", "--for", "huyen", "--out", str(homes.folder / "no.cadre"))
    assert "SiteClosed" in said
    homes.record("px", *taken_up("E", "P-X2", "2025-06-01"))
    homes.carry("px", "tinh")
    homes.carry("tinh", "px")
    recorded, _, delivered = homes.own("px")
    assert recorded == delivered
