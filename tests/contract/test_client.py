"""A client made from the served document records an appointment."""

from pathlib import Path

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load
from tests.contract.generated_client import generate_client, tell_story
from tests.feeds.serving import listening


def test_a_generated_client_records_an_appointment(tmp_path: Path) -> None:
    ledger = open_embedded_ledger(load(tmp_path / "home"))
    with listening(create_http_app(ledger)) as address:
        made = generate_client(address, tmp_path)
        modules, *tags = tell_story(address, made).split()
    ledger.close()
    assert int(modules) > 300
    assert tags == ["appointment.appointed", "appointment.tenure-ended"]
