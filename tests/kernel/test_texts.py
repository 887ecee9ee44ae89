"""Rows that the database writes as text are held against computed ones: equal when equal, never equal when not."""

from collections.abc import Iterator
from contextlib import ExitStack
from math import nextafter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.appointment.events import topic
from shared.core.bitemporal import PeriodRow
from shared.core.partial_dates import FOREVER, Instant
from shared.core.projection import Projection, Row
from shared.readmodel.row_store import RowStore, engine_for
from tests.engines.servers import postgres


class Odd(Row, frozen=True, kw_only=True):
    text: str
    number: int
    flag: bool
    score: float


odd = Projection[Any, Odd](name="odd", follows=topic, row=Odd, step=lambda rows, event: {})
TEXTS = ("", 'a"b\\c', "Đặng\tThị\nHoà", "\x01\x1f\x7f/", "\u2028😀", "[1, 2]")
SCORES = (-1.0, 0.0, 87.0, 87.35, 0.1 + 0.2, 1e22, 1 / 3)
KNOWN = Instant("2025-01-01T00:00:00.000000Z")
ROWS = {
    f"s{number}": [
        PeriodRow(
            f"k{k}", Odd(text=text, number=number - 1, flag=bool(k), score=SCORES[number % 4]), KNOWN, FOREVER
        )
        for k in (1, 0)
    ]
    for number, text in enumerate(TEXTS)
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | str]:
    folder = tmp_path_factory.mktemp("texts")
    with ExitStack() as engines:
        yield folder / "rows.db" if request.param == "sqlite" else engines.enter_context(postgres(folder))


@pytest.fixture
def tables(where: Path | str) -> Iterator[RowStore]:
    tables = RowStore(engine_for(where, "texts"), [odd], "texts")
    tables.create()
    with tables.transaction() as connection:
        tables.clear(connection, "odd")
        tables.store(connection, "odd", ROWS, fresh=True)
    yield tables
    tables.engine.dispose()


def wanted(rows: dict[str, list[PeriodRow[Odd]]]) -> dict[str, bytes]:
    return {stream: msgspec.json.encode(RowStore.in_order(stream, found)) for stream, found in rows.items()}


def test_equal_rows_are_the_same_at_once_and_every_change_shows(tables: RowStore) -> None:
    assert tables.same("odd", wanted({**ROWS, "s9": []}))
    assert not tables.same("odd", wanted({**ROWS, "s3": []}))
    for change in (
        "text = 'x'",
        "number = number + 1",
        "flag = NOT flag",
        f"score = {nextafter(87.35, 88)!r}",
        "known_to = known_from",
    ):
        update(tables, change)
        assert not tables.same("odd", wanted(ROWS)), change
        with tables.transaction() as connection:
            tables.store(connection, "odd", ROWS)
        assert tables.same("odd", wanted(ROWS))


def test_numbers_that_fifteen_digits_do_not_tell_are_never_taken_for_others(tables: RowStore) -> None:
    for score in SCORES:
        row = {"s": [PeriodRow("k", Odd(text="", number=0, flag=True, score=score), KNOWN, FOREVER)]}
        with tables.transaction() as connection:
            tables.clear(connection, "odd")
            tables.store(connection, "odd", row)
        assert tables.stored("odd", ["s"]) == tables.wanted("odd", row)
        with tables.engine.connect() as connection:
            connection.exec_driver_sql(
                f"UPDATE odd SET score = {nextafter(score, 1e30)!r} WHERE stream = 's'"
            )
            connection.commit()
        assert not tables.same("odd", wanted(row)), score


@pytest.mark.parametrize("change", ["stream = 's3a'", "text = CAST('x' AS {blob})"])
def test_a_row_of_somebody_between_and_bytes_for_text_differ(tables: RowStore, change: str) -> None:
    if tables.engine.dialect.name == "postgresql":
        change = change.replace("CAST('x' AS {blob})", "'\\x78'")
    update(tables, change.format(blob="BLOB"))
    assert not tables.same("odd", wanted(ROWS))


def update(tables: RowStore, change: str) -> None:
    with tables.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE odd SET {change} WHERE stream IN ('s', 's3') AND key IN ('k', 'k1')"
        )
