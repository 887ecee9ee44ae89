"""Clock, settings, SQL and labels: small things that everything stands on."""

import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Connection, create_engine

from shared.core.clock import SimulatedClock, generate_event_id, new_id, system_clock
from shared.core.facts import event_tag
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import instant
from shared.core.projection import Row
from shared.database.sql import BatchQuery, Query, Statement, WrongColumns, as_of_condition, certain_condition
from shared.operations.settings import load
from shared.testing import moment


def test_the_clock_tells_utc_in_the_form_of_an_instant() -> None:
    before, told, after = instant(datetime.now(UTC)), system_clock(), instant(datetime.now(UTC))
    assert before <= told <= after
    assert len(told) == len(before) == 27


def test_a_simulated_clock_stands_still() -> None:
    clock = SimulatedClock(moment(1))
    assert clock() == clock() == moment(1)


def test_ids_are_uuids_of_version_seven_that_sort_by_time() -> None:
    ids = [generate_event_id(moment(seconds)) for seconds in range(50)]
    assert sorted(ids) == ids
    for text in [*ids, new_id()]:
        parsed = UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 7, "specified in RFC 4122")
    milliseconds = UUID(generate_event_id(moment(0))).int >> 80
    assert datetime.fromtimestamp(milliseconds / 1000, UTC) == datetime(2030, 1, 1, tzinfo=UTC)


def test_ids_do_not_repeat() -> None:
    assert len({generate_event_id(moment(0)) for _ in range(10_000)}) == 10_000


def test_ids_do_not_follow_from_the_seed_of_a_generator_of_pseudorandom_numbers() -> None:
    found = []
    for _ in range(2):
        random.seed(7)
        found.append(generate_event_id(moment(0)))
    assert found[0] != found[1]


def test_every_random_bit_of_an_id_is_drawn() -> None:
    numbers = [UUID(generate_event_id(moment(0))).int for _ in range(500)]
    ones = zeros = 0
    for number in numbers:
        ones, zeros = ones | number, zeros | ~number
    random_bits = (1 << 80) - 1 & ~(0xF << 76) & ~(0x3 << 62)
    assert (ones & zeros & random_bits, random_bits.bit_count()) == (random_bits, 74)


def test_a_forked_process_does_not_repeat_the_ids_of_its_parent() -> None:
    generate_event_id(moment(0))
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, " ".join(generate_event_id(moment(0)) for _ in range(20)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = set(os.read(reader, 4096).decode().split())
    assert len(theirs) == 20
    assert not theirs & {generate_event_id(moment(0)) for _ in range(300)}


def test_a_new_home_gets_a_name_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    first = load(tmp_path / "one" / "two", env={})
    assert first.home == tmp_path / "one" / "two"
    assert load(first.home, env={}).site == first.site
    assert load(tmp_path / "other", env={}).site != first.site
    assert load(tmp_path / "named", env={"CADRE_SITE": "ward-7"}).site == "ward-7"
    assert load(tmp_path / "named", env={"CADRE_SITE": "another"}).site == "ward-7"
    assert load(None, env={"CADRE_HOME": str(tmp_path / "named")}).site == "ward-7"
    assert json.loads((tmp_path / "named" / "site.json").read_text(encoding="utf-8"))["site"] == "ward-7"


def test_values_are_handed_to_the_driver_never_written_into_the_sql() -> None:
    statement = Statement("SELECT :what, '100%', :what || :more WHERE :what <> ''")
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for _ in range(2):
            assert statement(connection, what="'; --", more="!") == [("'; --", "100%", "'; --!")]
    engine.dispose()


class Child(NamedTuple):
    name: str
    children: int
    certain: bool
    known: bool | None


_CHILDREN = (
    "SELECT 'a' AS name, 2 AS children, 1 AS certain, NULL AS known UNION SELECT 'b', 0, 0, 1 ORDER BY 1"
)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_query_gives_named_rows_whose_flags_are_bools(connection: Connection) -> None:
    for _ in range(2):
        assert Query(Child, _CHILDREN)(connection) == [("a", 2, True, None), ("b", 0, False, True)]
    first, second = Query(Child, _CHILDREN)(connection)
    assert (first.name, first.children, first.certain, first.known) == ("a", 2, True, None)
    assert first.certain is True
    assert second.certain is False
    none = "SELECT '' AS name, 0 AS children, 1 AS certain, 1 AS known WHERE 'a' = :name"
    assert Query(Child, none)(connection, name="z") == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a' AS name, 2 AS children, 1 AS certain",
        "SELECT 'a' AS name, 2 AS children, 1 AS certain, 1 AS known, 5 AS more",
        "SELECT 'a' AS name, 1 AS certain, 2 AS children, 1 AS known",
        "SELECT 'a' AS name, 2, 1 AS certain, 1 AS known",
        "SELECT 'a' AS name, 2 AS children, 1 AS sure, 1 AS known WHERE 1 = 0",
    ],
)
def test_a_query_of_other_columns_than_its_row_fails_every_time(connection: Connection, sql: str) -> None:
    for query in (Query(Child, sql), Query(Child, sql)):
        for _ in range(2):
            with pytest.raises(WrongColumns):
                query(connection)
    with pytest.raises(WrongColumns):
        BatchQuery(Child, sql + (" AND " if "WHERE" in sql else " WHERE ") + "'a' IN :ids")(
            connection, ids=["a"]
        )


def test_a_row_may_be_the_struct_of_a_projection(connection: Connection) -> None:
    class Unit(Row, frozen=True, kw_only=True):
        name: str
        leading: bool

    columns = "'Sở' AS name, 1 AS leading, '2020-01-01' AS valid_from, '2021-01-01' AS valid_to"
    whole = f"SELECT {columns}, '' AS certain_from, '' AS certain_to"
    fields = ("valid_from", "valid_to", "certain_from", "certain_to", "name", "leading")
    assert Unit.__struct_fields__ == fields
    (unit,) = Query(Unit, f"SELECT {', '.join(fields)} FROM ({whole})")(connection)  # noqa: S608
    assert (unit.name, unit.leading, unit.valid_to) == ("Sở", True, "2021-01-01")
    assert unit.leading is True
    with pytest.raises(WrongColumns):
        Query(Unit, whole)(connection)


def test_a_batch_query_takes_more_ids_than_a_database_does(connection: Connection) -> None:
    class Number(NamedTuple):
        number: str

    numbers = [str(number) for number in range(1200)]
    query = BatchQuery(
        Number,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        "SELECT CAST(i AS TEXT) AS number FROM n WHERE CAST(i AS TEXT) IN :ids",
    )
    assert sorted(int(row.number) for row in query(connection, ids=numbers)) == list(range(1200))
    assert query(connection, ids=[]) == []


def test_a_day_is_asked_for_on_both_axes_half_open() -> None:
    columns = ":vf valid_from, :vt valid_to, :cf certain_from, :ct certain_to, :kf known_from, :kt known_to"
    statement = Statement(
        f"SELECT {as_of_condition('r')}, {certain_condition('r')} FROM (SELECT {columns}) r"  # noqa: S608
    )
    engine = create_engine("sqlite://")
    row = {"vf": "2025", "vt": "2027", "cf": "2025-06", "ct": "2026-06", "kf": "3", "kt": "5"}
    with engine.connect() as connection:

        def told(day: str, known: str) -> tuple[bool, bool]:
            ((possible, sure),) = statement(connection, day=day, known=known, **row)
            return bool(possible), bool(sure)

        assert [told(day, "3") for day in ("2024", "2025", "2025-06", "2026-06", "2027")] == [
            (False, False),
            (True, False),
            (True, True),
            (True, False),
            (False, False),
        ]
        assert [told("2026", known)[0] for known in ("2", "3", "4", "5")] == [False, True, True, False]
    engine.dispose()


def test_a_label_is_stored_by_value_and_read_in_two_languages() -> None:
    class Mood(LocalizedEnum):
        GOOD = "GOOD", "tốt", "good"

    assert (str(Mood.GOOD), Mood.GOOD.vi, Mood.GOOD.en) == ("GOOD", "tốt", "good")
    assert event_tag("organization")("UnitEstablished") == "organization.unit-established"
