"""The feeds of a cluster, behind its token: the events of the topic, and the same while others write."""

import httpx2

from tests.cluster.conftest import TOKENS
from tests.feeds.serving import followed

PEOPLE = 25


def test_a_feed_wants_a_token_and_tells_what_is_written(address: str) -> None:
    for path in ("/feeds/personnel", "/feeds/personnel/live"):
        assert httpx2.get(address + path, timeout=30).json()["rule"] == "Unauthorised"
    reading = {"Authorization": f"Bearer {TOKENS['read']}"}
    writing = {"Authorization": f"Bearer {TOKENS['write']}"}
    with httpx2.Client(base_url=address, headers=reading, timeout=30) as client:
        end = client.get("/feeds/personnel", params={"after": "end"}).headers["Cadre-Cursor"]
        live = followed(client, "/feeds/personnel/live", end)
        streams, seen, cursor = [], [], end
        for number in range(PEOPLE):
            body = {"type": "personnel.registered", "effective_from": "2000", "name": f"Người đọc {number}"}
            answer = client.post("/personnel", json=body, headers=writing)
            streams.append(answer.json()["stream"])
            if number == PEOPLE // 2:  # the reader goes and comes back where they were
                live = followed(client, "/feeds/personnel/live", cursor)
            cursor, event = next(live)
            seen.append(event["subject"])
        page = client.get("/feeds/personnel", params={"after": end}).json()
    assert seen == streams
    assert [event["subject"] for event in page] == streams
    assert "Người đọc" not in str(page)
