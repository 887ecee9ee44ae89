"""The report, the forecast and the demonstration on the command line, over a small ledger."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from tests.page_story import DISTRICT, tell

YEAR = ("--unit", DISTRICT, "--from", "2015-01-01", "--to", "31/12/2020")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console")
    clock = SimulatedClock(Instant("2020-01-10T01:00:00.000000Z"))
    ledger = open_embedded_ledger(load(folder), clock)
    tell(ledger, clock)
    ledger.close()
    return folder


def cadre(home: Path, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(application(), ["--home", str(home), *words])
    return done.exit_code, done.stdout, done.stderr


def test_a_report_in_words(home: Path) -> None:
    code, output, _ = cadre(home, "report", "cadre-work", *YEAR, "--lang", "en")
    assert code == 0
    assert "Cadre work of Quận Kiến An" in output
    assert "no data" in output


def test_a_report_as_data_and_as_a_sheet(home: Path, tmp_path: Path) -> None:
    _, output, _ = cadre(home, "report", "cadre-work", *YEAR, "--format", "json")
    assert json.loads(output)["place"] == DISTRICT
    code, _, complaint = cadre(home, "report", "cadre-work", *YEAR, "--format", "xlsx")
    assert (code, "--output" in complaint) == (2, True)
    file = tmp_path / "report.xlsx"
    assert cadre(home, "report", "cadre-work", *YEAR, "--format", "xlsx", "--output", str(file))[0] == 0
    assert file.read_bytes()[:2] == b"PK"


def test_a_report_of_nothing_says_so(home: Path) -> None:
    code, _, complaint = cadre(
        home, "report", "cadre-work", "--unit", "x", "--from", "2019-01-01", "--to", "2019-02-01"
    )
    assert (code, "no unit has the id x" in complaint) == (1, True)
    code, _, complaint = cadre(
        home, "report", "cadre-work", "--unit", "x", "--from", "2019-13-01", "--to", "2019-02-01"
    )
    assert (code, "2019-13-01" in complaint) == (2, True)


def test_a_forecast_says_that_nothing_is_known_of_successors(home: Path) -> None:
    code, output, _ = cadre(home, "forecast", "--unit", DISTRICT, "--as-of", "2020-12-31")
    assert code == 0
    assert "no planning list" in output
    _, output, _ = cadre(
        home, "forecast", "--unit", DISTRICT, "--as-of", "2020-12-31", "--years", "3", "--json"
    )
    found = json.loads(output)
    assert found["pool"] is None
    assert found["until"] == "2023-12-31"
    assert found["by_cause"]["VACANT"] >= 1


def test_the_demonstration_is_not_told_into_a_ledger_with_facts_of_its_own(home: Path) -> None:
    code, _, complaint = cadre(home, "demo", "five-places")
    assert (code, "facts of its own" in complaint) == (2, True)
    assert cadre(home, "demo", "--if-empty")[0] == 0
    code, _, complaint = cadre(home, "demo", "four-places")
    assert (code, "there is five-places" in complaint) == (2, True)
