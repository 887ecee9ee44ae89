"""A ledger that is written and read over HTTP, with readable ids."""

from typing import Any

from starlette.testclient import TestClient

from shared.runtime.embedded import EmbeddedLedger

UNIT = {"type": "organization.unit-established", "effective_from": "2000-01-01"}
OPENED = {"type": "planning.round-opened", "effective_from": "2019-01-01", "owner": "city"}
ADDED = {"type": "planning.added-to-planning", "effective_from": "2019-01-01"}
ROTATED = {"type": "rotation.rotated", "direction": "DOWN"}


class Story:
    """Records facts and reads queries; every request must succeed."""

    def __init__(self, ledger: EmbeddedLedger, client: TestClient) -> None:
        self.ledger, self.client = ledger, client

    def say(self, url: str, **fact: Any) -> Any:
        answer = self.client.post(url, json=fact, headers={"If-Match": "*"})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ask(self, url: str, **params: str) -> Any:
        answer = self.client.get(url, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, url: str, **params: str) -> dict[str, int | None]:
        return {" ".join(each["key"].values()): each["value"] for each in self.ask(url, **params)["figures"]}
