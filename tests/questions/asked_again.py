"""Readers that ask every question of the chronicle while writers record, and ask again afterwards with the `known_at`
of each answer: it must be the same to the byte (repro asknown)."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

import httpx2

from tests.faults.counting import ROUNDS

AS_OF = "2020-01-01"
DAYS = {"from": "2000-01-01", "to": "2030-12-31"}
ENOUGH = 2_000 * ROUNDS if ROUNDS >= 5 else 500 * ROUNDS
"""Answers that the long tests ask again: 10,000 where they are run whole."""
PATIENCE = 30.0
"""Seconds until a request is given up."""


class Given(NamedTuple):
    """An answer, the question, and the instant that the answer says it is known at, else the one asked for."""

    path: str
    query: dict[str, str]
    known_at: str
    body: bytes


@dataclass
class Ids:
    """What the writers have recorded so far, by the name of the parameter that asks about it."""

    unit: list[str] = field(default_factory=list)
    post: list[str] = field(default_factory=list)
    cadre: list[str] = field(default_factory=list)
    decision: list[str] = field(default_factory=list)
    acknowledged: Counter[str] = field(default_factory=Counter)
    """Facts that were answered with 201, by service."""
    refused: Counter[int] = field(default_factory=Counter)


class Load:
    """Writers in several services and readers of every question, over HTTP."""

    def __init__(self, address: str, headers: Mapping[str, str], seed: int, chronicle: str = "") -> None:
        self.write_client = httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE)
        self.read_client = httpx2.Client(base_url=chronicle or address, headers=headers, timeout=PATIENCE)
        self.random, self.ids, self.number = random.Random(seed), Ids(), count()
        self.write_pause = 0.0
        self.answers: list[Given] = []
        self._stop = threading.Event()
        self._failures: list[BaseException] = []

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_: object) -> None:
        self.write_client.close()
        self.read_client.close()

    def begin(self) -> None:
        """A root unit with a few posts, a decision document and a cadre."""
        root = self.record("organization", name="Gốc", kind="PROVINCE", type="organization.unit-established")
        self.ids.unit.append(root)
        for title in ("Chủ tịch", "Phó chủ tịch", "Uỷ viên", "Thư ký"):
            self.add_post(root, title)
        deadline = time.monotonic() + PATIENCE
        while len(self.ids.post) < 4:  # in a cluster the unit is there a moment later
            assert time.monotonic() < deadline, self.ids.refused
            self.add_post(root, "Uỷ viên")
        self.ids.decision.append(self.add_decision())
        self.ids.cadre.append(self.add_cadre())
        assert all((root, *self.ids.decision, *self.ids.cadre)), self.ids.refused

    def record(self, path: str, headers: Mapping[str, str] | None = None, **body: Any) -> str:
        """Record a fact; returns its stream, or an empty text where it was refused."""
        day = body.pop("day", "2001-01-01")
        answer = self.write_client.post(
            f"/{path}", json={"effective_from": day, **body}, headers=headers or {}
        )
        if answer.status_code != 201:
            assert answer.status_code in (409, 412, 422, 503), answer.text
            self.ids.refused[answer.status_code] += 1
            return ""
        self.ids.acknowledged[path.partition("/")[0]] += 1
        return str(answer.json()["stream"])

    def add_post(self, unit: str, title: str) -> None:
        post = self.record("organization", type="organization.post-created", unit=unit, title=title)
        if post:
            self.ids.post.append(post)

    def add_cadre(self) -> str:
        return self.record(
            "personnel", type="personnel.registered", name=f"Người {next(self.number)}", day="1990-01-01"
        )

    def add_decision(self) -> str:
        number = next(self.number)
        return self.record(
            "regulation", type="regulation.decision-registered", number=f"{number}/QĐ", issuer="UBND",
            signed_on="2001-01-01", kind="DECISION", title="Bổ nhiệm",
        )  # fmt: skip

    def add_unit(self) -> str:
        return self.record(
            "organization", type="organization.unit-established", name=f"Xã {next(self.number)}", kind="COMMUNE",
            parent=self.ids.unit[0],
        )  # fmt: skip

    def appoint(self) -> None:
        post = self.random.choice(self.ids.post)
        cadre = self.random.choice(self.ids.cadre[:-10] or self.ids.cadre)
        self.record(
            f"appointment/{cadre}", {"If-Match": "*"}, type="appointment.appointed", day="2010-01-01",
            tenure=f"t{next(self.number)}", post=post, holding="CONCURRENT",
            decision=self.random.choice(self.ids.decision),
        )  # fmt: skip

    def correct_unit(self) -> None:
        """Void or amend the first fact of a unit, or rename it."""
        unit = self.add_unit()
        if not unit:
            return
        facts = self.write_client.get(f"/organization/{unit}/facts").json()
        target, mode = facts[0]["event_id"], self.random.choice(["VOID", "AMEND"])
        values = {"name": f"Phường {next(self.number)}"} if mode == "AMEND" else {}
        self.write_client.post(
            f"/organization/{unit}/corrections",
            json={"target": target, "mode": mode, "new_values": values, "reason": "nhập nhầm"},
            headers={"If-Match": "*"},
        )

    def write(self, kinds: list[Callable[[], Any]]) -> None:
        """Record until stopped."""
        while not self._stop.wait(self.write_pause):
            for kind in kinds:
                kind()

    def read(self, documents: list[tuple[str, list[dict[str, Any]]]], pause: float) -> None:
        """Ask until stopped, every question in turn."""
        while not self._stop.is_set():
            for path, parameters in documents:
                if self._stop.is_set():
                    return
                self.ask(path, parameters)
                time.sleep(pause)

    def ask(self, path: str, parameters: list[dict[str, Any]]) -> None:
        query = {"as_of": AS_OF}
        for each in parameters:
            name = each["name"]
            value = self.value(path, name)
            if each["in"] == "path":
                path = path.replace(f"{{{name}}}", value)
            elif value and (each["required"] or name not in ("as_of", "cursor", "known_at", "date")):
                query[name] = value
        answer = self.read_client.get(path, params=query)
        if answer.status_code == 503:
            return
        assert answer.status_code in (200, 404), (path, query, answer.text)
        if answer.status_code == 200:
            known_at = answer.json().get("known_at", "") if answer.content[:1] == b"{" else ""
            if not known_at:  # the answer does not say it, so it is asked for
                known_at = self.read_client.get("/units", params={"limit": "1"}).json()["known_at"]
                query["known_at"] = known_at
                answer = self.read_client.get(path, params=query)
            self.answers.append(Given(path, query, known_at, answer.content))

    def value(self, path: str, name: str) -> str:
        """What a parameter is given."""
        ids, some = self.ids, self.random.choice
        match name:
            case "unit" if path in ("/org-chart", "/lineage", "/diff") or "{unit}" in path:
                return some([ids.unit[0], *ids.unit[-3:]])
            case "unit" if path in ("/holders", "/term-history"):
                return ""
            case "parent" | "place" if path != "/who-held":
                return ids.unit[0]
            case "place":
                return "Gốc"
            case "title":
                return "chu tich"
            case "post" if path in ("/holders", "/term-history"):
                return some(ids.post)
            case "cadre" if path != "/term-history":
                return some(ids.cadre[-20:])
            case "subject" if path == "/evaluations":
                return some(ids.cadre[-20:])
            case "decision":
                return some(ids.decision[-20:])
            case "from" | "to":
                return DAYS[name]
            case "ids":
                return ",".join([*ids.unit[-5:], *ids.post[:5], *ids.cadre[-5:], *ids.decision[-5:]])
            case "q":
                return some(["xa", "nguoi", "qd"])
            case "limit":
                return "100"
            case "period":
                return "2020"
            case "id" | "contest" | "reorganisation":
                return "nothing"
        return ""

    def run(
        self,
        seconds: float,
        writers: list[list[Callable[[], Any]]],
        readers: int,
        pause: float = 0.0,
        enough: int = 0,
    ) -> None:
        """Write and read at the same time, for so many seconds or until there are `enough` answers."""
        documents = self.list_questions()
        threads = [threading.Thread(target=self._guarded, args=(self.write, kinds)) for kinds in writers]
        for number in range(readers):  # each begins with another question
            turned = documents[number * 13 % len(documents) :] + documents[: number * 13 % len(documents)]
            threads.append(threading.Thread(target=self._guarded, args=(self.read, turned, pause)))
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not 0 < enough < len(self.answers):
            if self._stop.wait(0.1):
                break
        self._stop.set()
        for thread in threads:
            thread.join(60)
        if self._failures:
            raise self._failures[0]

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except BaseException as failure:  # noqa: BLE001 - raised again in the thread of the test
            self._failures.append(failure)
            self._stop.set()

    def list_questions(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Every GET that takes a `known_at`, from the OpenAPI document, and its parameters."""
        document = self.read_client.get("/openapi.json").json()
        return [
            (path, operations["get"]["parameters"])
            for path, operations in document["paths"].items()
            if any(each["name"] == "known_at" for each in operations.get("get", {}).get("parameters", ()))
        ]

    def changed(self) -> list[str]:
        """The questions whose answers are others when asked again with their `known_at`."""
        differing = []
        for given in self.answers:
            again = self.read_client.get(given.path, params={**given.query, "known_at": given.known_at})
            if again.content != given.body:
                question = f"{given.path} {given.query} known at {given.known_at}"
                differing.append(f"{question}: {_first_difference(given.body, again.content)}")
        return differing

    def writers(self) -> list[list[Callable[[], Any]]]:
        """Six writers in four services."""

        def add_units() -> None:
            if unit := self.add_unit():
                self.ids.unit.append(unit)

        def add_cadres() -> None:
            if cadre := self.add_cadre():
                self.ids.cadre.append(cadre)

        def add_decisions() -> None:
            if decision := self.add_decision():
                self.ids.decision.append(decision)

        return [
            [add_units],
            [add_cadres, add_decisions],
            [self.appoint],
            [self.appoint],
            [self.correct_unit],
            [add_cadres],
        ]


def _first_difference(first: bytes, second: bytes) -> str:
    """What the two answers say where they begin to differ."""
    at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    start = max(0, at - 60)
    return f"{first[start : at + 60]!r} and then {second[start : at + 60]!r}"
