"""All rows, place by place, and the table that is made of them for the documentation."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.five_places import all_places, bac_giang, ha_noi, kien_an, mong_cai, thu_dau_mot
from tests.five_places.published_row import Row

PLACES = (kien_an, mong_cai, thu_dau_mot, bac_giang, ha_noi, all_places)
ROWS = tuple(row for place in PLACES for row in place.ROWS)
DOCUMENT = Path(__file__).parents[2] / "docs" / "five-places.md"
HEAD = """# What five places published, asked of the ledger

Made by `make five-places` from the tests in `tests/five_places`, which ask every question over HTTP of the demonstration that
`make run` loads. Units are real, people are invented; the numbers are those of speeches and articles of 2020 to 2023.
*no data* is not 0: nobody said anything about it.
"""


def ask(client: TestClient, row: Row) -> tuple[Any, str, str]:
    """What was got, in which unit, on which basis."""
    response = client.get(row.path, params=row.params)
    assert response.status_code == 200, f"{row.url}: {response.text[:300]}"
    answer = response.json()
    counted = answer.get("grades", answer)
    basis = counted.get("basis", "")
    return row.read(answer), counted.get("unit", "") if basis else "", basis


def drawn(got: Iterable[tuple[Row, Any]]) -> str:
    lines = [HEAD]
    results = list(got)
    for place in PLACES:
        lines += [
            f"## {(place.__doc__ or '').strip().rstrip('.')}",
            "",
            "| row | question | asked | counts | expected | got |",
            "|---|---|---|---|---|---|",
        ]
        for row, value in results:
            if row in place.ROWS:
                counts = f"{row.unit}, {row.basis}" if row.basis else ""
                lines.append(
                    f"| {row.id} | {row.question} | `{row.path.split('/')[1]}` | {counts} | {shown(row.expected)} | {shown(value)} |"
                )
        lines.append("")
    return "\n".join(lines)


def shown(value: Any) -> str:
    match value:
        case None:
            return "no data"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{key} {shown(each)}".strip() for key, each in sorted(value.items()))
        case list():
            return ", ".join(map(shown, value))
    return str(value)
