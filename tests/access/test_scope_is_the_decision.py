"""The rows that a reader gets are those that the policies decide they may read (issue 13, one truth for lists): over
random trees, roles, grants and days, on SQLite and on PostgreSQL."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from sqlalchemy import Connection

from services.chronicle.api.masked_tables import Limits, bring_scope, mask_tables
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.units.scoped_ids import (
    find_ids_in_scope,
    find_person_units,
    find_units_above,
)
from services.chronicle.rows import SCOPE_COLUMNS
from services.identity.policy import Policy
from shared.core.partial_dates import civil_day
from shared.database.sql import TABLE_VIEWS, Statement
from shared.http.principal import EVERYTHING, EmergencyAccess, Grant, Principal, Role
from shared.readmodel.row_store import RowStore, engine_for
from tests.access.random_tree import TODAY, RandomTree
from tests.engines.servers import postgres

ENOUGH = 3
"""So often a row of each table has to be met in scope and out of scope."""
POLICY = Policy.load()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def tables(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RowStore]:
    folder = tmp_path_factory.mktemp("scope")
    server = postgres(folder) if request.param == "postgresql" else nullcontext("")
    with server as address:
        store = RowStore(engine_for(address or folder / "rows.db"), PROJECTIONS)
        store.create()
        yield store
        store.engine.dispose()


def some_principal(random: Random, tree: RandomTree) -> Principal:
    """Somebody with up to three grants, some of which hold today, and one day less or more."""
    days = [None, TODAY - timedelta(1), TODAY, TODAY + timedelta(1)]
    grants = tuple(
        Grant(
            random.choice(tuple(Role)),
            tuple(random.choices([*tree.units, *tree.units, EVERYTHING], k=random.randint(0, 2))),
            tuple(random.choices(tree.units, k=random.randint(0, 1))),
            random.choice(days),
            random.choice(days),
        )
        for _ in range(random.randint(0, 3))
    )
    emergency = EmergencyAccess("entry", "until") if random.random() < 0.2 else None
    return Principal("somebody", "Somebody", grants=grants, emergency=emergency)


def test_the_rows_in_scope_are_those_that_the_policies_permit(tables: RowStore) -> None:
    database = tables.engine.dialect.name
    views = mask_tables(tables, Limits(is_masked=False, database=database))
    met: Counter[tuple[str, bool]] = Counter()
    wanted = {(table, seen) for table in ("whole", *SCOPE_COLUMNS) for seen in (True, False)}
    for seed in count():
        random = Random(seed)
        tree = RandomTree(random)
        tree.write(tables)
        for principal in (some_principal(random, tree) for _ in range(4)):
            scope = POLICY.scope_of(principal, "read", TODAY)
            if scope.is_whole:
                assert all(POLICY.decide(principal, "read", tree.person(each), TODAY) for each in tree.people)
                met["whole", principal.emergency is not None] += 1
                continue
            with tables.engine.connect() as connection:
                found = find_ids_in_scope(connection, scope, civil_day(TODAY.isoformat()))
                bring_scope(connection, found.ids)
                seen = connection.execution_options(**{TABLE_VIEWS: views})
                for table, about in SCOPE_COLUMNS.items():
                    met += check_table(seen, tree, principal, table, about)
        if all(met[each] >= ENOUGH for each in wanted):
            break
        assert seed < 200, {each for each in wanted if met[each] < ENOUGH}


def check_table(
    connection: Connection, tree: RandomTree, principal: Principal, table: str, about: tuple[str, ...]
) -> Counter[tuple[str, bool]]:
    """Compare the rows of one table, and their number, with what is decided about each."""
    columns = ", ".join(f'r."{column}"' for column in about)
    read = Statement(f"SELECT r.key AS k, {columns} FROM {table} r")(connection)  # noqa: S608 - names of the program's own
    [(number,)] = Statement(f"SELECT count(*) FROM {table}")(connection)  # noqa: S608 - likewise
    permitted = {
        str(key): any(
            POLICY.decide(principal, "read", resource, TODAY)
            for column in about
            for resource in tree.about(row.get(column, ""))
        )
        for key, row in enumerate(tree.rows[table])
    }
    assert {row[0] for row in read} == {key for key, is_permitted in permitted.items() if is_permitted}, table
    assert number == sum(permitted.values()), table
    return Counter((table, is_permitted) for is_permitted in permitted.values())


def test_where_a_person_belongs_is_read_as_it_is_decided(tables: RowStore) -> None:
    """What a write asks the policies about one person is what lists are made of."""
    met: Counter[str] = Counter()
    for seed in range(20):
        tree = RandomTree(Random(seed))
        tree.write(tables)
        with tables.engine.connect() as connection:
            for cadre in tree.people:
                found = find_person_units(connection, cadre, civil_day(TODAY.isoformat()))
                within = find_units_above(connection, found.units, civil_day(TODAY.isoformat()))
                person = tree.person(cadre)
                assert (frozenset(within), found.managed_by) == (person.within, person.managed_by)
                met["belongs" if within else "nowhere"] += 1
    assert min(met["belongs"], met["nowhere"]) >= ENOUGH
