"""What every history must contain, read from the rows of a small one."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import EDGES, PLANNING_ENTRIES, TENURES, UNIT_CODES, UNITS
from services.importing.batches import derive_id
from services.loadgen import GenerationResult
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger


@pytest.fixture(scope="module")
def ledger(made: tuple[Path, GenerationResult]) -> Iterator[EmbeddedLedger]:
    found = open_embedded_ledger(load(made[0]))
    found.rebuild()
    yield found
    found.close()


def on(rows: list[Any], day: str) -> Any:
    [row] = [row for row in rows if row.valid_from <= day < row.valid_to]
    return row


def unit(ledger: EmbeddedLedger, place: str) -> list[Any]:
    return ledger.tables.rows(UNITS, unit_id=derive_id("gso", "unit", f"{place}#1"))


def test_a_province_is_dissolved_and_its_districts_live_on(ledger: EmbeddedLedger) -> None:
    rows = unit(ledger, "2/279")
    before, after = on(rows, "2008-07-31"), on(rows, "2008-08-01")
    [old] = ledger.tables.rows(UNITS, unit_id=before.parent_id)
    assert (old.name, old.valid_to) == ("Tỉnh Hà Tây", "2008-08-01")
    assert on(unit(ledger, "1/01"), "2008-08-01").unit_id == after.parent_id
    assert rows[0].name == "Huyện Thường Tín"


@pytest.mark.parametrize(
    ("place", "day", "before"),
    [
        ("2/194", "2008-10-09", "2008-10-08"),
        ("2/718", "2012-05-03", "2012-05-02"),
        ("2/213", "2005-06-22", "2005-06-21"),
    ],
)
def test_a_town_becomes_a_city_and_stays_the_unit(
    ledger: EmbeddedLedger, place: str, day: str, before: str
) -> None:
    rows = unit(ledger, place)
    assert (on(rows, before).kind, on(rows, day).kind) == ("DISTRICT_TOWN", "PROVINCIAL_CITY")
    assert on(rows, before).name.replace("Thị xã", "Thành phố") == on(rows, day).name


def test_the_reform(ledger: EmbeddedLedger, made: tuple[Path, GenerationResult]) -> None:
    assert made[1].last > "2025-07-01"
    code = ledger.tables.rows(UNIT_CODES, scheme="gso", value="1/24")
    ids = [on(code, day).subject for day in ("2025-06-30", "2025-07-01")]
    assert ids[0] != ids[1]
    days = zip(ids, ("2025-06-30", "2025-07-01"), strict=True)
    names = [on(ledger.tables.rows(UNITS, unit_id=id_), day).name for id_, day in days]
    assert names == ["Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"]
    districts = [row for row in ledger.tables.rows(UNITS) if row.level == "DISTRICT"]
    assert districts
    assert all(row.valid_to <= "2025-07-01" for row in districts)
    tenures = ledger.tables.rows(TENURES)
    ended = [row for row in tenures if row.ended == "UNIT_ABOLISHED" and row.end == "2025-07-01"]
    begun = [row for row in tenures if row.start == "2025-07-01"]
    assert len(ended) > 30
    assert len(begun) > 30


def test_bodies_of_a_district_are_merged(ledger: EmbeddedLedger) -> None:
    edges = ledger.tables.rows(EDGES, reorganisation=derive_id("gso", "reorganisation", "kien-an"))
    into = Counter(edge.target_id for edge in edges)
    assert (len(edges), len(into)) == (2 + 5 + 149, 2 + 86)
    assert sorted(into.values())[-2:] == [2, 5]


def test_people_and_their_posts(ledger: EmbeddedLedger) -> None:
    """Several posts at once, deputies, acting, leave with cover, another term, back after a gap, late and partial."""
    tenures = [row for row in ledger.tables.rows(TENURES) if row.stretch == 0]
    by_person: dict[str, list[Any]] = defaultdict(list)
    for row in tenures:
        by_person[row.cadre_id].append(row)
    most = max(_at_once(rows) for rows in by_person.values())
    assert 2 <= most <= 8
    held = {row.holding for row in tenures}
    assert held == {"PRIMARY", "CONCURRENT", "ACTING", "IN_CHARGE"}
    assert any(row.status == "SUSPENDED" for row in ledger.tables.rows(TENURES))
    assert any(row.term_no > 1 for row in tenures)
    primary = {who: sorted(_whole(rows)) for who, rows in by_person.items()}
    assert any(first[1] < then[0] for terms in primary.values() for first, then in pairwise(terms))
    assert {len(row.start) for row in tenures} == {0, 4, 7, 10}
    late = [
        event
        for _, event in ledger.logs["appointment"].read(0, 100_000)
        if len(event.fact.effective_from) == 10
    ]
    assert any(event.fact.effective_from < event.recorded_at[:10] for event in late[len(late) // 2 :])


def _at_once(rows: list[Any]) -> int:
    days = [row.valid_from for row in rows]
    return max(len([each for each in rows if each.valid_from <= day < each.valid_to]) for day in days)


def _whole(rows: list[Any]) -> list[tuple[str, str]]:
    return [
        (row.start, row.end)
        for row in rows
        if row.holding == "PRIMARY" and len(row.start) == len(row.end) == 10
    ]


def test_planning_of_those_who_stay_and_of_posts_that_are_gone(ledger: EmbeddedLedger) -> None:
    reasons = Counter(row.ended for row in ledger.tables.rows(PLANNING_ENTRIES))
    assert {"REVIEW", "TITLE_ABOLISHED", "LEFT_SERVICE"} <= reasons.keys()
