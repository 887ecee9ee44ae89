"""An office with an administrator, an officer, an auditor and a viewer."""

from collections.abc import Iterator

import pytest

from shared.http.principal import Role
from tests.identity.office import Office, open_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = open_office(tmp_path_factory.mktemp("office"))
    for role in (Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR, Role.VIEWER):
        office.add(role.value, role)
    yield office
    office.access.store.close()
    office.ledger.close()
