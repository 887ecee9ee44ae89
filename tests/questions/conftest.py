"""A ledger in one process, and a small administration to query."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load


class LedgerClient:
    """A running ledger: `say` records a fact and returns its stream, `ask` returns the answer of a query."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.facts: list[str] = []

    def post(self, url: str, type_: str, when: str, **fields: Any) -> Any:
        headers = {"If-Match": "*"} if url.count("/") == 2 else {}
        return self.client.post(url, json={"type": type_, "effective_from": when, **fields}, headers=headers)

    def say(self, url: str, type_: str, when: str, **fields: Any) -> str:
        answer = self.post(url, type_, when, **fields)
        assert answer.status_code == 201, answer.text
        self.facts = answer.json()["facts"]
        return str(answer.json()["stream"])

    def ask(self, url: str, **params: str) -> Any:
        answer = self.client.get(url, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def items(self, url: str, **params: str) -> list[Any]:
        found: list[Any] = self.ask(url, **params)["items"]
        return found

    def unit(self, name: str, parent: str = "", **more: Any) -> str:
        return self.say(
            "/organization",
            "organization.unit-established",
            "2000-01-01",
            **{"name": name, "kind": "DEPARTMENT", "parent": parent, **more},
        )

    def seat(self, unit: str, title: str, role: str = "HEAD", **more: Any) -> str:
        fields = {"unit": unit, "title": title, "role": role, **more}
        return self.say("/organization", "organization.post-created", "2000-01-01", **fields)

    def cadre(self, name: str, **more: str) -> str:
        return self.say("/personnel", "personnel.registered", "2000-01-01", name=name, **more)

    def appoint(self, cadre: str, post: str, when: str, tenure: str = "", **more: Any) -> str:
        tenure = tenure or str(uuid5(NAMESPACE_URL, f"{cadre}/{post}"))
        self.say(f"/appointment/{cadre}", "appointment.appointed", when, tenure=tenure, post=post, **more)
        return tenure

    def grade(self, subject: str, period: str, grade: str, **more: Any) -> str:
        fields = {"evaluation": f"{subject}-{period}", "period": period, "occasion": "ANNUAL", "grade": grade}
        return self.say(
            f"/evaluation/{subject}", "evaluation.evaluated", f"{period[:4]}-12-20", **{**fields, **more}
        )


@pytest.fixture
def administration(tmp_path: Path) -> Iterator[LedgerClient]:
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        yield LedgerClient(client)
    ledger.close()
