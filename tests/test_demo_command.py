"""`cadre demo`: the demonstration into an empty ledger, nothing where nothing is wanted."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load


@pytest.mark.parametrize("asked", [(("demo", "--empty"), {}), (("demo",), {"CADRE_EMPTY": "yes"})])
def test_nothing_is_loaded_where_nothing_is_wanted(
    tmp_path: Path, asked: tuple[tuple[str, ...], dict[str, str]]
) -> None:
    words, env = asked
    done = CliRunner().invoke(application(), ["--home", str(tmp_path), *words], env=env)
    assert done.exit_code == 0, done.stderr
    ledger = open_embedded_ledger(load(tmp_path))
    assert {name: log.position() for name, log in ledger.logs.items()} == dict.fromkeys(ledger.logs, 0)
    ledger.close()
