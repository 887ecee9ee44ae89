"""Clients that record facts at a site all the time, and keep book of what was acknowledged."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx2

from tests.sync.chaos.networks import Network, enter_namespace

POST = "P-CHUNG"
"""A post of the province to which all sites appoint."""
_SECONDS = 600.0
"""So long a command is repeated."""


class Acknowledged(NamedTuple):
    """A command that was answered with 201."""

    topic: str
    stream: str
    key: str
    events: frozenset[str]


@dataclass
class Book:
    """What the clients of one site were told."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)


class Recorder:
    """A client at a site: it registers cadres, amends their profiles and appoints them, and repeats a command until it
    is answered, whatever becomes of the site meanwhile."""

    def __init__(self, site: str, address: str, network: Network, seed: str, rate: float) -> None:
        self.site, self.book = site, Book()
        self._address, self._network, self._pause = address, network, 1 / rate
        self._chance = random.Random(seed)
        self._number, self._cadres = 0, list[str]()
        self._stopping, self._is_given_up = threading.Event(), False
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"client of {site}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End once the command under way is answered."""
        self._stopping.set()
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive()
        if self.failure:
            raise self.failure

    def give_up(self) -> None:
        """End without an answer to the command under way."""
        self._stopping.set()
        self._is_given_up = True

    def _run(self) -> None:
        try:
            if namespace := self._network.namespace(self.site):
                enter_namespace(namespace)
            with httpx2.Client(base_url=self._address, timeout=30) as http:
                while not self._stopping.wait(self._pause * self._chance.uniform(0.5, 1.5)):
                    self._record_one(http)
        except BaseException as failure:  # noqa: BLE001 - raised again in the thread of the test
            self.failure = failure

    def _record_one(self, http: httpx2.Client) -> None:
        chance, cadres = self._chance, self._cadres
        self._number += 1
        key = f"{self.site}-{self._number}"
        body: dict[str, Any] = {"effective_from": "2020-01-01"}
        kind = chance.choices(("register", "amend", "appoint"), (6, 2, 2))[0]
        if kind == "register" or not cadres:
            told = self._say(http, "/personnel/registered", key, {"name": f"Người {key}", **body})
            if told:
                cadres.append(told.stream)
        elif kind == "amend":
            cadre = chance.choice(cadres)
            self._say(http, f"/personnel/{cadre}/profile-amended", key, {"home_place": f"Xã {key}", **body})
        else:
            more = {"tenure": key, "post": POST, "holding": "CONCURRENT", "effective_from": "2024-01-01"}
            self._say(http, f"/appointment/{chance.choice(cadres)}/appointed", key, more)

    def _say(self, http: httpx2.Client, path: str, key: str, body: dict[str, Any]) -> Acknowledged | None:
        """The answer; None where the command was refused."""
        met = self.book.met
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            if self._is_given_up:
                return None
            try:
                headers = {"Idempotency-Key": key, "If-Match": "*"}
                answer = http.post(path, json=body, headers=headers)
            except httpx2.TransportError:
                met["commands repeated: no answer"] += 1
                time.sleep(0.1)
                continue
            if answer.status_code == 201:
                told = answer.json()
                topic = path.split("/")[1]
                done = Acknowledged(
                    topic, told["stream"], key, frozenset(fact.rpartition("/")[2] for fact in told["facts"])
                )
                self.book.acknowledged.append(done)
                return done
            rule = answer.json().get("rule", "")
            if answer.status_code != 503:
                met[f"commands refused: {answer.status_code} {rule}"] += 1
                return None
            met[f"commands repeated: {rule}"] += 1
            time.sleep(0.1)
        raise AssertionError(f"{self.site}: {key} is never answered")
