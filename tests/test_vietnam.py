"""The whole country before and after 1 July 2025, through a real ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.units.org_chart import UnitNode, read_org_chart
from services.chronicle.queries.units.unit_history import Lineage, trace_lineage
from services.chronicle.rows import EDGES, UNITS
from services.importing.units.queries import unit_versions, units_as_of
from services.importing.vietnam import import_vietnam, load_reform
from shared.commands.command_handler import Origin
from shared.core.partial_dates import BY_NOW, LAST_DAY, civil_day
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger

ORIGIN = Origin(actor="test", correlation="batch")
EVE, DAY = "2025-06-30", "2025-07-01"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLedger]:
    opened = open_embedded_ledger(Settings(home=tmp_path_factory.mktemp("vietnam"), site="test"))
    assert import_vietnam(opened, write=True, origin=ORIGIN).set_aside == []
    yield opened
    opened.close()


def when(day: str) -> AsOf:
    return AsOf(civil_day(day), BY_NOW)


def unit(ledger: EmbeddedLedger, code: str, day: str = EVE) -> dict[str, Any]:
    with ledger.tables.engine.connect() as connection:
        found = unit_versions(connection, "gso", code)
    return next(
        line for line in found if line["valid_from"].lstrip(".") <= day < (line["valid_to"] or LAST_DAY)
    )


def chart(ledger: EmbeddedLedger, code: str, day: str) -> list[UnitNode]:
    with ledger.tables.engine.connect() as connection:
        return read_org_chart(connection, unit(ledger, code, day)["unit"], when(day), depth=4)


def line_of(ledger: EmbeddedLedger, code: str, day: str) -> Lineage:
    with ledger.tables.engine.connect() as connection:
        return trace_lineage(connection, unit(ledger, code, day)["unit"], when(day))


def test_the_counts_of_both_days(ledger: EmbeddedLedger) -> None:
    with ledger.tables.engine.connect() as connection:
        counts = [
            Counter(line["level"] for line in units_as_of(connection, "gso", when(day))) for day in (EVE, DAY)
        ]
    assert counts == [{"1": 63, "2": 696, "3": 10035}, {"1": 34, "2": 3321}]


def test_again_changes_nothing(ledger: EmbeddedLedger) -> None:
    again = import_vietnam(ledger, write=True, origin=ORIGIN)
    assert (again.facts, again.set_aside) == (0, [])


def test_either_part_again_says_nothing_new(ledger: EmbeddedLedger) -> None:
    parts = [
        import_vietnam(ledger, write=False, origin=ORIGIN, parts=(part,)) for part in ("before", "after")
    ]
    assert [part.facts for part in parts] == [0, 0]
    assert [part.taken["links"] for part in parts] == [10573, 10573]


def test_kien_an_before_and_after(ledger: EmbeddedLedger) -> None:
    before = {(box.depth, box.level): box for box in chart(ledger, "1/31", EVE)}
    assert set(before) == {(0, "PROVINCE"), (1, "DISTRICT"), (2, "COMMUNE")}
    assert [box.name for box in chart(ledger, "2/307", EVE)][:1] == ["Quận Kiến An"]
    assert len(chart(ledger, "2/307", EVE)) == 8
    after = chart(ledger, "1/31", DAY)
    assert Counter(box.kind for box in after) == {
        "MUNICIPALITY": 1,
        "COMMUNE": 67,
        "WARD": 45,
        "SPECIAL_ZONE": 2,
    }
    assert {box.level for box in after} == {"PROVINCE", "COMMUNE"}


def test_no_district_anywhere_after_the_day(ledger: EmbeddedLedger) -> None:
    rows = ledger.tables.rows(UNITS, level="DISTRICT")
    assert len(rows) == 696
    assert {(row.valid_to, row.closing) for row in rows} == {(DAY, "LEVEL_ABOLISHED")}


def test_a_ward_made_of_two_districts(ledger: EmbeddedLedger) -> None:
    sources = line_of(ledger, "2/11446", DAY).predecessors
    assert {line.source_parent_name for line in sources} == {"Quận Kiến An", "Huyện An Lão"}
    assert {line.source_name for line in sources if line.portion == "WHOLE"} == {
        "Phường Bắc Hà",
        "Phường Ngọc Sơn",
    }
    decisions = {line.proof.decision.number for line in sources if line.proof.decision}
    assert decisions == {"1669/NQ-UBTVQH15"}


def test_a_code_names_another_province_the_day_after(ledger: EmbeddedLedger) -> None:
    before, after = unit(ledger, "1/24", EVE), unit(ledger, "1/24", DAY)
    assert (before["name"], after["name"]) == ("Tỉnh Bắc Giang", "Tỉnh Bắc Ninh")
    assert before["unit"] != after["unit"]
    sources = line_of(ledger, "1/24", DAY).predecessors
    assert {line.source_name for line in sources} == {"Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"}
    assert {line.portion for line in sources} == {"WHOLE"}


def test_eleven_provinces_live_on(ledger: EmbeddedLedger) -> None:
    living = [
        row for row in ledger.tables.rows(UNITS, level="PROVINCE") if row.valid_from < DAY < row.valid_to
    ]
    assert len(living) == 11
    assert {"Thành phố Hà Nội", "Tỉnh Quảng Ninh", "Thành phố Huế"} < {row.name for row in living}
    assert unit(ledger, "1/31", EVE)["unit"] != unit(ledger, "1/31", DAY)["unit"], "same name, another unit"


def test_a_commune_that_lives_on_changes_its_code_and_parent(ledger: EmbeddedLedger) -> None:
    place, was = next((new, old) for new, old in load_reform().continues_from.items() if new[0] == "2")
    before, after = unit(ledger, "/".join(was), EVE), unit(ledger, "/".join(place), DAY)
    assert before["unit"] == after["unit"]
    assert "reparented" in after["change_in"]


def test_nothing_stands_under_what_has_ended_or_under_itself(ledger: EmbeddedLedger) -> None:
    lives: dict[str, list[Any]] = defaultdict(list)
    rows = ledger.tables.rows(UNITS)
    for row in rows:
        lives[row.unit_id].append(row)
    for row in rows:
        assert row.parent_id != row.unit_id
        for day in (EVE, DAY):
            if row.parent_id and row.valid_from <= day < row.valid_to:
                assert any(above.valid_from <= day < above.valid_to for above in lives[row.parent_id]), row


def test_every_new_unit_comes_from_somewhere(ledger: EmbeddedLedger) -> None:
    edges = ledger.tables.rows(EDGES)
    targets = {edge.target_id for edge in edges}
    new = {
        row.unit_id
        for row in ledger.tables.rows(UNITS)
        if row.opening == "established" and row.valid_from == DAY
    }
    assert len(new) == 23 + 3321 - 132
    assert new == targets
    sources = {edge.source_id for edge in edges if edge.portion == "WHOLE"}
    assert sources.isdisjoint(edge.source_id for edge in edges if edge.portion == "PART")
    assert len({edge.reorganisation for edge in edges}) == 35


def test_who_ends_ends_for_a_reason(ledger: EmbeddedLedger) -> None:
    ended = [row for row in ledger.tables.rows(UNITS) if row.closing]
    reasons = Counter((row.level, row.closing) for row in ended)
    assert reasons["PROVINCE", "CONSOLIDATED"] == 52
    assert reasons["COMMUNE", "DIVIDED"] + reasons["COMMUNE", "CONSOLIDATED"] == 10035 - 132
    assert {row.closing_decision == "" for row in ended if row.level != "COMMUNE"} == {False}
