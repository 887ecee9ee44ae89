"""Containers are given what the entry points of the images read, and are published on this machine only."""

from pathlib import Path

from tests.engines.choice import COMPOSE_FILE
from tests.engines.containers import HBA_FILE, kafka_specification, postgres_specification

DEPLOY = COMPOSE_FILE.parent / "deploy"


def entry_point(name: str) -> str:
    file: Path = DEPLOY / name / "start"
    assert 'ENTRYPOINT ["start"]' in (DEPLOY / name / "Dockerfile").read_text(encoding="utf-8")
    return file.read_text(encoding="utf-8")


def test_postgres_reads_its_password_and_takes_options_after_its_own() -> None:
    wanted = postgres_specification(40_000, {"max_connections": "200"})
    assert "--pwfile=/run/secrets/postgres" in entry_point("postgres")
    assert entry_point("postgres").rstrip().endswith('"$@"')
    assert wanted.files.keys() == {"/run/secrets/postgres", HBA_FILE}
    assert wanted.command == ("-c", f"hba_file={HBA_FILE}", "-c", "max_connections=200")
    assert f"EXPOSE {wanted.port}" in (DEPLOY / "postgres" / "Dockerfile").read_text(encoding="utf-8")


def test_kafka_reads_our_properties_and_advertises_where_it_is_published() -> None:
    wanted = kafka_specification(40_001)
    [(path, properties)] = wanted.files.items()
    assert f"settings={path}" in entry_point("kafka")
    assert wanted.port == wanted.host_port == 40_001
    lines = properties.split()
    assert "listeners=PLAINTEXT://:40001,CONTROLLER://127.0.0.1:9093" in lines
    assert "advertised.listeners=PLAINTEXT://127.0.0.1:40001" in lines
    assert "log.dirs=/data" in lines
    assert "/data/meta.properties" in entry_point("kafka")
