"""A cluster: every process finds out by itself who asks, and no restart signs anybody out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import sleep

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from starlette.testclient import TestClient

from services.bootstrap import db_roles
from services.bootstrap.cluster import create_stores, open_cluster_ledger
from services.bootstrap.http_app import create_http_app
from services.bootstrap.identity import open_identity
from services.identity.access.resolving import CACHE_SECONDS
from services.identity.credentials.published import PUBLISHED_PASSWORD
from shared.core.clock import system_clock
from shared.http.auth import BearerTokens
from shared.http.principal import Role
from shared.operations.settings import ClusterSettings
from tests.engines.processes import free_port
from tests.engines.servers import postgres
from tests.identity.office import ADDRESS, COOKIE, PASSWORD, rule, sign_in

READ, WRITE = "r" * 40, "w" * 40
UNIT = {
    "type": "organization.unit-established",
    "effective_from": "2020-01-01",
    "name": "Sở X",
    "kind": "DEPARTMENT",
    "bloc": "GOVERNMENT",
}


class Cluster:
    """A database with a role for each process; no broker is needed to find out who asks."""

    def __init__(self, admin: str) -> None:
        self._admin = admin
        create_stores(self.settings(admin), dict.fromkeys(db_roles.roles(), "p" * 32))

    def settings(self, url: str) -> ClusterSettings:
        return ClusterSettings(database=url, kafka="127.0.0.1:1", site="test")

    def url(self, role: str) -> str:
        return f"postgresql://{role}:{'p' * 32}@{self._admin.rpartition('@')[2]}"

    @contextmanager
    def process(self, name: str) -> Iterator[TestClient]:
        """`cadre serve NAME`, as far as requests see it."""
        with ExitStack() as opened:
            node = opened.enter_context(closing(open_cluster_ledger(self.settings(self.url(name)))))
            keeps = name == "identity"
            identity = opened.enter_context(open_identity(node, system_clock, keeps=keeps))
            app = create_http_app(node, tokens=BearerTokens(READ, WRITE), names=[name], identity=identity)
            client = TestClient(
                app, base_url=ADDRESS, headers={"origin": ADDRESS}, raise_server_exceptions=False
            )
            yield opened.enter_context(client)

    def add(self, login: str, role: Role) -> str:
        """An account, as `cadre user add` makes one beside the processes."""
        with (
            closing(open_cluster_ledger(self.settings(self.url("operator")))) as node,
            open_identity(node, system_clock) as access,
        ):
            assert access
            account, link = access.administration.add_account(login, f"Người {login}", "test", role=role)
            access.sign_in.set_password_by_link(link, PASSWORD)
            return account

    def disable(self, account: str) -> None:
        with (
            closing(open_cluster_ledger(self.settings(self.url("operator")))) as node,
            open_identity(node, system_clock) as access,
        ):
            assert access
            access.administration.disable(account, "test")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with postgres(tmp_path_factory.mktemp("identity")) as admin:
        yield Cluster(admin)


def test_a_session_counts_in_every_process_and_outlasts_each(cluster: Cluster) -> None:
    account = cluster.add("lan", Role.OFFICER)
    with cluster.process("identity") as client:
        assert sign_in(client, "lan").status_code == 200
        cookie = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    with cluster.process("identity") as client:
        assert client.get("/session", headers=cookie).json()["account"] == account, "after a restart"
        made = client.post("/api-tokens", json={"label": "x", "ends": "2999-12-31"}, headers=cookie)
        token = {"authorization": f"Bearer {made.json()['token']}"}
        with cluster.process("organization") as other:
            stream = other.post("/organization", json=UNIT, headers=cookie)
            assert stream.status_code == 201, stream.text
            facts = other.get(stream.headers["location"], headers=token).json()
            assert facts[0]["actor"] == "Người lan"
            assert rule(other.post("/organization", json=UNIT, headers=token), 403) == "ReadsOnly"
            assert rule(other.get("/organization/x/facts"), 401) == "Unauthorised"
            assert other.get(
                stream.headers["location"], headers={"authorization": f"Bearer {READ}"}
            ).is_success
            assert client.delete("/session", headers=cookie).status_code == 204
            assert client.delete(f"/api-tokens/{made.json()['id']}", headers=cookie).status_code == 401
            sleep(CACHE_SECONDS)
            assert other.get(stream.headers["location"], headers=cookie).status_code == 401, "in 5 seconds"


def test_a_disabled_account_is_out_everywhere_within_seconds(cluster: Cluster) -> None:
    cluster.add("root", Role.ADMINISTRATOR)
    account = cluster.add("minh", Role.OFFICER)
    with cluster.process("identity") as client, cluster.process("organization") as other:
        sign_in(client, "minh")
        cookie = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
        assert other.post("/organization", json=UNIT, headers=cookie).status_code == 201
        client.cookies.clear()
        sign_in(client, "root")
        assert client.post(f"/accounts/{account}/disable").status_code == 204
        assert client.get("/session", headers=cookie).status_code == 401
        sleep(CACHE_SECONDS)
        assert other.post("/organization", json=UNIT, headers=cookie).status_code == 401


def test_a_password_that_the_demonstration_publishes_keeps_the_process_of_identity_from_starting(
    cluster: Cluster, tmp_path: Path
) -> None:
    account = cluster.add("hanh", Role.VIEWER)
    with (
        closing(open_cluster_ledger(cluster.settings(cluster.url("operator")))) as node,
        open_identity(node, system_clock) as access,
    ):
        assert access
        access.store.passwords.store(account, PUBLISHED_PASSWORD, system_clock())
    tokens = tmp_path / "tokens"
    tokens.write_text(f'{{"read": "{READ}", "write": "{WRITE}"}}', encoding="utf-8")
    settings = {
        "DATABASE": cluster.url("identity"),
        "KAFKA": "127.0.0.1:1",
        "SITE": "test",
        "TOKENS": str(tokens),
    }
    env = os.environ | {f"CADRE_{name}": value for name, value in settings.items()} | {"LC_ALL": "C.UTF-8"}
    words = [sys.executable, "-m", "services", "serve", "identity", "--port", str(free_port())]
    try:
        refused = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=200)
    finally:
        cluster.disable(account)
    assert refused.returncode == 2, refused.stderr
    assert "password of hanh" in refused.stderr
    assert "`cadre user disable hanh`" in refused.stderr


def test_no_other_process_reads_a_password_or_begins_a_session(cluster: Cluster) -> None:
    statements = (
        "SELECT * FROM credentials.passwords",
        "SELECT * FROM credentials.codes",
        "SELECT * FROM credentials.recovery_codes",
        "SELECT * FROM credentials.links",
        "DELETE FROM credentials.failures",
        "UPDATE credentials.accounts SET grants = grants",
        "UPDATE credentials.sessions SET account = account",
        "UPDATE credentials.tokens SET records = 1",
        "INSERT INTO credentials.sessions (hash) VALUES ('x')",
    )
    allowed = {
        (role, statement)
        for role in db_roles.roles()
        for statement in statements
        if not _is_refused(cluster.url(role), statement)
    }
    assert {role for role, _ in allowed} == {db_roles.IDENTITY, db_roles.OPERATOR}


def _is_refused(url: str, statement: str) -> bool:
    with psycopg.connect(url) as connection:
        try:
            connection.execute(f"EXPLAIN {statement}".encode())
        except InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False
