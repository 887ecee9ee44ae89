"""What a site takes of another, in a bundle file and over the line, against the local import of the same facts.

Everything is a process of its own on this machine. Over the line the sender works at the same time.
"""

import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any, NamedTuple

from tests.bench.intake import folder_of
from tests.bench.measure import Line, Options, exact, line
from tests.engines.processes import free_port
from tests.sites.office import ENV, Office

FACTS_A_TERM = 100_198 / 43_500
"""So many facts the common layout of files has for each term."""
SLOW_LINE = 64_000 / 8
"""Bytes a second."""


class Used(NamedTuple):
    """What a command took. `memory`: the most bytes that belonged to no file, looked at twenty times a second."""

    output: Any
    seconds: float
    processor: float
    memory: int


def run_command(office: Office, *words: str, may_fail: bool = False) -> Used:
    """`cadre …` of a site, in a process of its own."""
    command = [sys.executable, "-m", "services", "--home", str(office.home), *words]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, **ENV, "CADRE_SITE": office.site},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with watch_memory(process.pid) as peak:
        output, errors = process.communicate()
        took = perf_counter() - began
    assert process.returncode == 0 or may_fail, errors[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Used(json.loads(output) if output.startswith(("{", "[")) else output, took, used, peak[0])


@contextmanager
def watch_memory(pid: int) -> Iterator[list[int]]:
    """The most bytes of a process that belonged to no file meanwhile, in a list of one."""
    peak, is_over = [0], Event()

    def watch() -> None:
        while not is_over.wait(0.05):
            try:
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            except OSError:
                return
            for each in status.splitlines():
                if each.startswith("RssAnon"):
                    peak[0] = max(peak[0], int(each.split()[1]) * 1024)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()


def count_facts(home: Path) -> int:
    """The facts in all logs of a home."""
    found = 0
    for file in home.glob("*.db"):
        with sqlite3.connect(file) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_events'").fetchone():
                found += connection.execute("SELECT count(*) FROM stored_events").fetchone()[0]
        connection.close()
    return found


def make_tree(folder: Path) -> tuple[Office, Office]:
    """A province, and a commune below it."""
    folder.mkdir()
    province, commune = Office(folder, "tinh"), Office(folder, "xa")
    province.well("init", "--name", "Tỉnh", "--level", "PROVINCE", "--root")
    commune.join_below(province)
    return province, commune


def exchange(folder: Path, files: Path) -> dict[str, float]:
    """A commune imports the files, makes a bundle of all that, and its province applies it."""
    province, commune = make_tree(folder)
    before = count_facts(commune.home)
    imported = run_command(commune, "import", "terms", str(files), "--scheme", "bench", "--yes", "--json")
    facts = count_facts(commune.home) - before
    bundle = folder / "1.cadre"
    shutil.copytree(province.home, folder / "tinh2")
    made = run_command(commune, "bundle", "make", "--for", "tinh", "--out", str(bundle), "--json")
    applied = run_command(province, "bundle", "apply", str(bundle), "--json")
    assert sum(applied.output["entries"].values()) >= facts, applied.output
    assert applied.output["faults"] == [], applied.output
    by_line = call(commune, folder / "tinh2", facts)
    found = {
        "facts": facts,
        **by_line,
        "import": facts / imported.seconds,
        "import, processor": facts / imported.processor,
        "make": facts / made.seconds,
        "apply": facts / applied.seconds,
        "apply, processor": facts / applied.processor,
        "bytes": bundle.stat().st_size / facts,
        "memory": applied.memory / 2**20,
        "memory of make": made.memory / 2**20,
    }
    shutil.rmtree(folder)
    return found


def call(commune: Office, home: Path, facts: int) -> dict[str, float]:
    """The same facts over the line to a copy of the province that has none of them; then again with nothing new."""
    port = free_port()
    command = [sys.executable, "-m", "services", "--home", str(home), "run", "--empty", "--port", str(port)]
    server = subprocess.Popen(
        command,
        env={**os.environ, **ENV, "CADRE_SITE": "tinh"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    watching = ExitStack()
    try:
        peak = watching.enter_context(watch_memory(server.pid))
        _await_port(port)
        before = _processor_of(server.pid)
        address = f"http://127.0.0.1:{port}"
        first = run_command(commune, "sync", "now", "--address", address, "--json")
        taken = sum(sum(each["took"].values()) for each in first.output["rounds"])
        assert taken >= facts, first.output
        used = _processor_of(server.pid) - before
        again = run_command(commune, "sync", "now", "--address", address, "--json")
        empty = [each for each in again.output["rounds"] if not each["sent"]]
        assert empty, again.output
    finally:
        server.terminate()
        server.wait(60)
        watching.close()
    return {
        "line": facts / first.seconds,
        "line, processor of the receiver": facts / used,
        "memory of the receiver": peak[0] / 2**20,
        "memory of the sender": first.memory / 2**20,
    }


def _processor_of(pid: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _await_port(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        sleep(0.1)
    raise AssertionError("the province does not answer")


def run(options: Options) -> Iterator[Line]:
    rounds: dict[str, list[float]] = {}
    wanted = options.pick(100_000, 10_000)
    files = folder_of(options.folder / "files", round(wanted / FACTS_A_TERM))
    for number in range(options.pick(3, 1)):
        for name, value in exchange(options.folder / f"tree{number}", files).items():
            rounds.setdefault(name, []).append(value)
    note = f"{rounds['facts'][-1]:,.0f} facts, by file"
    goal = 0.6
    yield line("catch-up / local import", "facts/s", rounds, "apply", "import", goal, note=note)
    yield line(
        "the same of a processor's time", "facts/s", rounds, "apply, processor", "import, processor", goal
    )
    yield line("catch-up over the line / local import", "facts/s", rounds, "line", "import", goal)
    yield line(
        "the same of the receiver's processor",
        "facts/s",
        rounds,
        "line, processor of the receiver",
        "import, processor",
        goal,
    )
    yield line("make a bundle / local import", "facts/s", rounds, "make", "import", None)
    size = max(rounds["bytes"])
    yield exact(
        "10,000 facts over 64 kbit/s", "s", 10_000 * size / SLOW_LINE, 300, f"{size:.0f} bytes a fact"
    )
    yield exact("memory while applying", "MB", max(rounds["memory"]), 400)
    yield exact("memory while making", "MB", max(rounds["memory of make"]), 200)
    yield exact("memory of the receiver, over the line", "MB", max(rounds["memory of the receiver"]), 400)
    yield exact("memory of the sender, over the line", "MB", max(rounds["memory of the sender"]), 300)
