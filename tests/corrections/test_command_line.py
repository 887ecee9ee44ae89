"""`cadre correct` shows what else would change, and corrects that too when told to."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import TENURES
from shared.operations.settings import load
from tests.corrections.test_order import Story

ENV = {"CADRE_KAFKA": "", "CADRE_DATABASE": "", "CADRE_SITE": "", "CADRE_TOKENS": ""}


@pytest.fixture
def dissolved(tmp_path: Path) -> tuple[Path, str, str]:
    """(home, address of the dissolution, cadre) of a ledger with a tenure that the dissolution ended."""
    ledger = open_embedded_ledger(load(tmp_path))
    story = Story(ledger)
    story.tell("appoint 0", "2010-01-01")
    story.tell("dissolve", "2020-01-01")
    ledger.close()
    return tmp_path, "/".join(story.told["dissolve"]), story.an


def cadre(home: Path, *words: str, locale: str = "C.UTF-8") -> tuple[int, str, str]:
    done = CliRunner().invoke(application(), ["--home", str(home), *words], env={**ENV, "LC_ALL": locale})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def ends(home: Path, an: str) -> list[str]:
    ledger = open_embedded_ledger(load(home))
    rows = ledger.tables.rows(TENURES, cadre_id=an)
    ledger.close()
    return [row.end for row in rows]


def test_consequences_are_shown_and_applied_when_told_to(dissolved: tuple[Path, str, str]) -> None:
    home, address, an = dissolved
    code, out, err = cadre(
        home, "correct", address, "--reason", "r", "--amend", '{"effective_from": "2018-01-01"}'
    )
    assert (code, out) == (1, "")
    assert "would be amended: appointment.tenure-ended" in err
    assert '{"effective_from":"2018-01-01"}' in err
    assert "add --consequences apply" in err
    assert ends(home, an) == ["2020-01-01"]
    code, out, err = cadre(home, "correct", address, "--reason", "r", "--consequences", "apply")
    assert (code, err) == (0, "")
    assert json.loads(out)["fact"] == address
    assert ends(home, an) == [""]


def test_in_vietnamese(dissolved: tuple[Path, str, str]) -> None:
    home, address, _ = dissolved
    code, _, err = cadre(home, "correct", address, "--reason", "r", locale="vi_VN.UTF-8")
    assert code == 1
    assert "sẽ bị hủy: appointment.tenure-ended" in err
    assert "thêm --consequences apply" in err


def test_facts_in_the_way_are_listed(dissolved: tuple[Path, str, str]) -> None:
    home, address, _ = dissolved
    code, _, err = cadre(
        home,
        "correct",
        address,
        "--reason",
        "r",
        "--amend",
        '{"effective_from": "2009-01-01"}',
        "--consequences",
        "apply",
    )
    assert code == 1
    assert "in the way: appointment/" in err
