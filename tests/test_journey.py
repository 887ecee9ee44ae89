"""The journey in one process."""

from pathlib import Path

from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.journey import a_district_lives_and_ends_and_nobody_is_lost
from tests.journey_judged import a_cadre_is_judged_and_leaves_service
from tests.journey_up import a_cadre_is_planned_rotated_and_comes_back_to_the_planned_title


def test_the_journey_in_one_process(tmp_path: Path) -> None:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        a_district_lives_and_ends_and_nobody_is_lost(client)
        a_cadre_is_planned_rotated_and_comes_back_to_the_planned_title(client)
        a_cadre_is_judged_and_leaves_service(client)
    ledger.close()
