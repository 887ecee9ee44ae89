"""Writes docs/five-places.md: `make five-places`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.demo.demonstration import load_demo
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.operations.settings import Settings
from tests.five_places.rows import DOCUMENT, ROWS, ask, drawn


def main() -> None:
    clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
    with TemporaryDirectory() as home:
        ledger = open_embedded_ledger(Settings(home=Path(home), site="docs"), clock)
        load_demo(ledger, clock)
        with TestClient(create_http_app(ledger, clock)) as client:
            DOCUMENT.write_text(drawn((row, ask(client, row)[0]) for row in ROWS), encoding="utf-8")
        ledger.close()


if __name__ == "__main__":
    main()
