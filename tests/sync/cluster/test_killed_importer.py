"""A ward brings facts to a city that is a cluster, over a line that is cut anywhere, while the importer of the city is
killed in the middle of its transactions (sync case 3). What each kill met is counted."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from services.bootstrap import db_roles
from services.sync.exchange.line import LineFault
from services.sync.exchange.session import Session
from tests.conftest import TALLIES
from tests.engines.processes import free_port, wait_for
from tests.faults.counting import ROUNDS
from tests.support.cadre_process import CadreProcess
from tests.sync.cluster.sites import ClusterOffice, Ward, check_well
from tests.sync.line.proxy import Proxy, Weather, line_to
from tests.sync.line.sites import CallingSite

MET = TALLIES["importers of a cluster killed"]
_IMPORTING = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND objid = (hashtext('cadre-ledger/sync')::bigint & 4294967295)::oid
"""
"""Whether the transaction is open in which a chunk is stored, or comes to count."""
_PLACE = "s.position + e.seq - s.first"
_HOLES = f"""
SELECT s.topic FROM replica.entries e JOIN replica.segments s ON s.id = e.segment WHERE s.origin = 'px'
GROUP BY s.topic HAVING max({_PLACE}) FILTER (WHERE e.known <> '') > min({_PLACE}) FILTER (WHERE e.known = '')
OR count(*) <> max({_PLACE}) - min({_PLACE}) + 1 OR min({_PLACE}) <> min(s.position)
"""  # noqa: S608 - put together from what stands above
"""Logs of px of which an entry counts and one before it does not, or one is missing, or is there twice."""


class ServedCity:
    """`cadre serve sync` of a city, behind a line."""

    def __init__(self, city: ClusterOffice, opened: ExitStack) -> None:
        self.city, self.port = city, free_port()
        self.log, tokens = city.folder / "serve.log", city.folder / "tokens.json"
        tokens.write_text(json.dumps({"read": "r" * 40, "write": "w" * 40}), encoding="utf-8")
        self._env = city.environment(db_roles.IMPORTER) | {"CADRE_TOKENS": str(tokens)}
        self.line: Proxy = opened.enter_context(line_to(self.port))
        self.start()
        opened.callback(self.stop)
        self._watching = opened.enter_context(psycopg.connect(city.database, autocommit=True))

    def start(self) -> None:
        words = ("serve", "sync", "--port", str(self.port))
        self.process = CadreProcess(words, self._env, self.log, self.log)
        wait_for(self.port, self.process, "serve sync", self.log)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def is_importing(self) -> bool:
        [(held,)] = self._watching.execute(_IMPORTING).fetchall()
        return bool(held)

    def kill_in_transaction(self, goes_on: Event) -> bool:
        """Whether the kill met an open transaction: the process stands still, and the lock is held all the same."""
        while not goes_on.is_set():
            if not self.is_importing():
                continue
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(0.02)  # what it has sent to the database before has been done by then
            if self.is_importing():
                break
            MET["transaction over before the kill"] += 1
            self.process.send_signal(signal.SIGCONT)
        met = self.is_importing()
        self.stop()
        return met


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def look_for_holes(city: ClusterOffice, stop: Event, found: list[str]) -> None:
    with psycopg.connect(city.database, autocommit=True) as connection:
        while not stop.wait(0.02):
            found += [topic for (topic,) in connection.execute(_HOLES.encode()).fetchall()]
            MET["looked for holes"] += 1


def call(px: CallingSite, address: str) -> None:
    try:
        px.sync(address)
        MET["exchanges completed"] += 1
    except LineFault as fault:
        MET[fault.rule] += 1


def cut(px: CallingSite, served: ServedCity, number: int, share: float) -> None:
    """Once in what goes, at a share of its bytes; or in what comes."""
    line, lost = served.line, served.line.lost
    if number % 3:
        size = len(Session(px.replica, "tinh").make_request().raw)
        line.weather = Weather(cut_request=int(size * share))
    else:
        line.weather = Weather(cut_answer=int(800 * share))
    call(px, line.address)
    line.weather = Weather()
    MET["cut in what goes" if number % 3 else "cut in what comes"] += line.lost - lost


def kill(px: CallingSite, served: ServedCity) -> bool:
    over = Event()

    def bring() -> None:
        call(px, served.line.address)
        over.set()

    calling = Thread(target=bring)
    calling.start()
    met = served.kill_in_transaction(over)
    calling.join()
    served.start()
    MET["kills"] += 1
    MET["kills that met an open transaction of the importer"] += met
    return met


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_cut_anywhere_and_killed_in_its_transactions_all_arrives_once(
    city: ClusterOffice, tmp_path: Path, opened: ExitStack
) -> None:
    facts, cuts, kills = (2000 * ROUNDS, 40 * ROUNDS, 10 * ROUNDS) if ROUNDS > 1 else (400, 4, 2)
    Ward(tmp_path, "px").join_below(city)
    px = CallingSite(tmp_path, "px", "tinh")
    opened.callback(px.close)
    served, holes, stop = ServedCity(city, opened), list[str](), Event()
    watching = Thread(target=look_for_holes, args=(city, stop, holes))
    watching.start()
    opened.callback(watching.join)
    opened.callback(stop.set)
    call(px, served.line.address)
    persons, met, steps = list[str](), 0, cuts + kills
    kills_at = {round((number + 1) * steps / kills) - 1 for number in range(kills)}
    for number in range(steps):
        new = [f"p{each}" for each in range(len(persons), facts * (number + 1) // steps)]
        px.register_all(new)
        persons += new
        if number in kills_at:
            met += kill(px, served)
        else:
            cut(px, served, number, (number + 1) / steps)
    px.sync(served.line.address)
    stop.set()
    watching.join()
    assert holes == []
    assert met >= 0.8 * kills, "at least so many kills met an open transaction"
    assert px.own() == (facts,) * 3
    city.follow()
    assert sorted(city.names()) == sorted(persons)
    with psycopg.connect(city.database) as connection:
        sql = (
            b"SELECT count(*), count(DISTINCT e.state) FROM replica.entries e JOIN replica.segments s "
            b"ON s.id = e.segment WHERE s.origin = 'px' AND s.topic = 'personnel'"
        )
        assert connection.execute(sql).fetchall() == [(facts, facts)]
    px.sync(served.line.address)
    assert city.told("sync", "digest") == [
        {"rows": name, "sha256": value} for name, value in px.digests().items()
    ]
    check_well(city)
