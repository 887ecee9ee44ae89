"""One PostgreSQL server for the tests of clusters that are sites; each has a database of its own."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.engines.servers import postgres
from tests.replica.store.databases import new_database
from tests.sync.cluster.sites import ClusterOffice


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with the tables and roles of a cluster, to be copied."""
    with postgres(tmp_path_factory.mktemp("postgres")) as server, new_database(server) as url:
        ClusterOffice(tmp_path_factory.mktemp("nobody"), "tinh", url).migrate()
        yield url


@pytest.fixture
def city(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterOffice]:
    """The top of a tree, as a cluster without a broker: the tests bring its rows up to date themselves."""
    with new_database(migrated, copied=True) as url:
        city = ClusterOffice(tmp_path_factory.mktemp("city"), "tinh", url)
        city.well("site", "init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
        with closing(city):
            yield city
