"""A ledger that is told and asked over HTTP, with ids that can be read."""

from typing import Any

from starlette.testclient import TestClient

from shared.runtime.embedded import EmbeddedLedger

UNIT = {"type": "organization.unit-established", "effective_from": "2000-01-01"}
OPENED = {"type": "planning.round-opened", "effective_from": "2019-01-01", "owner": "city"}
ADDED = {"type": "planning.added-to-planning", "effective_from": "2019-01-01"}
ROTATED = {"type": "rotation.rotated", "direction": "DOWN"}


class Story:
    """What is said must be taken; what is asked must be answered."""

    def __init__(self, ledger: EmbeddedLedger, client: TestClient) -> None:
        self.ledger, self.client = ledger, client

    def say(self, url: str, **fact: Any) -> Any:
        answer = self.client.post(url, json=fact, headers={"If-Match": "*"})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ask(self, url: str, **asked: str) -> Any:
        answer = self.client.get(url, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, url: str, **asked: str) -> dict[str, int | None]:
        return {" ".join(each["key"].values()): each["value"] for each in self.ask(url, **asked)["figures"]}
