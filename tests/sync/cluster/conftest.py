"""One PostgreSQL server for the tests of clusters that are sites; each has a database of its own."""

from collections.abc import Iterator

import pytest

from tests.engines.servers import postgres
from tests.replica.store.databases import new_database
from tests.sync.cluster.sites import ClusterOffice


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def city(database_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterOffice]:
    """The top of a tree, as a cluster without a broker: the tests bring its rows up to date themselves."""
    with new_database(database_server) as url:
        city = ClusterOffice(tmp_path_factory.mktemp("city"), "tinh", url)
        city.migrate()
        city.well("site", "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
        yield city
