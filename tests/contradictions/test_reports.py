"""Contradictions on the command line, in `cadre verify` and as a metric."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.eventlog.group_commit import AppendRequest
from shared.operations.settings import load
from tests.cli.test_words import cadre
from tests.contradictions.stored import Told, post, tenure, unit


def store(home: Path, *facts: Told) -> None:
    ledger = open_embedded_ledger(load(home))
    for topic, stream, fact in facts:
        log = ledger.logs[topic]
        log.append(AppendRequest(stream, log.version(stream), (fact,), "import:another-site"))
    ledger.project_pending()
    ledger.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a tenure of nobody."""
    folder = tmp_path_factory.mktemp("home")
    store(folder, unit("u"), post("p", "u"), *tenure("nobody", "p", "2010-01-01"))
    return folder


def test_verify_warns_of_contradictions_and_stays_good(home: Path) -> None:
    for word in ("verify", "verify-run"):
        code, output, errors = cadre("--home", str(home), word)
        assert code == 0
        assert "HOLDER_OF_VOIDED" in output
        assert "1 contradictions" in errors
    code, output, _ = cadre("--home", str(home), "verify", "--json")
    assert (code, json.loads(output)["contradictions"]) == (0, {"HOLDER_OF_VOIDED": 1})
    assert json.loads(output)["complaints"] == []


def test_verify_can_fail_on_contradictions(home: Path) -> None:
    assert cadre("--home", str(home), "verify", "--fail-on-contradictions")[0] == 3


def test_verify_of_a_sound_ledger_says_nothing_of_them(tmp_path: Path) -> None:
    store(tmp_path, unit("u"))
    code, output, errors = cadre("--home", str(tmp_path), "verify", "--json", "--fail-on-contradictions")
    assert (code, json.loads(output)["contradictions"], errors) == (0, {}, "")


def test_they_are_shown_on_the_command_line(home: Path) -> None:
    code, output, _ = cadre("--home", str(home), "show", "contradictions")
    assert code == 0
    assert "Post p" in output
    assert "1 lines" in output
    for chosen in (("--as-of", "2009-12-31"), ("--kind", "TWO_PRIMARY"), ("--cadre", "x"), ("--place", "x")):
        assert "0 lines" in cadre("--home", str(home), "show", "contradictions", *chosen)[1], chosen
    _, output, _ = cadre(
        "--home", str(home), "show", "contradictions", "--kind", "holder_of_voided", "--json"
    )
    (line,) = json.loads(output)
    assert line["kind"] == "HOLDER_OF_VOIDED"
    assert {"what": "cadre", "id": "nobody", "name": ""} in line["concerns"]
    code, _, errors = cadre("--home", str(home), "show", "contradictions", "--kind", "X")
    assert code == 2
    assert "TWO_PRIMARY" in errors


def test_they_are_counted_in_a_metric_by_kind(home: Path) -> None:
    ledger = open_embedded_ledger(load(home))
    with TestClient(create_http_app(ledger)) as client:
        lines = client.get("/metrics").text.splitlines()
    ledger.close()
    assert 'cadre_contradictions{kind="HOLDER_OF_VOIDED"} 1.0' in lines
    assert 'cadre_contradictions{kind="UNIT_CIRCLE"} 0.0' in lines
