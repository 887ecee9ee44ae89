"""Clients that keep book: what they were promised, what they gave up, and that the same key gets the same answer."""

import itertools
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from shared.operations.integrity_check import AcknowledgedCommand
from tests.cluster.conftest import TOKENS

UNIT = {
    "type": "organization.unit-established", "effective_from": "2000-01-01", "name": "Quận Y",
    "kind": "URBAN_DISTRICT", "bloc": "TERRITORY",
}  # fmt: skip
POST = {
    "type": "organization.post-created", "effective_from": "2000-01-01", "title": "Chuyên viên",
    "role": "STAFF", "seats": 0,
}  # fmt: skip
TERMS = 12
"""Terms of one cadre before another takes the post."""


@dataclass
class Book:
    """Everything clients know, and how often they met what."""

    acknowledged: list[AcknowledgedCommand] = field(default_factory=list)
    answers: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    in_flight: int = 0

    def count(self, what: str) -> None:
        with self.lock:
            self.met[what] = self.met.get(what, 0) + 1

    def write(self, path: Path) -> Path:
        with self.lock:
            path.write_bytes(msgspec.json.Encoder().encode_lines(self.acknowledged))
        return path


class Load:
    """So many clients at once: each registers cadres and, where there are rows to know them by, lets them serve term
    after term (two facts a term)."""

    def __init__(
        self, addresses: list[str], clients: int, seed: int, needs_rows: bool = True, timeout: float = 15
    ) -> None:
        self.timeout, self.book, self.addresses, self.needs_rows = timeout, Book(), addresses, needs_rows
        self._stop = threading.Event()
        self._seeds = [random.Random(seed * 100 + number) for number in range(clients)]
        self._running = f"{time.time_ns():x}"
        self._keys = itertools.count()

    def __enter__(self) -> "Load":
        with self._http() as http:
            unit = self._until(http, "/organization", UNIT)["stream"]
            if self.needs_rows:
                self.post = self._until(http, "/organization", {**POST, "unit": unit})["stream"]
        self._threads = [threading.Thread(target=self._client, args=(chance,)) for chance in self._seeds]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _http(self) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {TOKENS['write']}", "If-Match": "*"}
        return httpx2.Client(headers=headers, timeout=self.timeout)

    def _until(self, http: httpx2.Client, path: str, fact: dict[str, Any]) -> dict[str, Any]:
        """A command that must be taken once what it builds on is known."""
        for _ in range(600):
            if isinstance(answer := self._say(http, random.Random(0), path, fact), dict):
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{fact} is not taken")

    def _client(self, chance: random.Random) -> None:
        ready: list[str] = []
        with self._http() as http:
            while not self._stop.is_set():
                name = {
                    "type": "personnel.registered",
                    "effective_from": "2000",
                    "name": f"Người {chance.random()}",
                }
                if isinstance(answer := self._say(http, chance, "/personnel", name), dict):
                    ready.append(answer["stream"])
                if self.needs_rows and len(ready) > 5 and self._serve(http, chance, ready[0]):
                    ready.pop(0)

    def _serve(self, http: httpx2.Client, chance: random.Random, cadre: str) -> bool:
        """Some terms of one cadre. False: its registration is not known to the rows yet; it is asked for again."""
        url, day, last = f"/appointment/{cadre}", date(2001, 1, 1), ""
        for number in itertools.count(1):
            tenure, start = f"{cadre}-{number}", (day + timedelta(number)).isoformat()
            fact: dict[str, str | int] = {"tenure": tenure, "effective_from": start}
            if number == 1:
                fact |= {"type": "appointment.appointed", "post": self.post, "holding": "CONCURRENT"}
            else:
                fact |= {"type": "appointment.reappointed", "previous": last, "term_no": number}
            if self._stop.is_set() or number > TERMS:
                return True
            if not isinstance(answer := self._say(http, chance, url, fact), dict):
                return answer is None
            last = tenure
        return True

    def _say(
        self, http: httpx2.Client, chance: random.Random, path: str, fact: dict[str, Any]
    ) -> dict[str, Any] | int | None:
        """Until there is an answer, with one key. One in ten whose fate is unknown is given up for ever (None)."""
        key, book = f"{self._running}-{next(self._keys)}", self.book
        time.sleep(chance.uniform(0, 0.02))
        unclear = False
        while not (self._stop.is_set() and unclear):
            answer = self._post(http, chance, path, fact, key)
            if isinstance(answer, dict):
                if unclear:
                    book.count("answered when asked again")
                with book.lock:
                    topic = path.split("/")[1]
                    ids = tuple(link.rsplit("/", 1)[1] for link in answer["facts"])
                    book.acknowledged.append(AcknowledgedCommand(topic, key, ids))
                    book.answers[key] = (path, fact, answer)
                return answer
            if answer == 422:
                book.count("refused")
                return answer
            unclear = True
            book.count("unclear")
            if chance.random() < 0.1:
                break
            time.sleep(0.05 + chance.random() * 0.2)
        book.count("given up")
        return None

    def _post(
        self, http: httpx2.Client, chance: random.Random, path: str, fact: dict[str, Any], key: str
    ) -> dict[str, Any] | int:
        """The answer, or its status, or 0 where there was none."""
        book = self.book
        with book.lock:
            book.in_flight += 1
        try:
            got = http.post(chance.choice(self.addresses) + path, json=fact, headers={"Idempotency-Key": key})
        except httpx2.HTTPError:
            return 0
        finally:
            with book.lock:
                book.in_flight -= 1
        if got.status_code == 201:
            return dict(got.json())
        if got.status_code == 422 and got.json()["rule"] in ("UnknownReference", "NotFound"):
            return 422
        if got.status_code not in (409, 503):
            book.wrong.append(f"{path} {fact}: {got.status_code} {got.text[:400]}")
        return got.status_code

    def asked_again(self, address: str, most: int = 300) -> int:
        """Commands of which the first answer is given again, by whoever is left. How many were tried."""
        self.addresses = [address]
        with self._http() as http:
            tried = random.Random(1).sample(sorted(self.book.answers), min(most, len(self.book.answers)))
            for key in tried:
                path, fact, answer = self.book.answers[key]
                got = self._post(http, random.Random(0), path, fact, key)
                if got != answer:
                    self.book.wrong.append(f"{key}: was {answer}, is {got}")
        return len(tried)
