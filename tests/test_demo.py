"""The demonstration: a city that never contradicts itself, on both time axes."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from services.audit.replay import ReplayRequest, run_replay
from services.audit.sealing import Seals
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.tenures.histories import TermLine, list_holders
from services.chronicle.queries.units.org_chart import UnitNode, read_org_chart
from services.chronicle.queries.units.unit_history import trace_lineage
from services.chronicle.rows import CADRES, POSTS, TENURES, UNITS, CadreRow, PostRow, TenureRow
from services.demo.city.names import SYNTHETIC
from services.demo.city.tour import KIEN_AN, WARD_ID
from services.demo.city.world import demo_id
from services.demo.demonstration import DEMO_STORY, build_world, is_loaded, load_demo
from services.personnel.events import Registered
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import BY_NOW, civil_day, known_instant
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.support.demonstration import FINISHED, SITE, STARTED


@pytest.fixture(scope="module")
def ledger(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    home = shutil.copytree(demonstration, tmp_path_factory.mktemp("demo") / "home")
    opened = open_embedded_ledger(Settings(home=home, site=SITE), SimulatedClock(FINISHED))
    yield opened
    opened.close()


def looking(home: Path) -> EmbeddedLedger:
    return open_embedded_ledger(Settings(home=home, site=SITE), writes=False)


def test_an_audit_recomputes_all_of_it(ledger: EmbeddedLedger, tmp_path: Path) -> None:
    ledger.project_pending()
    seals = Seals(ledger.logs, tmp_path / "trees", SITE)
    request = ReplayRequest(
        open_=partial(looking, ledger.home), notes=tmp_path / "notes", program="test", processes=1
    )
    found = run_replay(request, seals)
    seals.close()
    assert found.differences == []
    assert found.events == {name: log.position() for name, log in ledger.logs.items()}
    assert found.rows["tenures"] > 100


def when(day: str, known: str = "") -> AsOf:
    return AsOf(civil_day(day), known_instant(known) if known else BY_NOW)


def chart(ledger: EmbeddedLedger, unit: str, day: str, known: str = "") -> list[UnitNode]:
    with ledger.tables.engine.connect() as connection:
        return read_org_chart(connection, unit, when(day, known), depth=3)


def who(ledger: EmbeddedLedger, post: str, day: str, known: str = "") -> list[TermLine]:
    with ledger.tables.engine.connect() as connection:
        return list_holders(connection, when(day, known), post=demo_id("post", post))


def tenures(ledger: EmbeddedLedger) -> list[TenureRow]:
    return ledger.tables.rows(TENURES)


def test_the_size_of_it(ledger: EmbeddedLedger) -> None:
    posts: list[PostRow] = ledger.tables.rows(POSTS)
    assert 450 <= len({post.post_id for post in posts}) <= 500
    assert 950 <= len(ledger.tables.rows(CADRES)) <= 1050
    assert 1000 <= len(tenures(ledger)) <= 1500
    assert is_loaded(ledger.tables)


def test_everybody_is_made_up_and_said_to_be(ledger: EmbeddedLedger, open_data: Path) -> None:
    cadres: list[CadreRow] = ledger.tables.rows(CADRES)
    assert all(cadre.cadre_no.startswith("DEMO-") for cadre in cadres)
    facts = [event.fact for _, event in ledger.logs["personnel"].read(0, 5000)]
    assert {fact.note for fact in facts if isinstance(fact, Registered)} == {SYNTHETIC}
    officials = (open_data / "vn-officials-sample" / "persons.csv").read_text(encoding="utf-8")
    real = {line.split(",")[1] for line in officials.splitlines()}
    assert real.isdisjoint(cadre.name for cadre in cadres)


def test_the_same_every_time() -> None:
    first, second = build_world(), build_world()
    assert [person.made for person in first.people] == [person.made for person in second.people]
    assert first.acts == second.acts


def test_again_changes_nothing(ledger: EmbeddedLedger) -> None:
    before = {name: log.position() for name, log in ledger.logs.items()}
    load_demo(ledger, SimulatedClock(STARTED))
    assert {name: log.position() for name, log in ledger.logs.items()} == before


def test_nobody_sits_where_there_is_no_post_or_no_seat(ledger: EmbeddedLedger) -> None:
    posts: dict[str, list[PostRow]] = defaultdict(list)
    for post in ledger.tables.rows(POSTS):
        posts[post.post_id].append(post)
    for row in tenures(ledger):
        assert posts[row.post_id][0].valid_from <= row.valid_from
        assert row.valid_to <= posts[row.post_id][-1].valid_to
    for day in ("2014-06-01", "2018-06-01", "2020-10-15", "2025-06-30", "2025-07-01", "2026-11-20"):
        sitting = Counter(row.post_id for row in tenures(ledger) if row.valid_from <= day < row.valid_to)
        assert all(count <= (posts[post][-1].seats or count) for post, count in sitting.items()), day


def test_one_person_in_two_boxes(ledger: EmbeddedLedger) -> None:
    (secretary,), (chair,) = (
        who(ledger, "KA/DU/secretary", "2020-10-15"),
        who(ledger, "KA/HD/chair", "2020-10-15"),
    )
    assert secretary.cadre == chair.cadre
    assert (secretary.holding, chair.holding) == ("PRIMARY", "CONCURRENT")


def test_mergers_cost_five_heads_and_six_deputies(ledger: EmbeddedLedger) -> None:
    merged = ("DPT", "VHT", "TDT", "NTN", "QLR", "BTC", "NV")
    units = {demo_id("unit", f"KA/{body}") for body in (*merged, "VTT", "TCNV")}
    rows: list[PostRow] = [row for row in ledger.tables.rows(POSTS) if row.unit_id in units]

    def seats(role: str, day: str) -> int:
        return sum(row.seats for row in rows if row.role == role and row.valid_from <= day < row.valid_to)

    for role, fewer in (("HEAD", 5), ("DEPUTY", 6)):
        assert seats(role, "2018-09-30") - seats(role, "2019-02-01") == fewer
    with ledger.tables.engine.connect() as connection:
        sources = trace_lineage(connection, demo_id("unit", "KA/VTT"), when("2018-10-01")).predecessors
    assert len(sources) == 5


def test_six_groups_become_two_and_live_on_under_the_new_ward(ledger: EmbeddedLedger) -> None:
    def groups(unit: str, day: str) -> int:
        return sum(box.kind == "RESIDENTIAL_GROUP" for box in chart(ledger, unit, day))

    assert [groups(KIEN_AN, day) for day in ("2020-06-30", "2020-07-01")] == [149, 145]
    assert groups(WARD_ID, "2025-07-01") == 97


def test_two_parents(ledger: EmbeddedLedger) -> None:
    boxes = {box.name: box for box in chart(ledger, KIEN_AN, "2020-10-15")}
    assert boxes["Chi cục Thuế quận Kiến An"].second_parent == demo_id("unit", "HP/TH")


def test_the_reform(ledger: EmbeddedLedger) -> None:
    assert chart(ledger, KIEN_AN, "2025-07-01") == []
    reasons = Counter(row.ended for row in tenures(ledger) if row.end == "2025-07-01")
    assert set(reasons) <= {"UNIT_ABOLISHED", "RETIRED"}
    assert reasons["UNIT_ABOLISHED"] > 150
    (leader,) = who(ledger, "PKA/DU/secretary", "2025-07-01")
    assert leader.route == "DESIGNATED"
    (elected,) = who(ledger, "PKA/UB/chair", "2026-04-01")
    assert elected.route == "ELECTED"
    assert {box.level for box in chart(ledger, WARD_ID, "2025-07-01")} == {"COMMUNE", ""}


def test_a_vacancy_an_acting_chair_and_one_in_charge(ledger: EmbeddedLedger) -> None:
    assert who(ledger, "KA/YT/head", "2017-06-01") == []
    assert [line.holding for line in who(ledger, "KA/UB/chair", "2018-06-01")] == ["ACTING"]
    assert [line.holding for line in who(ledger, "PKA/KT2/head", "2026-11-20")] == ["IN_CHARGE"]
    assert who(ledger, "PPL/VX/head", "2026-11-20") == []


def test_suspended_and_taken_up_again(ledger: EmbeddedLedger) -> None:
    statuses = [
        [line.status for line in who(ledger, "KA/DT/head", day)] for day in ("2016-10-01", "2017-01-01")
    ]
    assert statuses == [["SUSPENDED"], ["ACTIVE"]]


def test_corrections_change_what_is_known_and_not_what_was(ledger: EmbeddedLedger) -> None:
    voided = demo_id("person", "voided")
    assert [line.cadre for line in who(ledger, "KA/TC/deputy1", "2019-05-01", known="2019-05-01")] == [voided]
    assert who(ledger, "KA/TC/deputy1", "2019-05-01") == []
    amended = demo_id("person", "amended")
    assert [line.cadre for line in who(ledger, "KA/TP/head", "2017-01-15", known="2017-06-30")] == [amended]
    assert who(ledger, "KA/TP/head", "2017-01-15") == []


def test_the_reform_was_not_known_before_it_was_decided(ledger: EmbeddedLedger) -> None:
    assert chart(ledger, WARD_ID, "2025-07-01", known="2025-06-15") == []
    assert chart(ledger, KIEN_AN, "2025-07-01", known="2025-06-15") != []
    assert chart(ledger, WARD_ID, "2025-07-01", known="2025-08-01") != []


def test_every_place_of_the_tour_is_there(ledger: EmbeddedLedger) -> None:
    known = {row.unit_id for row in ledger.tables.rows(UNITS)}
    known |= {row.post_id for row in ledger.tables.rows(POSTS)}
    known |= {row.cadre_id for row in ledger.tables.rows(CADRES)}
    for place in DEMO_STORY:
        query = parse_qs(urlsplit(place.url).query)
        assert known & {*query.get("unit", ()), *query.get("id", ())}, place.title_en
        assert place.title_vi
