"""The tests of the store run on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.servers import postgres
from tests.replica.store.databases import new_database


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """The address of an empty store: a file, or a database."""
    if request.param == "sqlite":
        yield tmp_path / "replica.db"
        return
    with new_database(request.getfixturevalue("server")) as url:
        yield url


@pytest.fixture
def another(request: pytest.FixtureRequest, where: Path | str, tmp_path: Path) -> Iterator[Path | str]:
    """The address of a second empty store of the same kind."""
    if isinstance(where, Path):
        yield tmp_path / "another.db"
        return
    with new_database(request.getfixturevalue("server")) as url:
        yield url
