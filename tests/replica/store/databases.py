"""Both databases that a replica is stored in, empty."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import psycopg

_NUMBERS = count(1)


@contextmanager
def new_database(server: str, copied: bool = False) -> Iterator[str]:
    """An empty database of a PostgreSQL server, or a copy of the one of this address, which nobody uses."""
    name, of = f"replica_{next(_NUMBERS)}", urlsplit(server).path.lstrip("/")
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{f' TEMPLATE {of}' if copied else ''}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
