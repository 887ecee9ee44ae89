"""A cluster that is hurt on purpose: engines and processes of its own, each started again as a supervisor would."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg

from tests.cluster.conftest import TOKENS
from tests.engines.processes import Broker, Postgres, free_port
from tests.faults.counting import met
from tests.faults.load import Load
from tests.support.cadre_process import CadreProcess, run_cadre

TOPICS = ("organization", "personnel", "appointment")
WORKER = ("--session", "3", "--gap-timeout", "120")
UNSEEN = dict.fromkeys(("lost", "doubled", "broken", "differing"), 0)


class Machine:
    """PostgreSQL, a broker, and `cadre` processes by name. Whatever ends is started again, unless it is held.

    The engines are always processes of this machine: they are killed, frozen and formatted on the way.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
        self.postgres, self.broker, self.port = Postgres(folder), Broker(folder), free_port()
        self.postgres.start()
        self.broker.start()
        self.env = {
            **os.environ,
            "CADRE_DATABASE": self.postgres.address,
            "CADRE_KAFKA": self.broker.address,
            "CADRE_SITE": "test",
            "CADRE_TOKENS": str(folder / "tokens.json"),
        }
        self.filled = 0
        self.words: dict[str, tuple[str, ...]] = {}
        self.running: dict[str, CadreProcess] = {}
        self.ended: dict[str, list[int]] = {}
        self._connections: list[psycopg.Connection[Any]] = []
        self._lock, self._over = threading.Lock(), threading.Event()
        self._watch, self._mine = threading.Thread(target=self._keep), threading.local()

    def __enter__(self) -> "Machine":
        self._watch.start()
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        done = self.cadre("migrate")
        assert done.returncode == 0, done.stderr
        self.start("writer", "serve", "--port", str(self.port))
        self.start("relay", "relay")
        for number in (1, 2):
            self.start(f"worker-{number}", "worker", *WORKER)
        self.healthy()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()
        for process in self.running.values():
            process.kill()
            process.wait()
        for connection in self._connections:
            connection.close()
        self.broker.kill()
        with suppress(OSError):
            self.postgres.end()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cadre(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run_cadre(words, self.env, self.folder)

    def start(self, name: str, *words: str) -> None:
        with self._lock:
            self.words[name] = words
            self._start(name)

    def _start(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        self.running[name] = CadreProcess(self.words[name], {**self.env, "PGAPPNAME": name}, log, log)

    def _keep(self) -> None:
        while not self._over.wait(0.1):
            with self._lock:
                for name, process in self.running.items():
                    if (code := process.poll()) is not None and name in self.words:
                        self.ended.setdefault(name, []).append(code)
                        self._start(name)

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        """It ends and stays away."""
        with self._lock:
            del self.words[name]
            process = self.running.pop(name)
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @contextmanager
    def frozen(self, name: str) -> Iterator[CadreProcess]:
        """Stopped in its tracks, so that what it was doing can be looked at; then it goes on, or is dead."""
        process = self.running[name]
        process.send_signal(signal.SIGSTOP)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)

    def kill_when(
        self, name: str, busy: Callable[[int], bool], timeout: float = 30.0, before: Callable[[], int] = int
    ) -> bool:
        """SIGKILL in the middle of something: looked at while frozen, so that nothing moves in between. What was seen
        `before` is given to whoever looks."""
        until = time.monotonic() + timeout
        while True:
            seen = before()
            with self.frozen(name) as process:
                hit = busy(seen)
                if hit or time.monotonic() > until:
                    process.kill()
                    process.wait()
                    return hit
            time.sleep(0.005)

    def freeze_when(self, name: str, busy: Callable[[int], bool], seconds: float) -> bool:
        """Likewise, but it goes on after so many seconds. Whether it was met in the middle of something."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with self.frozen(name):
                if busy(0):
                    time.sleep(seconds)
                    return True
            time.sleep(0.005)
        return False

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Over one connection a thread, made anew when the server was."""
        mine = self._mine
        try:
            return self._ask(query)
        except psycopg.OperationalError:
            mine.connection.close()
            del mine.connection
            return self._ask(query)

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        mine = self._mine
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(self.postgres.address, autocommit=True)
            self._connections.append(mine.connection)
        cursor = mine.connection.execute(query.encode())
        return list(cursor.fetchall()) if cursor.description else []

    def healthy(self, address: str = "", timeout: float = 180.0) -> None:
        """HTTP answers."""
        url = f"{address or self.address}/health"
        self.until(lambda: httpx2.get(url, timeout=5).status_code == 200, timeout)

    def until(self, holds: Callable[[], bool], timeout: float = 180.0) -> None:
        end, last = time.monotonic() + timeout, "it never held"
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except Exception as error:  # noqa: BLE001 - what is away is asked again
                last = repr(error)
            time.sleep(0.05)
        raise AssertionError(f"{last}\n{self.tails()}")

    def tails(self) -> str:
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in self.folder.glob("*.log")
        )

    def in_transaction(self, name: str) -> bool:
        found = self.sql("SELECT application_name FROM pg_stat_activity WHERE xact_start IS NOT NULL")
        return (name,) in found

    def events(self) -> int:
        """How many events all logs hold."""
        return self._sum("SELECT coalesce(max(notification_id), 0) FROM {t}.stored_events")

    def bookmarks(self) -> int:
        """How many of them relays have seen acknowledged."""
        return self._sum("SELECT coalesce(max(position), 0) FROM {t}.bookmarks WHERE name = 'relay/{t}'")

    def _sum(self, query: str) -> int:
        return int(self.sql("SELECT " + " + ".join(f"({query.format(t=topic)})" for topic in TOPICS))[0][0])

    def whole(self, load: Load, fault: str, rounds: int, hit: int, filled: bool = False) -> None:
        """Nothing promised is lost, nothing is doubled, rows are what a fold says, and an answer stays an answer.

        Unless told so, Kafka must have brought everything: nothing had to be taken from a log instead.
        """
        self.until(lambda: self.events() == self.bookmarks())
        verdict = self.verdict(load)
        met(fault, load, rounds, hit, verdict)
        load.asked_again(self.address)
        assert not verdict["complaints"], f"{verdict['complaints'][:20]}\n{self.tails()}"
        assert not load.book.wrong, load.book.wrong[:5]
        before, self.filled = self.filled, self._taken_from_logs()
        assert (self.filled > before) is filled, self.tails()

    def _taken_from_logs(self) -> int:
        logs = (file.read_text(errors="replace") for file in self.folder.glob("worker-*.log"))
        return sum(text.count("taken from the log") for text in logs)

    def verdict(self, load: Load, timeout: float = 240.0) -> dict[str, Any]:
        """The oracle's, once everything has come to rest or patience has ended."""
        file, until = load.book.write(self.folder / "promised.jsonl"), time.monotonic() + timeout
        while True:
            done = self.cadre("verify", "--json", "--acknowledged", str(file))
            verdict: dict[str, Any] = (
                json.loads(done.stdout) if done.stdout else {**UNSEEN, "complaints": [done.stderr]}
            )
            if not verdict["complaints"] or time.monotonic() > until:
                return verdict
            time.sleep(1)
