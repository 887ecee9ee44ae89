"""Real engines for tests: at CADRE_TEST_DATABASE and CADRE_TEST_KAFKA, else processes on this machine."""

import base64
import getpass
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
JARS = ROOT / ".venv" / "kafka"
BROKER = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
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
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(f"{what} ended: {log.read_text(errors='replace')[-2000:]}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"{what} does not answer on {port}: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """`postgresql://…` of an empty server."""
    if given := os.environ.get("CADRE_TEST_DATABASE"):
        yield given
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(shutil.which("initdb") or "").parent
    ]
    assert (binaries[-1] / "initdb").exists(), (
        "PostgreSQL is needed: apt install postgresql, or CADRE_TEST_DATABASE"
    )
    user = "postgres" if getpass.getuser() == "root" else getpass.getuser()
    home = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    as_user = ["runuser", "-u", user, "--"] if getpass.getuser() == "root" else []
    if as_user:
        shutil.chown(home, user)
    port, log = free_port(), folder / "postgres.log"
    data = str(home / "data")
    initdb = [str(binaries[-1] / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-instructions"]
    subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd="/")
    command = [*as_user, str(binaries[-1] / "postgres"), "-D", data, "-p", str(port), "-k", str(home)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd="/") as process:
        try:
            wait_for(port, process, "PostgreSQL", log)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """`host:port` of an empty broker in KRaft mode."""
    if given := os.environ.get("CADRE_TEST_KAFKA"):
        yield given
        return
    assert JARS.exists(), "the broker is needed: make engines (Java 17 and Maven), or CADRE_TEST_KAFKA"
    port, controller = free_port(), free_port()
    settings, log = folder / "server.properties", folder / "kafka.log"
    settings.write_text(
        BROKER.format(port=port, controller=controller, data=folder / "kafka"), encoding="utf-8"
    )
    java = ["java", "-Xmx400m", "-cp", f"{JARS}/*"]
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    form = [*java, "kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(settings)]
    subprocess.run(form, check=True, capture_output=True)
    with (
        log.open("wb") as out,
        subprocess.Popen([*java, "kafka.Kafka", str(settings)], stdout=out, stderr=out) as process,
    ):
        try:
            wait_for(port, process, "Kafka", log)
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()
