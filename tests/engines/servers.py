"""An empty PostgreSQL and an empty Kafka broker, from wherever this run takes them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.engines.choice import ADDRESSES, Source, engine_sources
from tests.engines.processes import Broker, Postgres


@contextmanager
def postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """`postgresql://…` of an empty server; `settings` are options of the server, where we start it."""
    match engine_sources(os.environ)["postgres"]:
        case Source.ADDRESS:
            yield os.environ[ADDRESSES["postgres"]]
        case Source.CONTAINER:
            from tests.engines.containers import postgres_container

            with postgres_container(folder, settings or {}) as address:
                yield address
        case Source.PROCESS:
            server = Postgres(folder, settings)
            server.start()
            try:
                yield server.address
            finally:
                server.end()


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """`host:port` of an empty broker."""
    match engine_sources(os.environ)["kafka"]:
        case Source.ADDRESS:
            yield os.environ[ADDRESSES["kafka"]]
        case Source.CONTAINER:
            from tests.engines.containers import kafka_container

            with kafka_container(folder) as address:
                yield address
        case Source.PROCESS:
            broker = Broker(folder)
            broker.start()
            try:
                yield broker.address
            finally:
                broker.kill()
