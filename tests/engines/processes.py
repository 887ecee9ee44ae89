"""PostgreSQL and Kafka as processes of this machine, which tests of faults kill and freeze."""

import base64
import getpass
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

import psycopg

ROOT = Path(__file__).parents[2]
JARS = ROOT / ".venv" / "kafka"
BROKER = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://{listen}:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""

WHICH_REQUESTS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""ApiVersions, the first thing that a client of Kafka asks."""


def free_port() -> int:
    """A port that nobody has. Outgoing connections take theirs from 32768 up: one of those could take this port while
    the server that is to have it is down."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_768)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def free_ports_in_a_row(count: int) -> int:
    """The first of so many free ports that follow each other."""
    while True:
        first = free_port()
        with ExitStack() as stack:
            try:
                for port in range(first, min(first + count, 65536)):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        if first + count <= 65536:
            return first


class Pollable(Protocol):
    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        ...


def wait_for(port: int, process: Pollable, what: str, log: Path) -> None:
    for _ in range(9000):
        if process.poll() is not None:
            raise AssertionError(f"{what} ended: {log.read_text(errors='replace')[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"{what} does not answer on {port}: {log.read_text(errors='replace')[-2000:]}")


def postgres_answers(address: str) -> bool:
    """Wait up to a minute: it listens before it has put its files in order."""
    for _ in range(3000):
        with suppress(psycopg.OperationalError), psycopg.connect(address):
            return True
        time.sleep(0.02)
    return False


def kafka_answers(port: int) -> bool:
    """Wait up to a minute: the port is open before the broker answers."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as probe:
            probe.sendall(WHICH_REQUESTS)
            if probe.recv(4):
                return True
        time.sleep(0.1)
    return False


class Postgres:
    """A server of our own in a folder of its own, that can be killed as a machine dies and started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self._settings = [f"-c{name}={value}" for name, value in (settings or {}).items()]
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
            Path(shutil.which("initdb") or "").parent
        ]
        assert (binaries[-1] / "initdb").exists(), (
            "PostgreSQL is needed: apt install postgresql, or CADRE_TEST_DATABASE"
        )
        root = getpass.getuser() == "root"
        self._as_user = ["runuser", "-u", "postgres", "--"] if root else []
        self.home, self.log, self.port = Path(mkdtemp()), folder / "postgres.log", free_port()
        if root:
            shutil.chown(self.home, "postgres")
        self._server = binaries[-1] / "postgres"
        initdb = [str(binaries[-1] / "initdb"), "-D", str(self.home / "data"), "-U", "postgres"]
        options = ["-A", "trust", "--no-instructions", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([*self._as_user, *initdb, *options], check=True, capture_output=True, cwd="/")
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Again while a child that a killed server made at its very end still holds the memory of both."""
        for again in reversed(range(50)):
            self._launch()
            try:
                wait_for(self.port, self.process, "PostgreSQL", self.log)
                break
            except AssertionError as error:
                if not again or "pre-existing shared memory block" not in str(error):
                    raise
                time.sleep(0.1)
        if not postgres_answers(self.address):
            raise AssertionError(self.log.read_text(errors="replace")[-2000:])

    def _launch(self) -> None:
        where = ["-D", str(self.home / "data"), "-p", str(self.port), "-k", str(self.home), *self._settings]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self._as_user, str(self._server), *where], stdout=out, stderr=out, cwd="/"
            )

    def kill(self) -> int:
        """SIGKILL to the postmaster and all its children at once. Returns how many there were."""
        postmaster = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        victims = [postmaster, *children(postmaster)]
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return len(victims)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


class Broker:
    """A Kafka broker of our own in KRaft mode, that can go away, come back, and lose what it kept."""

    def __init__(self, folder: Path) -> None:
        assert JARS.exists(), "the broker is needed: make engines (Java 17 and Maven), or CADRE_TEST_KAFKA"
        self.port, controller = free_port(), free_port()
        self.data, self.log = folder / "kafka", folder / "kafka.log"
        self._settings = folder / "server.properties"
        self._settings.write_text(
            BROKER.format(listen="127.0.0.1", port=self.port, controller=controller, data=self.data),
            encoding="utf-8",
        )
        quick = ["-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        self._java = ["java", *quick, "-cp", f"{JARS}/*"]
        self.address = f"127.0.0.1:{self.port}"
        self.format()

    def format(self) -> None:
        """As new: whatever it kept is lost."""
        shutil.rmtree(self.data, ignore_errors=True)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        form = ["kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self._settings)]
        subprocess.run([*self._java, *form], check=True, capture_output=True)

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*self._java, "kafka.Kafka", str(self._settings)], stdout=out, stderr=out
            )
        wait_for(self.port, self.process, "Kafka", self.log)
        if not kafka_answers(self.port):
            raise AssertionError(self.log.read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It answers nobody, and then everybody at once."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
