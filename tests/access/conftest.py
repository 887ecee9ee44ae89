"""Two wards and who may read and record what in them, over HTTP."""

from collections.abc import Iterator

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.http.principal import Principal
from shared.operations.settings import load
from tests.access.two_offices import TwoOffices, open_two_offices
from tests.access.two_wards import TwoWards


@pytest.fixture(scope="module")
def wards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWards]:
    ledger = open_embedded_ledger(load(tmp_path_factory.mktemp("wards")))
    holder: list[TwoWards] = []

    async def resolve(request: Request) -> None:
        if holder:
            await holder[0].resolve(request)

    def note(principal: Principal, action: str, resource: str) -> None:
        holder[0].denied.append((principal.id, action, resource))

    with TestClient(create_http_app(ledger, resolvers=[resolve], on_denied=note)) as client:
        holder.append(TwoWards(client))
        yield holder[0]
    ledger.close()


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoOffices]:
    offices = open_two_offices(tmp_path_factory.mktemp("offices"))
    yield offices
    offices.close()
