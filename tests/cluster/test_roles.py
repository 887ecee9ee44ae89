"""Every process has a role of its own: it writes where it must, and the database refuses everything else."""

from contextlib import closing

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from starlette.testclient import TestClient

from services.appointment.events import Appointed
from services.bootstrap import db_roles
from services.bootstrap.cluster import migrate, open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES
from services.importing.batches import project_imported
from shared.commands.command_handler import Origin
from shared.core.errors import ReadModelBehind
from shared.core.partial_dates import PDate
from shared.operations.settings import ClusterSettings, from_environment
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import no_progress
from tests.cluster.conftest import Processes

FACTS = {
    "organization": {
        "type": "organization.unit-established",
        "effective_from": "2020-01-01",
        "name": "Sở X",
        "kind": "DEPARTMENT",
        "bloc": "GOVERNMENT",
    },
    "personnel": {"type": "personnel.registered", "effective_from": "2000", "name": "Nguyễn Văn An"},
    "regulation": {
        "type": "regulation.decision-registered",
        "effective_from": "2020-01-01",
        "number": "1/QĐ",
        "issuer": "UBND",
        "signed_on": "2020-01-01",
        "kind": "DECISION",
        "title": "Bổ nhiệm",
    },
}


class Database:
    """A database of its own on the server of the tests, with roles."""

    def __init__(self, cluster: Processes) -> None:
        self.kafka, self._server = cluster.env["CADRE_KAFKA"], cluster.env["CADRE_DATABASE"]
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS separate")
            connection.execute("CREATE DATABASE separate")
        self.admin = self._server.rpartition("/")[0] + "/separate"

    def url(self, role: str) -> str:
        return f"postgresql://{role}:{'p' * 32}@{self.admin.rpartition('@')[2]}"

    def node(self, role: str) -> ClusterLedger:
        return open_cluster_ledger(ClusterSettings(database=self.url(role), kafka=self.kafka, site="test"))


@pytest.fixture(scope="module")
def database(cluster: Processes) -> Database:
    database = Database(cluster)
    where = ClusterSettings(database=database.admin, kafka=database.kafka, site="test")
    for _ in range(2):  # repeating it changes nothing
        migrate(where, dict.fromkeys(db_roles.roles(), "p" * 32))
    for name, fact in FACTS.items():
        with closing(database.node(name)) as node, TestClient(create_http_app(node, names=[name])) as client:
            assert client.get("/ready").json() == {"status": "ready", "reasons": {}, "warnings": {}}
            assert f'cadre_log_position{{topic="{name}"}} 0.0' in client.get("/metrics").text
            said = client.post(f"/{name}", json=fact)
            assert said.status_code == 201, said.text
    return database


def refused(url: str, *statements: str) -> list[str]:
    """Those of the statements that the role may not run."""
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(
                    f"EXPLAIN {statement}".encode() if "INSERT" in statement else statement.encode()
                )
            except InsufficientPrivilege:
                found.append(statement)
    return found


@pytest.mark.parametrize("role", db_roles.roles())
def test_no_role_changes_or_takes_away_a_fact(database: Database, role: str) -> None:
    events = [f"{log}.stored_events" for log in SERVICES]
    forbidden = [
        statement
        for table in events
        for statement in (
            f"UPDATE {table} SET state = state",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
        )
    ]
    assert refused(database.url(role), *forbidden) == forbidden


@pytest.mark.parametrize("role", db_roles.roles())
def test_a_log_is_written_to_by_its_own_service_only(database: Database, role: str) -> None:
    inserts = {log: f"INSERT INTO {log}.stored_events (topic) VALUES ('x')" for log in SERVICES}
    mine = set(SERVICES) if role == db_roles.OPERATOR else {role} & set(SERVICES)
    mine |= {"sites"} if role == db_roles.IMPORTER else set()  # what a site learns of itself from others
    assert refused(database.url(role), *inserts.values()) == [
        insert for log, insert in inserts.items() if log not in mine
    ]


def test_keys_of_people_are_seen_by_those_who_need_them(database: Database) -> None:
    def seen(role: str) -> set[str]:
        with psycopg.connect(database.url(role)) as connection:
            return {str(subject) for (subject,) in connection.execute("SELECT subject FROM keys.keys")}

    everyone = seen("personnel")
    assert len(everyone) == 2
    assert seen("chronicle") == seen("operator") == seen("sync") == everyone
    assert seen("appointment") == seen("organization") == seen("regulation") == {"site/key"}
    assert refused(database.url("relay"), "SELECT * FROM keys.keys")
    assert refused(database.url("portal"), "SELECT * FROM keys.keys")
    for role in ("appointment", "chronicle"):
        assert refused(database.url(role), "INSERT INTO keys.keys VALUES ('x', 'y')")
    destroy = "UPDATE keys.keys SET key = NULL"  # is the administrator's, who can also wipe what stood there
    assert [role for role in db_roles.roles() if not refused(database.url(role), destroy)] == []


def test_what_is_held_of_other_sites_is_changed_by_the_importer_only(database: Database) -> None:
    clear = "DELETE FROM replica.entries"
    assert [role for role in db_roles.roles() if not refused(database.url(role), clear)] == [
        db_roles.IMPORTER,
        "operator",
    ]
    assert refused(database.url("portal"), "SELECT * FROM replica.entries")


def test_the_rows_are_written_by_the_workers_only(database: Database) -> None:
    clear = "DELETE FROM chronicle.positions"
    assert [role for role in db_roles.roles() if not refused(database.url(role), clear)] == [
        "chronicle",
        "operator",
    ]


def test_a_service_knows_how_far_the_rows_are_behind_the_logs_of_others(database: Database) -> None:
    """No worker runs here. A reference to another service is not called unknown while its facts have no rows."""
    started = Appointed(effective_from=PDate("2020-01-01"), tenure="t", post="p")
    with closing(database.node("appointment")) as node:
        with pytest.raises(ReadModelBehind, match="personnel up to position 1"):
            node.apps["appointment"].handle("somebody", started, Origin(actor="test"))
        assert node.progress.head("organization") == 1
    with closing(database.node("chronicle")) as node, TestClient(create_http_app(node)) as client:
        sent = {"Cadre-Position": "personnel:1"}
        assert client.get("/units", headers=sent).json()["rule"] == "ReadModelBehind"
    read = "SELECT state FROM personnel.stored_events"
    assert refused(database.url("appointment"), read) == [read]


def test_the_operator_brings_things_in_without_making_tables(database: Database) -> None:
    with closing(database.node(db_roles.OPERATOR)) as node:
        project_imported(node, was_empty=True, progress=no_progress)
        project_imported(node, was_empty=False, progress=no_progress)
    assert refused(database.url(db_roles.OPERATOR), "CREATE SCHEMA mine")


def test_a_role_without_a_password_is_named(database: Database) -> None:
    where = ClusterSettings(database=database.admin, kafka=database.kafka, site="test")
    with pytest.raises(ValueError, match="no password for relay"):
        migrate(where, {role: "p" * 32 for role in db_roles.roles() if role != "relay"})


def test_a_password_comes_from_its_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("secrets") / "relay"
    file.write_text("p@ss/wörd\n", encoding="utf-8")
    env = {"CADRE_KAFKA": "k:9092", "CADRE_SITE": "s", "CADRE_PASSWORD": str(file)}
    for given in ("postgresql://relay@db:5432/cadre", "postgresql://relay:old@db:5432/cadre"):
        where = from_environment({**env, "CADRE_DATABASE": given})
        assert where.database == "postgresql://relay:p%40ss%2Fw%C3%B6rd@db:5432/cadre"
