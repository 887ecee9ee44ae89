"""PostgreSQL and Kafka in containers of the images that `make images` builds, with files of ours in place of theirs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.engines.choice import image_names
from tests.engines.processes import BROKER, free_port, kafka_answers, postgres_answers

TRUST = "local all all trust\nhost all all all trust\n"
HBA_FILE = "/run/pg_hba.conf"
RESTRICTED = {"cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"], "shm_size": "256m"}
"""As in docker-compose.yml."""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """A container: `port` inside is published at `host_port` of 127.0.0.1; `files` are mounted read-only by path."""

    image: str
    port: int
    host_port: int
    files: Mapping[str, str]
    command: tuple[str, ...] = ()


def postgres_specification(port: int, settings: Mapping[str, str]) -> Specification:
    """Every role may connect without a password, as with the process of a test."""
    options = {"hba_file": HBA_FILE, **settings}
    return Specification(
        image=image_names()["postgres"],
        port=5432,
        host_port=port,
        files={"/run/secrets/postgres": "only-for-tests", HBA_FILE: TRUST},
        command=tuple(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
    )


def kafka_specification(port: int) -> Specification:
    """The port is the same inside, because clients and the broker itself must reach it at one advertised address."""
    properties = BROKER.format(listen="", port=port, controller=9093, data="/data")
    return Specification(
        image=image_names()["kafka"],
        port=port,
        host_port=port,
        files={"/etc/kafka/server.properties": properties},
    )


@contextmanager
def running(specification: Specification, folder: Path) -> Iterator[DockerContainer]:
    """The started container; it and its data are removed at the end."""
    testcontainers_config.ryuk_disabled = True  # its image would come from a registry
    container = DockerContainer(specification.image).with_kwargs(**RESTRICTED)
    container.ports[str(specification.port)] = ("127.0.0.1", specification.host_port)  # type: ignore[assignment]  # docker-py takes an interface too
    if specification.command:
        container.with_command([*specification.command])
    for number, (path, content) in enumerate(specification.files.items()):
        file = folder / f"{specification.host_port}-{number}"
        file.write_text(content, encoding="utf-8")
        file.chmod(0o444)
        container.with_volume_mapping(file, path)
    with container:
        yield container


@contextmanager
def postgres_container(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """`postgresql://…` of an empty server."""
    port = free_port()
    address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with running(postgres_specification(port, settings), folder) as container:
        assert postgres_answers(address), container.get_logs()
        yield address


@contextmanager
def kafka_container(folder: Path) -> Iterator[str]:
    """`host:port` of an empty broker."""
    port = free_port()
    with running(kafka_specification(port), folder) as container:
        assert kafka_answers(port), container.get_logs()
        yield f"127.0.0.1:{port}"
