"""Records decisions over HTTP and reads who held what."""

from itertools import count
from typing import Any

from starlette.testclient import TestClient

from shared.runtime.embedded import EmbeddedLedger

Tenure = tuple[str, str, str]
"""(post, start, end), the end empty while it lasts."""


class Office:
    """One ledger behind its HTTP interface. Methods that record return the address `topic/stream/event_id`."""

    def __init__(self, client: TestClient, ledger: EmbeddedLedger) -> None:
        self.client, self.ledger = client, ledger
        self._numbers = count(1)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(path, json=body, headers={"If-Match": "*"})

    def record(self, path: str, type_: str, day: str, **fields: Any) -> str:
        answer = self.post(path, {"type": type_, "effective_from": day, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["facts"][-1])

    def unit(self, day: str = "2000-01-01", **fields: Any) -> str:
        kind = {"name": "Xã", "kind": "COMMUNE", **fields}
        return self.record("/organization", "organization.unit-established", day, **kind).split("/")[1]

    def place(self, unit: str, day: str = "2000-01-01", **fields: Any) -> str:
        kind = {"unit": unit, "title": "Chủ tịch", **fields}
        return self.record("/organization", "organization.post-created", day, **kind).split("/")[1]

    def cadre(self) -> str:
        return self.record("/personnel", "personnel.registered", "1990-01-01", name="An").split("/")[1]

    def appoint(self, cadre: str, post: str, day: str, tenure: str = "", **fields: Any) -> str:
        named = {"tenure": tenure or f"t{next(self._numbers)}", "post": post, **fields}
        return self.record(f"/appointment/{cadre}", "appointment.appointed", day, **named)

    def end(self, cadre: str, tenure: str, day: str) -> str:
        return self.record(f"/appointment/{cadre}", "appointment.tenure-ended", day, tenure=tenure)

    def dissolve(self, unit: str, day: str) -> str:
        return self.record(f"/organization/{unit}", "organization.unit-dissolved", day, reason="MERGED")

    def abolish(self, post: str, day: str, reason: str = "r") -> str:
        return self.record(f"/organization/{post}", "organization.post-abolished", day, reason=reason)

    def retire(self, cadre: str, day: str) -> str:
        return self.record(f"/personnel/{cadre}", "personnel.service-ended", day, kind="RETIRED")

    def rotate(
        self, cadre: str, tenure: str, post: str, day: str, rotation: str = "r1", **fields: Any
    ) -> str:
        named = {"rotation": rotation, "from_tenure": tenure, "to_post": post, **fields}
        return self.record(f"/rotation/{cadre}", "rotation.rotated", day, **named)

    def correct(self, address: str, mode: str = "VOID", consequences: str = "", **new_values: Any) -> Any:
        return self._correct(address, mode, new_values, consequences)

    def amend(self, address: str, new_values: dict[str, Any], consequences: str = "") -> Any:
        return self._correct(address, "AMEND", new_values, consequences)

    def _correct(self, address: str, mode: str, new_values: dict[str, Any], consequences: str) -> Any:
        topic, stream, event_id = address.split("/")
        body = {"target": event_id, "mode": mode, "reason": "r", "new_values": new_values}
        return self.post(f"/{topic}/{stream}/corrections", {**body, "consequences": consequences})

    def preview(self, address: str, mode: str = "VOID", **query: str) -> Any:
        topic, stream, event_id = address.split("/")
        answer = self.client.get(
            f"/{topic}/{stream}/corrections/preview", params={"target": event_id, "mode": mode, **query}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def first(self, topic: str, stream: str) -> str:
        return self.fact(topic, stream, 0)

    def fact(self, topic: str, stream: str, number: int = -1) -> str:
        events = self.client.get(f"/{topic}/{stream}/facts").json()
        return f"{topic}/{stream}/{events[number]['event_id']}"

    def tenures(self, cadre: str) -> list[Tenure]:
        rows = self.client.get("/term-history", params={"cadre": cadre}).json()["items"]
        return sorted((row["post"], row["start"], row["end"]) for row in rows)

    def holders(self, post: str, day: str) -> list[str]:
        answer = self.client.get("/holders", params={"post": post, "as_of": day})
        return [row["cadre"] for row in answer.json()["items"]]

    def rotations(self, cadre: str) -> list[tuple[str, str]]:
        """(start, end) of each."""
        rows = self.client.get("/rotations", params={"cadre": cadre}).json()["items"]
        return [(row["start"], row["end"]) for row in rows]


def accepted(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["facts"][0])


def refused(answer: Any, rule: str, *facts: str) -> None:
    """Refused with 422 by this rule, and these are among the facts in the way."""
    assert (answer.status_code, answer.json()["rule"]) == (422, rule), answer.text
    assert set(facts) <= set(answer.json()["facts"]), answer.json()


def has_consequences(answer: Any, *expected: tuple[str, str]) -> None:
    """Refused with 409, and these (action, address of the fact) are listed."""
    assert (answer.status_code, answer.json()["rule"]) == (409, "HasConsequences"), answer.text
    listed = [
        (each["action"], f"{each['service']}/{each['stream']}/{each['event_id']}")
        for each in answer.json()["consequences"]
    ]
    assert sorted(listed) == sorted(expected)
