"""`known_at`: a moment that is not over is now, and one that is later than the watermark is refused."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import system_clock
from shared.core.partial_dates import Instant, day_after, day_of, later
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(tmp_path))
    yield ledger
    ledger.close()


@pytest.fixture
def client(ledger: EmbeddedLedger) -> Iterator[TestClient]:
    with TestClient(create_http_app(ledger)) as client:
        yield client


def register(client: TestClient, name: str) -> None:
    answer = client.post("/personnel/registered", json={"name": name, "effective_from": "2010-01-01"})
    assert answer.status_code == 201, answer.text


def found(client: TestClient, **params: str) -> tuple[int, str]:
    """How many people are found, and as known when."""
    answer = client.get("/search", params={"q": "them sau", **params})
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"]), answer.json()["known_at"]


@pytest.mark.parametrize(
    "known_at", ["2030-01-01", "20300101", "1/1/2030", "2030-01-01T00:00:00Z", "9999-12-31"]
)
def test_what_is_known_in_the_future_is_refused_with_the_watermark(client: TestClient, known_at: str) -> None:
    """Case 31-known-in-future: two different answers were given about one moment."""
    answer = client.get("/search", params={"q": "them sau", "known_at": known_at})
    problem = answer.json()
    assert (answer.status_code, problem["rule"], problem["field"]) == (422, "KnownInFuture", "known_at")
    _, now = found(client)
    assert problem["watermark"] <= now <= system_clock()


def test_a_moment_after_the_watermark_is_refused(client: TestClient) -> None:
    register(client, "Thêm Sau")
    _, now = found(client)
    hour = later(Instant(now), round(timedelta(hours=1).total_seconds() * 1_000_000))
    assert client.get("/units", params={"known_at": hour}).json()["rule"] == "KnownInFuture"
    assert client.get("/units", params={"known_at": now}).status_code == 200


def test_the_day_that_is_not_over_means_now(client: TestClient) -> None:
    today = day_of(system_clock())
    register(client, "Thêm Sau")
    for written in (today, today.replace("-", ""), f"{today[8:]}/{today[5:7]}/{today[:4]}"):
        count, known_at = found(client, known_at=written)
        assert (count, known_at[:10] <= system_clock()[:10]) == (1, True)
    tomorrow = client.get("/units", params={"known_at": day_after(today)})
    assert tomorrow.json()["rule"] == "KnownInFuture"


def test_a_day_means_its_end_however_it_is_written(client: TestClient) -> None:
    known = {found(client, known_at=written)[1] for written in ("2025-06-30", "20250630", "30/6/2025")}
    assert known == {"2025-06-30T16:59:59.999999Z"}


def test_what_was_acknowledged_is_in_the_next_answer(client: TestClient) -> None:
    for number in range(1, 20):
        register(client, f"Thêm Sau {number}")
        assert found(client)[0] == number


def test_a_moment_that_is_past_is_taken(client: TestClient) -> None:
    before = system_clock()
    register(client, "Thêm Sau")
    after = system_clock()
    assert found(client, known_at=before) == (0, before)
    assert found(client, known_at=after) == (1, after)


@pytest.mark.parametrize(
    "words",
    [
        ("show", "search", "x"),
        ("show", "holders", "--as-of", "2020-01-01"),
        ("report", "cadre-work", "--unit", "x", "--from", "2020-01-01", "--to", "2020-12-31"),
        ("audit", "as-known", "--as-of", "2020-01-01"),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
def test_the_command_line_refuses_the_future_too(
    ledger: EmbeddedLedger, client: TestClient, tmp_path: Path, words: tuple[str, ...], beside: bool
) -> None:
    register(client, "Thêm Sau")
    if not beside:
        ledger.close()
    command = ["--home", str(tmp_path), "--lang", "en", *words, "--known-at"]
    result = CliRunner().invoke(application(), [*command, "2030-01-01"])
    assert (result.exit_code, "answers are final up to" in result.output) == (2, True)
    result = CliRunner().invoke(application(), [*command, system_clock()])
    assert "answers are final up to" not in result.output


def test_a_command_beside_a_server_shows_what_was_acknowledged(client: TestClient, tmp_path: Path) -> None:
    register(client, "Thêm Sau")
    result = CliRunner().invoke(
        application(), ["--home", str(tmp_path), "show", "search", "them sau", "--json"]
    )
    assert (result.exit_code, result.stdout.count("Thêm Sau")) == (0, 1)


@pytest.mark.parametrize("form", ["json", "text", "xlsx"])
def test_a_report_asked_again_is_the_same_file(client: TestClient, form: str) -> None:
    unit = client.post(
        "/organization/unit-established",
        json={"name": "Xã A", "kind": "COMMUNE", "effective_from": "2001-01-01"},
    ).json()["stream"]
    _, now = found(client)
    params = {"place": unit, "from": "2020-01-01", "to": "2020-12-31", "format": form, "known_at": now}
    first = client.get("/reports/cadre-work", params=params)
    sleep(1.1)  # a sheet says in seconds when it was made
    assert (first.status_code, client.get("/reports/cadre-work", params=params).content) == (
        200,
        first.content,
    )
