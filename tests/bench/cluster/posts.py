"""Durable POSTs through one HTTP process, against a small FastAPI application with a connection per request."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

import psycopg

from services.bootstrap.cluster import open_cluster_ledger
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.operations.settings import ClusterSettings
from tests.bench.measure import Line, Options, line, rounds
from tests.cluster.conftest import TOKENS
from tests.engines.processes import ROOT, free_port, wait_for

CALLERS = 32
BODY = json.dumps(
    {
        "type": "regulation.decision-registered", "kind": "DECISION", "number": "12/QĐ-UBND", "issuer": "UBND tỉnh",
        "signed_on": "2020-01-01", "title": "Quyết định về công tác cán bộ " + "x" * 120,
    }
).encode()  # fmt: skip
SMALL = """
import os, uuid
import psycopg
from fastapi import FastAPI
from pydantic import BaseModel

class Decision(BaseModel):
    type: str
    kind: str
    number: str
    issuer: str
    signed_on: str
    title: str

app = FastAPI()

@app.post("/regulation", status_code=201)
def register(decision: Decision) -> dict[str, str]:
    stream = str(uuid.uuid4())
    with psycopg.connect(os.environ["CADRE_DATABASE"]) as connection:
        connection.execute(
            "INSERT INTO small (stream, version, tag, state) VALUES (%s, 1, %s, %s)",
            (stream, decision.type, decision.model_dump_json().encode()),
        )
    return {"stream": stream}
"""


async def posted(port: int, number: int) -> float:
    """So many requests over connections that stay open, each answered before its caller sends the next."""
    request = (
        f"POST /regulation HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKENS['write']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
    ).encode() + BODY
    left = iter(range(number))

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 201 " in head, head
            [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
            await reader.readexactly(int(length.split(b":")[1]))
        writer.close()

    began = perf_counter()
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return number / (perf_counter() - began)


def run(options: Options, database: str) -> Iterator[Line]:
    folder, number = options.folder, options.pick(3000, 600)
    migrated(database)
    (folder / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    (folder / "small.py").write_text(SMALL, encoding="utf-8")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE small (position bigserial PRIMARY KEY, stream text, version bigint, tag text, "
            "state bytea, UNIQUE (stream, version))"
        )
    env = {
        **os.environ, "CADRE_DATABASE": database, "CADRE_KAFKA": "127.0.0.1:1", "CADRE_SITE": "site-bench",
        "CADRE_TOKENS": str(folder / "tokens.json"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    ports = {"ours": free_port(), "raw": free_port()}
    words = {
        "ours": ["-m", "services", "serve", "regulation", "--port", str(ports["ours"])],
        "raw": [
            "-m",
            "uvicorn",
            "small:app",
            "--no-access-log",
            "--log-level",
            "warning",
            "--port",
            str(ports["raw"]),
        ],
    }
    running = {}
    try:
        for name, each in words.items():
            with (folder / f"{name}.log").open("wb") as out:
                running[name] = subprocess.Popen(
                    [sys.executable, *each], cwd=folder, env=env, stdout=out, stderr=out
                )
            wait_for(ports[name], running[name], name, folder / f"{name}.log")
        cells = {name: lambda p=port: asyncio.run(posted(p, number)) for name, port in ports.items()}
        found = rounds(cells, options.pick(7, 3))
        name = f"durable POST, {CALLERS} callers / FastAPI, a connection each"
        yield line(name, "posts/s", found, "ours", "raw", 2.0)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def migrated(database: str) -> None:
    """The tables; no topics, for nothing is carried anywhere."""
    PostgresKeyStore.create(database, "site-bench")
    node = open_cluster_ledger(ClusterSettings(database=database, kafka="", site="site-bench"))
    for log in node.logs.values():
        log.storage.create()
    node.tables.create()
    node.close()
