"""Both databases that a replica is stored in, empty."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import psycopg

_NUMBERS = count(1)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """An empty database of a PostgreSQL server."""
    name = f"replica_{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
