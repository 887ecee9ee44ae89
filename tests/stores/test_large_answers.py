"""Answers that do not grow with the ledger: lists and facts in pages, and few questions about everything at once."""

import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.api.dependencies import LARGE_QUESTIONS, QueryContext
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.counts import FactPage
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.tenures import appointments
from services.chronicle.queries.units.org_chart import read_org_chart_page
from services.chronicle.rows.appointment import TenureRow
from services.chronicle.rows.organization import PostRow, UnitRow
from shared.core.bitemporal import PeriodRow
from shared.core.clock import system_clock
from shared.core.partial_dates import BY_NOW, FIRST_DAY, FOREVER, LAST_DAY, Instant, civil_day
from shared.operations.settings import load
from shared.readmodel.row_store import RowStore, engine_for
from tests.audit.office import tell

DAY = "2025-01-01"
WHEN = AsOf(civil_day(DAY), BY_NOW)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The small office: ten people in ten posts."""
    home = tmp_path_factory.mktemp("office") / "home"
    tell(home)
    ledger = open_embedded_ledger(load(home))
    with TestClient(create_http_app(ledger)) as client:
        yield client
    ledger.close()


def get(client: TestClient, path: str, **parameters: object) -> Any:
    answer = client.get(path, params=parameters)  # type: ignore[arg-type]  # numbers are written as text
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_the_pages_of_a_list_are_the_list(client: TestClient, limit: int) -> None:
    times = {"as_of": "2024-04-01", "known_at": "2026-01-01T00:00:00.000000Z"}
    whole = get(client, "/holders", unit="u", **times)
    assert len(whole["items"]) == 10
    assert whole["next"] == ""
    items, cursor = [], ""
    while True:
        page = get(client, "/holders", unit="u", limit=limit, cursor=cursor, **times)
        assert len(page["items"]) <= limit
        items += page["items"]
        if not (cursor := page["next"]):
            break
    assert items == whole["items"]


def test_a_cursor_holds_for_the_times_of_its_answer(client: TestClient) -> None:
    times = {"as_of": "2024-04-01", "known_at": "2026-01-01T00:00:00.000000Z"}
    first = get(client, "/holders", unit="u", limit=4, **times)
    other = {"unit": "u", "cursor": first["next"], **times, "as_of": "2024-04-02"}
    refused = client.get("/holders", params=other)
    assert (refused.status_code, refused.json()["rule"]) == (422, "BadCursor")
    assert "as_of=2024-04-01" in refused.json()["detail"]
    for cursor in ("x", "WzFd", "W10="):
        for path in ("/holders", "/appointments"):
            refused = client.get(path, params={"unit": "u", "cursor": cursor})
            assert (refused.status_code, refused.json().get("rule")) == (422, "BadCursor"), (path, cursor)


@pytest.mark.parametrize("by", ["kind", "year,kind", "post_unit"])
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_the_pages_of_counted_facts_are_all_of_them(client: TestClient, by: str, limit: int) -> None:
    times = {"known_at": "2026-01-01T00:00:00.000000Z", "by": by, "unit": "case"}
    whole = get(client, "/appointments", **times)
    facts: list[list[Any]] = [[] for _ in whole["figures"]]
    cursor = ""
    while True:
        page = get(client, "/appointments", limit=limit, cursor=cursor, **times)
        assert [each["value"] for each in page["figures"]] == [each["value"] for each in whole["figures"]]
        shown = [each["facts"] for each in page["figures"]]
        assert 0 < sum(map(len, shown)) <= limit
        for figure, more in zip(facts, shown, strict=True):
            figure += more
        if not (cursor := page["next"]):
            break
    assert facts == [each["facts"] for each in whole["figures"]]
    assert sum(map(len, facts)) == whole["total"] == 11


def filled(path: Path, people: int) -> RowStore:
    """So many people who were appointed to a hundred posts."""
    tables = RowStore(engine_for(path), PROJECTIONS)
    tables.create()
    period = {"known_from": Instant("2024-01-01T00:00:00.000000Z"), "known_to": FOREVER}
    times = {
        "valid_from": "2020-01-01",
        "valid_to": FOREVER,
        "certain_from": "2020-01-01",
        "certain_to": FOREVER,
    }
    posts = {
        f"p{n}": [
            PeriodRow(
                key=f"p{n}",
                **period,
                row=PostRow(**_defaults(PostRow) | times | {"post_id": f"p{n}", "unit_id": "u"}),
            )
        ]
        for n in range(100)
    }
    tenures = {
        f"c{n:06}": [
            PeriodRow(
                key=f"t{n}",
                **period,
                row=TenureRow(
                    **_defaults(TenureRow)
                    | times
                    | {
                        "tenure_id": f"t{n}",
                        "cadre_id": f"c{n:06}",
                        "post_id": f"p{n % 100}",
                        "route": "DIRECT",
                        "opened_by": f"0197c3a1-7b1e-7c44-8d0a-{n:012}",
                    }
                ),
            )
        ]
        for n in range(people)
    }
    with tables.transaction() as connection:
        tables.store(connection, "posts", posts, fresh=True)
        tables.store(connection, "tenures", tenures, fresh=True)
    return tables


def _defaults(row: type[Any]) -> dict[str, Any]:
    kinds: dict[Any, Any] = {int: 0, bool: False, float: 0.0}
    return {name: kinds.get(row.__annotations__.get(name), "") for name in row.__struct_fields__}


def peak(tables: RowStore) -> int:
    """Bytes that one count of all appointments needs at most."""
    with tables.engine.connect() as connection:
        appointments.count_appointments(connection, WHEN, FIRST_DAY, LAST_DAY, page=FactPage(100))
        tracemalloc.start()
        counts = appointments.count_appointments(connection, WHEN, FIRST_DAY, LAST_DAY, page=FactPage(100))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(len(figure.facts) for figure in counts.figures) == 100
    return most


def test_a_count_keeps_little_of_each_appointment(tmp_path: Path) -> None:
    """Repro bigmem: what is kept for each of many appointments is its id; before, it was 3,000 bytes."""
    few, many = filled(tmp_path / "few.db", 4_000), filled(tmp_path / "many.db", 20_000)
    try:
        each = (peak(many) - peak(few)) / 16_000
        assert each < 350, f"{each:.0f} bytes for each appointment"
    finally:
        few.engine.dispose()
        many.engine.dispose()


def charted(path: Path, units: int) -> RowStore:
    """So many units below one, each with a post."""
    tables = RowStore(engine_for(path), PROJECTIONS)
    tables.create()
    period = {"known_from": Instant("2024-01-01T00:00:00.000000Z"), "known_to": FOREVER}
    since = {"valid_from": "2020-01-01", "certain_from": "2020-01-01"}
    times = {**since, "valid_to": FOREVER, "certain_to": FOREVER}

    def rows(kind: type[Any], prefix: str, **fields: str) -> dict[str, list[PeriodRow[Any]]]:
        return {
            f"{prefix}{n}": [
                PeriodRow(
                    key=f"{prefix}{n}",
                    **period,
                    row=kind(
                        **_defaults(kind)
                        | times
                        | {
                            name: value.format(n=n, above=n % 50 if n >= 50 else 0)
                            for name, value in fields.items()
                        }
                    ),
                )
            ]
            for n in range(units)
        }

    made = rows(UnitRow, "u", unit_id="u{n}", parent_id="u{above}", name="Phòng số {n}", opened_by="e{n}")
    top = made["u0"][0]
    made["u0"] = [PeriodRow(key="u0", **period, row=replace(top.row, parent_id=""))]
    with tables.transaction() as connection:
        tables.store(connection, "units", made, fresh=True)
        posts = rows(PostRow, "p", post_id="p{n}", unit_id="u{n}", title="Trưởng phòng", opened_by="e{n}")
        tables.store(connection, "posts", posts, fresh=True)
    return tables


def peak_of_chart(tables: RowStore) -> int:
    """Bytes that the first page of a whole org chart needs at most."""
    with tables.engine.connect() as connection:
        read_org_chart_page(connection, "u0", WHEN, 32, 0, 100)
        tracemalloc.start()
        nodes = read_org_chart_page(connection, "u0", WHEN, 32, 0, 100)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert len(nodes) == 101
    assert all(len(node.posts) == 1 for node in nodes)
    return most


def test_a_page_of_an_org_chart_keeps_little_of_each_other_unit(tmp_path: Path) -> None:
    """The place of a unit in the chart is read of all, its posts and holders only of those on the page."""
    few, many = charted(tmp_path / "few.db", 1_000), charted(tmp_path / "many.db", 6_000)
    try:
        each = (peak_of_chart(many) - peak_of_chart(few)) / 5_000
        assert each < 900, f"{each:.0f} bytes for each unit"
    finally:
        few.engine.dispose()
        many.engine.dispose()


def test_few_questions_about_everything_are_answered_at_once(tmp_path: Path) -> None:
    tables = RowStore(engine_for(tmp_path / "rows.db"), PROJECTIONS)
    context, lock = QueryContext(tables, {}, system_clock, system_clock), Lock()
    running = [0, 0]

    def ask(place: str) -> None:
        with context.connect_for(place):
            with lock:
                running[0] += 1
                running[1] = max(running)
            sleep(0.05)
            with lock:
                running[0] -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, [""] * 12))
        assert running == [0, LARGE_QUESTIONS]
        list(pool.map(ask, ["u"] * 12))
        assert running[1] > LARGE_QUESTIONS, "questions about one unit do not wait"
    tables.engine.dispose()
