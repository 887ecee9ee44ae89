"""A topic as pages: stored bytes with their attributes, by cursors that are never misread."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.contract.cloudevents import build_cloud_event, build_headers
from shared.http import feeds
from shared.http.feeds import BATCH_MEDIA_TYPE
from shared.operations.settings import load

NAMES = ["Nguyễn Thị Một", "Trần Văn Hai", "Lê Thị Ba"]
RULES = {"BadCursor": 422, "CursorOfAnotherLog": 409, "NotFound": 404, "BadParameter": 422}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        client.app_state["ledger"] = ledger
        yield client
    ledger.close()


@pytest.fixture
def streams(client: TestClient) -> list[str]:
    made = [
        client.post(
            "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": name}
        )
        for name in NAMES
    ]
    return [answer.json()["stream"] for answer in made]


def read(client: TestClient, url: str) -> list[dict[str, Any]]:
    """Every event, page by page, until nothing is left."""
    events: list[dict[str, Any]] = []
    for _ in range(100):
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        events += answer.json()
        url = re.findall(r'<(.*)>; rel="next"', answer.headers["Link"])[0]
        if answer.headers["Cadre-Left"] == "0":
            return events
    raise AssertionError("it never ends")


def test_pages_hold_every_event_once_in_order(client: TestClient, streams: list[str]) -> None:
    for limit in (1, 2, 3, 1000):
        events = read(client, f"/feeds/personnel?limit={limit}")
        assert [event["subject"] for event in events] == streams
        assert [event["seq"] for event in events] == [1, 2, 3]


def test_an_event_is_passed_on_as_it_is_stored(client: TestClient, streams: list[str]) -> None:
    answer = client.get("/feeds/personnel")
    assert answer.headers["content-type"] == BATCH_MEDIA_TYPE
    log = client.app_state["ledger"].logs["personnel"]
    for (_, _, tag, state), event in zip(log.read_stored(0, 10), answer.json(), strict=True):
        assert msgspec.json.encode(event["data"]) == state
        of_kafka = dict(build_headers(build_cloud_event("personnel", tag, state)))
        assert {name: str(event[name]).encode() for name in event if name not in ("data", "cursor")} == {
            name.removeprefix("ce_").replace("content-type", "datacontenttype"): value
            for name, value in of_kafka.items()
        }
    assert not any(name in answer.text for name in NAMES)
    assert answer.text.count("sealed:") == len(NAMES)


def test_a_reader_takes_some_types_or_one_stream(client: TestClient, streams: list[str]) -> None:
    correction = {
        "type": "ledger.corrected",
        "target": read(client, "/feeds/personnel")[1]["id"],
        "mode": "AMEND",
        "reason": "sai tên",
        "new_values": {"name": "Trần Văn Hải"},
    }
    done = client.post(f"/personnel/{streams[1]}/corrections", json=correction, headers={"If-Match": "*"})
    assert done.status_code == 201, done.text
    corrected = read(client, "/feeds/personnel?type=ledger.corrected&limit=1")
    assert [event["type"] for event in corrected] == ["ledger.corrected"]
    both = read(client, "/feeds/personnel?type=ledger.corrected&type=personnel.registered&limit=2")
    assert len(both) == 4
    one = read(client, f"/feeds/personnel?stream={streams[1]}&limit=1")
    assert [event["type"] for event in one] == ["personnel.registered", "ledger.corrected"]


def test_the_end_is_a_place_to_begin(client: TestClient, streams: list[str]) -> None:
    assert client.get("/feeds/personnel?after=end").json() == []
    last = read(client, "/feeds/personnel")[-1]["cursor"]
    assert client.get("/feeds/personnel?after=end").headers["Cadre-Cursor"] == last
    assert client.get("/feeds/regulation?after=end").headers["Cadre-Cursor"] == "0"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("/feeds/nothing", "NotFound"),
        ("/feeds/personnel?after=2", "BadCursor"),
        ("/feeds/personnel?after=2-00", "BadCursor"),
        ("/feeds/personnel?after=2-0000000000000000", "CursorOfAnotherLog"),
        ("/feeds/personnel?after=99-0123456789abcdef", "CursorOfAnotherLog"),
        ("/feeds/personnel?type=appointment.appointed", "BadParameter"),
        ("/feeds/personnel?limit=0", "BadParameter"),
    ],
)
@pytest.mark.parametrize("live", [False, True], ids=["page", "live"])
def test_what_cannot_be_read_is_said(
    client: TestClient, streams: list[str], url: str, rule: str, live: bool
) -> None:
    if live and "limit" in url:
        return
    path, _, query = url.partition("?")
    answer = client.get(f"{path}{'/live' if live else ''}?{query}")
    assert (answer.status_code, answer.json()["rule"]) == (RULES[rule], rule)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_of_another_history_is_refused(
    client: TestClient, streams: list[str], tmp_path: Path
) -> None:
    """The same position after a restore, with other events before it."""
    other = open_embedded_ledger(load(tmp_path / "restored"))
    with TestClient(create_http_app(other)) as restored:
        for name in NAMES:
            restored.post(
                "/personnel", json={"type": "personnel.registered", "effective_from": "2000", "name": name}
            )
        cursor = read(restored, "/feeds/personnel")[1]["cursor"]
    other.close()
    assert client.get(f"/feeds/personnel?after={cursor}").json()["rule"] == "CursorOfAnotherLog"


def test_a_rare_type_is_found_in_a_long_log(
    client: TestClient, streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request looks at so many positions and no more: its page may be empty, its cursor moves on all the same."""
    monkeypatch.setattr(feeds, "SCANNED_POSITIONS", 2)
    first = client.get(f"/feeds/personnel?stream={streams[2]}")
    assert (first.json(), first.headers["Cadre-Left"]) == ([], "1")
    [event] = read(client, f"/feeds/personnel?stream={streams[2]}")
    assert event["subject"] == streams[2]
