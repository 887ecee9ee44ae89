"""Two wards and who may read and record what in them, over HTTP."""

from collections.abc import Iterator

import pytest

from tests.access.two_offices import TwoOffices, open_two_offices
from tests.access.two_wards import TwoWards, open_two_wards


@pytest.fixture(scope="module")
def wards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWards]:
    with open_two_wards(tmp_path_factory.mktemp("wards")) as wards:
        yield wards


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoOffices]:
    offices = open_two_offices(tmp_path_factory.mktemp("offices"))
    yield offices
    offices.close()
