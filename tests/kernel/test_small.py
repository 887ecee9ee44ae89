"""Clock, settings, SQL and labels: small things that everything stands on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine

from shared.core.clock import SimulatedClock, generate_event_id, new_id, system_clock
from shared.core.localized_enum import LocalizedEnum, event_tag
from shared.core.partial_dates import instant
from shared.database.sql import Statement, as_of_condition, certain_condition
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
