"""Views of the known axis where the province is a cluster: the same answers, byte for byte, as of sites in one process
with the same facts (sync cases 36, 37)."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from services.bootstrap import db_roles
from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.bootstrap.site_views import open_site_views
from services.organization.events import Kind, UnitEstablished
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Instant
from shared.runtime.ledger import Ledger
from tests.sync.cluster.sites import DAY, ClusterOffice, Ward

ASKED = {"as_of": "2026-06-01"}
LATE = Instant("2199-01-01T00:00:00.000000Z")


def establish(ledger: Ledger, unit: str) -> Instant:
    """Since when the unit is known at its site."""
    fact = UnitEstablished(name=f"Đơn vị {unit}", kind=Kind.WARD, effective_from=DAY)
    [event] = ledger.apps["organization"].handle(unit, fact, Origin(actor="user:lan")).events
    return event.recorded_at


def ask(ledger: Ledger, **more: str) -> bytes:
    """What `/units` answers, as a process of a cluster that answers questions does."""
    with TestClient(create_http_app(ledger, names=["chronicle"])) as client:
        return client.get("/units", params=ASKED | more).content


def units(answer: bytes) -> list[str]:
    return sorted(each["unit"] for each in json.loads(answer)["items"])


def heard(answer: bytes, site: str) -> Any:
    return {str(each["site"]): each for each in json.loads(answer)["heard"]}[site]


def exchange(px: Ward, huyen: Ward, city: ClusterOffice) -> None:
    """Everything goes up, and comes down, and the receipts go up. The workers of the city follow."""
    for _ in range(2):
        px.carry(huyen)
        huyen.carry(city)
        city.follow()  # a city says that its logs are closed as far as they have rows
        city.carry(huyen)
        huyen.carry(px)


def test_a_cluster_answers_views_as_sites_in_one_process_do(city: ClusterOffice, tmp_path: Path) -> None:
    huyen, px = Ward(tmp_path, "huyen"), Ward(tmp_path, "px")
    city.follow()
    with city.ledger(db_roles.READER) as reader:
        assert json.loads(ask(reader))["heard"] == [], "it is the top of a tree of one site"
    huyen.join_below(city)
    px.join_below(huyen)
    with px.ledger() as ledger:
        first = establish(ledger, "U-X")
    px.carry(huyen)
    huyen.carry(city)
    city.follow()
    early = city.watermark()
    with city.ledger(db_roles.READER) as reader:
        before = ask(reader, known_at=early)
    with city.ledger("organization") as ledger:
        second = establish(ledger, "U-T")
    exchange(px, huyen, city)
    city.follow()

    with (
        closing(open_cluster_ledger(city.settings(db_roles.READER))) as reader,
        huyen.ledger() as of_huyen,
        px.ledger() as of_px,
    ):
        ledgers: tuple[Ledger, ...] = reader, of_huyen, of_px
        for instant, known in ((first, ["U-X"]), (second, ["U-T", "U-X"])):
            [answer] = {ask(each, known_at=instant, view="recorded") for each in ledgers}
            assert (units(answer), json.loads(answer).get("provisional")) == (known, None)
            [answer] = {ask(each, known_at=instant, view="recorded", site="px") for each in ledgers}
            assert units(answer) == ["U-X"]
            [answer] = {ask(each, known_at=instant, seen_by="px") for each in ledgers[:2]}
            assert units(answer) == ["U-X"], "what is decided above came to it later"
            [answer] = {ask(each, known_at=instant, seen_by="px", site="tinh") for each in ledgers[:2]}
            assert units(answer) == []
        now = early if early > second else reader.watermark()
        assert units(ask(reader, known_at=now, seen_by="px")) == ["U-T", "U-X"]
        assert ask(reader, known_at=early) == before, "what was answered stays"
        assert units(before) == ["U-X"]
        assert heard(ask(reader, known_at=now), "px") == heard(ask(of_huyen), "px")
        assert heard(ask(reader, known_at=now), "px")["state"] == "following"
        assert json.loads(ask(reader, seen_by="xa"))["rule"] == "UnknownSite"
        assert json.loads(ask(reader, view="recorded"))["provisional"] == ["huyen", "px"], "not heard since"
        with closing(open_site_views(reader)) as here, closing(open_site_views(of_huyen)) as there:
            [said] = [each for each in here.find_heard(LATE, None) if each.site == "px"]
            assert said in there.find_heard(LATE, None)
            assert said.state == "silent"
        for site in ("px", "huyen"):
            words = ("audit", "who-knew-what", "U-X", "--site", site)
            assert city.told(*words) == huyen.told(*words)
