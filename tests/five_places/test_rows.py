"""Every row of what the places published is what the ledger answers, in its unit and on its basis."""

import re

import pytest
from starlette.testclient import TestClient

from tests.five_places.published_row import Row
from tests.five_places.rows import DOCUMENT, ROWS, ask, drawn

PUBLISHED = {"KA": 16, "MC": 17, "TDM": 11, "BG": 16, "HN": 10, "X": 5}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}: {row.question}")
def test_a_published_number(client: TestClient, row: Row) -> None:
    got, unit, basis = ask(client, row)
    assert (got, unit, basis) == (row.expected, row.unit, row.basis), row.url


def test_every_row_is_asked() -> None:
    asked = {row.id for row in ROWS}
    missing = [f"{place}-{n}" for place, last in PUBLISHED.items() for n in range(1, last + 1)]
    assert [id_ for id_ in missing if re.sub(r"-(\d)$", r"-0\1", id_) not in asked and id_ not in asked] == []


def test_the_table_in_the_documentation_is_that_of_the_ledger(client: TestClient) -> None:
    table = drawn((row, ask(client, row)[0]) for row in ROWS)
    assert DOCUMENT.read_text(encoding="utf-8") == table, "run: make five-places"


def test_a_figure_opens_to_a_fact_that_is_there(client: TestClient) -> None:
    row = next(row for row in ROWS if row.id == "MC-10")
    figures = client.get(row.path, params=row.params).json()["figures"]
    for fact in (each["fact"] for figure in figures for each in figure["facts"]):
        assert client.get(f"/facts/{fact}").json()["event_id"] == fact.rpartition("/")[2]
