"""All services at a site that holds facts of another: over HTTP, in a replay, when a person is erased."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.appointment.events import Appointed
from services.audit.erasure import erase
from services.audit.replay import ReplayRequest, ReplayResult, run_replay
from services.audit.replay.sources import EventSorter, IncompleteSource
from services.audit.reports import changes, list_facts_about
from services.audit.sealing import Seals
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.contradictions.changes import LoggedChanges
from services.chronicle.queries.contradictions.latest import LatestContradictions
from services.organization.events import Bloc, Kind, PostCreated, UnitEstablished, UnitRenamed
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.clock import system_clock
from shared.core.partial_dates import civil_day
from shared.eventlog.key_store import ERASED
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import on, recorded
from tests.audit.replays import change, found_in
from tests.contradictions.test_latest import agree
from tests.kernel.toy import note
from tests.kernel.toy import topic as toy
from tests.sync.foreign_events import Site, state_of

BY = Origin(actor="tester")
DAY = civil_day("2025-07-01")
UNIT, PERSON = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f", "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e90"


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """A ward that has registered a unit and a person, and a city that has heard it and recorded a unit itself."""
    with ExitStack() as opened:
        ward, city = (
            opened.enter_context(closing(Site(tmp_path / name, name, system_clock, SERVICES, PROJECTIONS)))
            for name in ("ward", "city")
        )
        ward.ledger.apps["organization"].handle(UNIT, unit("Phường Nam"), BY)
        ward.ledger.apps["personnel"].handle(PERSON, Registered(name="Nguyễn Văn An", birth="1980"), BY)
        ward.ledger.project_pending()
        city.ledger.apps["organization"].handle("city", unit("Thành phố"), BY)
        city.ledger.project_pending()
        city.hear(ward)
        yield ward, city


def unit(name: str) -> UnitEstablished:
    return UnitEstablished(
        name=name,
        level="PROVINCE",
        kind=Kind.MUNICIPALITY,
        bloc=Bloc.TERRITORY,
        effective_from=on("2004-08-31"),
    )


def test_a_fact_of_another_site_over_http(heard: tuple[Site, Site]) -> None:
    ward, city = heard
    rename = {"type": "organization.unit-renamed", "name": "Phường Nam Sơn", "effective_from": "2020-01-01"}
    with TestClient(create_http_app(city.ledger)) as client:
        read = client.get(f"/organization/{UNIT}/facts")
        assert (read.status_code, read.headers["ETag"]) == (200, '"0+1"')
        [told] = read.json()
        url = f"/organization/{UNIT}"
        assert client.post(url, json=rename).status_code == 428, "it exists, although not in the own log"
        refused = client.post(url, json=rename, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["version"]) == (412, 0)
        assert "0+1" in refused.json()["detail"]
        done = client.post(url, json=rename, headers={"If-Match": '"0+1"'})
        assert (done.status_code, done.headers["ETag"], done.json()["version"]) == (201, '"1+1"', 1)
        amended = {
            "target": told["event_id"],
            "mode": "AMEND",
            "reason": "typo",
            "new_values": {"note": "seen"},
        }
        done = client.post(f"{url}/corrections", json=amended, headers={"If-Match": '"1+1"'})
        assert (done.status_code, done.headers["ETag"]) == (201, '"2+1"')
        shown = client.get(f"/facts/organization/{UNIT}/{told['event_id']}")
        assert shown.status_code == 200, shown.text
        assert told["event_id"] in shown.text
        assert len(client.get(f"{url}/facts").json()) == 3
    ward.hear(city)
    events = ward.ledger.apps["organization"].union.load_stream(UNIT)
    assert [type(event.fact).__name__ for event in events] == ["UnitEstablished", "UnitRenamed", "Corrected"]
    assert city.ledger.check_integrity().complaints == ward.ledger.check_integrity().complaints == []


def test_versions_over_http_after_a_fact_ceased_to_count(tmp_path: Path) -> None:
    """Whoever read it before is refused (412), whoever reads it now can go on; a repeated command gets its first
    answer, with the version that is refused."""
    new = {"name": "Phường A", "kind": "WARD", "effective_from": "2020-01-01"}
    rename = {"type": "organization.unit-renamed", "name": "Phường B", "effective_from": "2021-01-01"}
    key = {"Idempotency-Key": "k1"}
    with closing(Site(tmp_path / "city", "city", system_clock, SERVICES, PROJECTIONS)) as city:
        client = TestClient(create_http_app(city.ledger))
        first = client.post("/organization/unit-established", json=new, headers=key)
        unit, app = first.json()["stream"], city.ledger.apps["organization"]
        url = f"/organization/{unit}"
        assert first.headers["ETag"] == '"1"'
        [event] = app.union.load_stream(unit)
        state = state_of(city, "organization", event)
        city.uncount("organization", unit, state)

        read = client.get(f"{url}/facts")
        assert (read.status_code, read.json(), read.headers["ETag"]) == (200, [], '"1.1"')
        stale = client.post(url, json=rename, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["rule"]) == (412, "VersionMismatch")
        assert "at version 1.1 now" in stale.json()["detail"]
        again = client.post("/organization/unit-established", json=new, headers=key)
        assert (again.status_code, again.json(), again.headers["ETag"]) == (201, first.json(), '"1"')
        assert app.log.version(unit) == 1, "nothing is recorded a second time"
        anew = client.post(
            url, json={"type": "organization.unit-established"} | new, headers={"If-Match": '"1.1"'}
        )
        assert (anew.status_code, anew.headers["ETag"]) == (201, '"2.1"'), anew.text

        city.take([("organization", unit, state)])
        read = client.get(f"{url}/facts")
        assert (len(read.json()), read.headers["ETag"]) == (2, '"2.2"')
        assert client.post(url, json=rename, headers={"If-Match": '"2.1"'}).status_code == 412
        done = client.post(url, json=rename, headers={"If-Match": read.headers["ETag"]})
        assert (done.status_code, done.headers["ETag"]) == (201, '"3.2"'), done.text
        again = client.post("/organization/unit-established", json=new, headers=key)
        assert (again.json(), again.headers["ETag"]) == (first.json(), '"1.2"')
        assert client.get("/organization/no-such-unit/facts").status_code == 404


def replayed(site: Site, home: Path) -> ReplayResult:
    """A replay of the city by a process that only reads."""
    open_: Callable[[], Any] = partial(
        EmbeddedLedger,
        SERVICES,
        PROJECTIONS,
        home,
        site.name,
        system_clock,
        writes=False,
        foreign=site.foreign,
    )
    with closing(Seals(site.ledger.logs, home / "trees", site.name)) as seals:
        return run_replay(ReplayRequest(open_=open_, notes=home / "notes", program="1", processes=1), seals)


def test_a_replay_folds_the_facts_of_all_sites(heard: tuple[Site, Site], tmp_path: Path) -> None:
    _, city = heard
    city.ledger.apps["organization"].handle(
        UNIT, UnitRenamed(name="Phường Nam Sơn", effective_from=on("2020-01-01")), BY
    )
    city.ledger.project_pending()
    home = tmp_path / "city"
    found = replayed(city, home)
    assert (found.differences, found.rows["units"], found.rows["cadres"]) == ([], 4, 1)
    change(home / "chronicle.db", "UPDATE units SET name = 'x' WHERE name = 'Phường Nam Sơn'")
    change(home / "chronicle.db", "UPDATE cadres SET name = 'x'")
    assert found_in(replayed(city, home)) == {("row", "organization", UNIT), ("row", "personnel", PERSON)}
    city.ledger.rebuild()
    assert replayed(city, home).differences == []


def test_reports_name_the_facts_of_all_sites(heard: tuple[Site, Site]) -> None:
    _, city = heard
    unions = {name: app.union for name, app in city.ledger.apps.items()}
    [fact] = list_facts_about(unions, city.ledger.tables, PERSON)
    known = city.ledger.watermark()
    [changed] = changes(
        city.ledger.tables,
        unions,
        DAY,
        city.ledger.logs["organization"].last_recorded_at(),
        known,
        ("cadres",),
    )
    assert (changed.stream, [each.event for each in changed.facts]) == (PERSON, [fact.event])


def test_contradictions_are_brought_forward_by_the_facts_of_other_sites(heard: tuple[Site, Site]) -> None:
    """An appointment that comes before its post, and then the post; asked at each step, and once by a fresh reader."""
    ward, city = heard
    post = PostCreated(unit=UNIT, title="Chủ tịch", effective_from=on("2010-01-01"))
    ward.ledger.apps["organization"].handle("post", post, BY)
    ward.ledger.project_pending()
    tenure = Appointed(tenure="t1", post="post", effective_from=on("2015-01-01"), decision="d1")
    ward.ledger.apps["appointment"].handle(PERSON, tenure, BY)
    latest = LatestContradictions(LoggedChanges(city.ledger.logs, city.foreign))
    counts = [agree(city.ledger, latest)]
    city.hear(ward, topics=["appointment"])
    counts.append(agree(city.ledger, latest))
    fresh = LatestContradictions(LoggedChanges(city.ledger.logs, city.foreign))
    assert agree(city.ledger, fresh) == counts[-1]
    city.hear(ward)
    counts.append(agree(city.ledger, latest))
    assert agree(city.ledger, fresh) == counts[-1]
    assert counts[1] > counts[0]
    assert counts[2] < counts[1]


def test_a_person_known_only_from_another_site_is_erased(heard: tuple[Site, Site]) -> None:
    _, city = heard
    assert erase(city.ledger, city.ledger.apps["audit"], PERSON, "asked", DAY, BY) == 1
    with city.ledger.tables.engine.connect() as rows:
        names = [row[0] for row in rows.exec_driver_sql("SELECT name FROM cadres")]
    assert names == [ERASED]


def test_events_of_sites_that_did_not_know_of_each_other_may_share_a_lamport_time(tmp_path: Path) -> None:
    """Read from the topics of a broker in any order: those of one site may not."""
    one, other, same = (
        toy.encode(recorded(note(what), 1, site))
        for what, site in (("rain", "ward"), ("snow", "city"), ("hail", "city"))
    )
    with EventSorter(tmp_path / "sort", toy) as sorting:
        sorting.add([one, other, one])
        assert (list(sorting.states()), sorting.count, sorting.last) == (
            [other, one],
            2,
            {"ward": 1, "city": 1},
        )
        with pytest.raises(IncompleteSource, match="two events of the topic toy claim place 1 of site city"):
            sorting.add([same])
