"""What was said once about a day and is said otherwise now, with the facts, the papers and the people behind it."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from services.__main__ import application
from services.appointment.events import Appointed, Holding
from shared.commands.command_handler import Origin
from shared.core.facts import Finding
from shared.testing import on
from tests.audit.office import opened, say


def read_report(home: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(application(), ["--home", str(home), "audit", *words, "--json"])
    assert done.exit_code == code, done.stderr + str(done.exception)
    return json.loads(done.stdout) if done.stdout else done.stderr


def test_what_was_said_and_what_changed(home: Path) -> None:
    """In February 2025 an appointment of June 2024 became known; in March, that another had begun later."""
    answer = read_report(home, "as-known", "--as-of", "2024-07-01", "--known", "2025-01-31")
    assert len(answer["said"]) == 9
    [late] = [line for line in answer["changed"] if line["rows"] == "tenures" and line["stream"] == "c1"]
    assert late["before"] == {}
    assert late["after"]["post_id"] == "p0"
    [fact] = late["facts"]
    assert (fact["actor"], fact["decision"], fact["recorded_at"][:10]) == ("user:lan", "02/QĐ", "2025-02-01")
    [moved] = [line for line in answer["changed"] if line["stream"] == "c2"]
    assert moved["before"]["start"] == "2024-02-01"
    assert moved["after"]["start"] == "2024-03-15"
    assert [(fact["fact"], fact["actor"], fact["decision"]) for fact in moved["facts"]] == [
        ("ledger.corrected", "user:minh", "02/QĐ")
    ]


def test_what_changed_between_two_moments(home: Path) -> None:
    known = ("--known", "2025-01-31", "--known", "2025-02-15", "--rows", "tenures")
    answer = read_report(home, "as-known", "--as-of", "2024-07-01", *known)
    assert [line["stream"] for line in answer["changed"]] == ["c1"]
    early = read_report(
        home, "as-known", "--as-of", "2024-02-15", "--known", "2025-01-31", "--rows", "tenures"
    )
    [gone] = early["changed"]
    assert (gone["stream"], gone["before"]["start"], gone["after"]) == ("c2", "2024-02-01", {})
    same = ("--known", "2025-04-01", "--known", "2025-05-01")
    assert read_report(home, "as-known", "--as-of", "2024-07-01", *same)["changed"] == []


def test_rows_that_do_not_exist_are_named(home: Path) -> None:
    said = read_report(
        home, "as-known", "--as-of", "2024-07-01", "--known", "2025-01-31", "--rows", "tenure", code=2
    )
    assert "there are no rows called tenure" in said


def test_who_knew_what(home: Path) -> None:
    origins = read_report(home, "who-knew-what", "c2")
    assert [
        (each["recorded_at"][:10], each["actor"], each["fact"], each.get("decision", "")) for each in origins
    ] == [
        ("2024-01-10", "user:lan", "personnel.registered", ""),
        ("2024-02-01", "user:lan", "appointment.appointed", "01/QĐ"),
        ("2025-03-01", "user:minh", "ledger.corrected", "02/QĐ"),
    ]
    assert "nothing was ever recorded about nobody" in read_report(home, "who-knew-what", "nobody", code=1)


def test_who_answered_for_a_breach(home: Path) -> None:
    breach = Finding(rule="AGE", overridden_by="Ban Thường vụ", reason="cần người", document="d1")
    with opened(home) as ledger:
        fact = Appointed(
            tenure="t20",
            post="p3",
            effective_from=on("2026-01-01"),
            holding=Holding.CONCURRENT,
            findings=(breach,),
        )
        say(ledger, "2026-01-01", "appointment", "c9", fact, Origin(actor="user:hoa"))
    [origin] = read_report(home, "who-knew-what", "--overrides")
    assert (origin["actor"], origin["stream"]) == ("user:hoa", "c9")
    assert "Ban Thường vụ" in [finding["overridden_by"] for finding in origin["findings"]]


def test_what_was_said_of_a_unit_and_all_below_it(home: Path) -> None:
    """What is asked of a part is what is said of it in the whole."""
    asked_ = ("as-known", "--as-of", "2024-07-01", "--known", "2025-01-31")
    whole = read_report(home, *asked_)
    units = {line["unit"] for line in whole["said"]}
    assert units
    for unit in sorted(units):
        part = read_report(home, *asked_, "--unit", unit)
        mine = [line for line in whole["said"] if line["unit"] == unit]
        assert [line for line in part["said"] if line["unit"] == unit] == mine
        streams = {line["stream"] for line in part["changed"]}
        assert [line for line in whole["changed"] if line["stream"] in streams] == part["changed"]
    assert "nowhere did not exist on 2024-07-01" in read_report(home, *asked_, "--unit", "nowhere", code=1)
