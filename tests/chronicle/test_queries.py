"""Every query of the chronicle selects the columns of its row type."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from services.chronicle import queries
from services.chronicle.projections import PROJECTIONS
from shared.database.sql import BatchQuery, Query
from shared.readmodel.row_store import RowStore


def declared() -> Iterator[tuple[str, Query[Any] | BatchQuery[Any]]]:
    """Those that stand in a module, alone or in a list or a table of queries."""
    for module in pkgutil.walk_packages(queries.__path__, queries.__name__ + "."):
        for name, value in inspect.getmembers(import_module(module.name)):
            parts = (
                value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            )
            for number, query in enumerate(parts):
                if isinstance(query, Query | BatchQuery):
                    yield f"{module.name.removeprefix(queries.__name__)}.{name}/{number}", query


DECLARED = dict(declared())


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    RowStore(engine, PROJECTIONS).create()
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("name", DECLARED)
def test_a_query_selects_the_columns_of_its_row(connection: Connection, name: str) -> None:
    query = DECLARED[name]
    values = dict.fromkeys(query.names, "1")
    if isinstance(query, BatchQuery):
        query(connection, ids=["none"], **values)
    else:
        query(connection, **values)


def test_there_are_queries() -> None:
    assert len(DECLARED) > 50
