"""An answer asked again with its own `known_at` is the same to the byte, whatever is recorded meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.conftest import TALLIES
from tests.feeds.serving import listening
from tests.questions.asked_again import ENOUGH, Load


@pytest.fixture
def load_in_one_process(tmp_path: Path) -> Iterator[Load]:
    ledger = open_embedded_ledger(load(tmp_path))
    with listening(create_http_app(ledger)) as address, Load(address, {}, seed=1) as under_load:
        yield under_load
    ledger.close()


def ask_again(under_load: Load, seconds: float, enough: int = 0) -> None:
    under_load.begin()
    under_load.run(seconds, under_load.writers(), readers=4, pause=0.002, enough=enough)
    TALLIES["asked again"]["answers"] += len(under_load.answers)
    TALLIES["asked again"]["facts recorded meanwhile"] += under_load.ids.acknowledged.total()
    assert under_load.ids.acknowledged.keys() == {"organization", "personnel", "regulation", "appointment"}
    assert under_load.changed() == []


def test_answers_under_load_stay_as_they_were_known(load_in_one_process: Load) -> None:
    """Repro asknown: 74 of 891 answers were others when they were asked again."""
    ask_again(load_in_one_process, 8)
    assert len(load_in_one_process.answers) > 50


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_answers_stay_as_they_were_known(load_in_one_process: Load) -> None:
    ask_again(load_in_one_process, 3000, enough=ENOUGH)
    assert len(load_in_one_process.answers) > ENOUGH
