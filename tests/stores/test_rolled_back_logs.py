"""Rows remember their log: one that was rolled back, cut off or replaced is found, at the start and at a write."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.core.clock import system_clock
from shared.core.errors import LogBehindRows
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.engines.servers import postgres
from tests.kernel.ledger import BY, SERVICES, shown
from tests.kernel.toy import append_request, note, notes

PERSON = {"name": "Nguyễn Văn An", "effective_from": "1990-01-01"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Empty for the files of a home, or an empty database."""
    if request.param == "sqlite":
        yield ""
        return
    url: str = request.getfixturevalue("server")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE rolled")
        yield urlsplit(url)._replace(path="/rolled").geturl()
        connection.execute("DROP DATABASE rolled WITH (FORCE)")


def opened(home: Path, database: str = "", new_rows: bool = False) -> EmbeddedLedger:
    return EmbeddedLedger(
        SERVICES, (notes,), home, "here", system_clock, database=database, new_rows=new_rows
    )


def recorded(home: Path, database: str = "", words: tuple[str, ...] = ("rain", "snow", "hail")) -> None:
    ledger = opened(home, database)
    for word in words:
        ledger.apps["toy"].handle(word, note(word), BY)
    ledger.project_pending()
    ledger.close()


def change_log(home: Path, database: str, sql: str) -> None:
    if database:
        with psycopg.connect(database) as server:
            server.execute(f"SET search_path TO toy; {sql.replace('rowid', 'notification_id')}".encode())
        return
    with sqlite3.connect(home / "toy.db") as connection:
        connection.execute(sql)
    connection.close()


CUT = "DELETE FROM stored_events WHERE rowid > 2"
OTHER = "UPDATE stored_events SET chain = state WHERE rowid = 3"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            CUT,
            r"toy: rows were made from 3 facts \(chain [0-9a-f]{16}…\), the log has 2: facts 3 to 3 \(1\) are missing",
        ),
        (
            "DELETE FROM stored_events",
            r"toy: rows were made from 3 facts .*, the log has 0: facts 1 to 3 \(3\)",
        ),
        (OTHER, r"toy: fact 3 in the log \(chain [0-9a-f]{16}…\) is not the one that rows were made from"),
    ],
    ids=["cut off", "emptied", "replaced"],
)
def test_a_log_that_lacks_facts_of_the_rows_takes_no_more(
    tmp_path: Path, database: str, change: str, said: str
) -> None:
    recorded(tmp_path, database)
    change_log(tmp_path, database, change)
    ledger = opened(tmp_path, database)
    try:
        for refused in (
            lambda: ledger.apps["toy"].handle("sun", note("sun"), BY),
            lambda: ledger.apps["echo"].handle("sun", note("sun"), BY),
            lambda: ledger.project_pending(),
            lambda: ledger.check_stores(["toy"]),
        ):
            with pytest.raises(LogBehindRows, match=said):
                refused()
        assert shown(ledger) == ["hail", "rain", "snow"], "what is there can be read"
        assert "cadre rebuild" in str(next(_messages(ledger)))
        ledger.rebuild()
        ledger.apps["toy"].handle("sun", note("sun"), BY)
        ledger.project_pending()
        assert "sun" in shown(ledger)
        ledger.check_stores(["toy"])
    finally:
        ledger.close()


def _messages(ledger: EmbeddedLedger) -> Iterator[LogBehindRows]:
    try:
        ledger.check_stores(["toy"])
    except LogBehindRows as error:
        yield error


def test_a_log_that_is_rolled_back_while_a_process_writes_takes_no_more(
    tmp_path: Path, database: str
) -> None:
    recorded(tmp_path, database)
    ledger = opened(tmp_path, database)
    ledger.apps["toy"].handle("sun", note("sun"), BY)
    ledger.project_pending()
    change_log(tmp_path, database, CUT)
    with pytest.raises(LogBehindRows, match="wrote up to position 4, the log now ends at 2"):
        ledger.apps["toy"].handle("fog", note("fog"), BY)
    with pytest.raises(LogBehindRows, match=r"facts 3 to 4 \(2\) are missing"):
        ledger.apps["toy"].handle("fog", note("fog"), BY)
    assert ledger.logs["toy"].position() == 2, "nothing was written"
    ledger.close()


@pytest.mark.parametrize("others", [(), ("fog",)])
def test_what_is_refused_on_a_log_that_was_rolled_back_is_refused_for_that(
    tmp_path: Path, database: str, others: tuple[str, ...]
) -> None:
    """A version that is only wrong because facts were lost is no conflict, whether or not others write as well."""
    recorded(tmp_path, database)
    ledger = opened(tmp_path, database)
    log = ledger.logs["toy"]
    log.append(append_request("sun", 0, note("sun")))
    ledger.project_pending()
    change_log(tmp_path, database, CUT)
    requests = [
        append_request("hail", 1, note("more")),
        *(append_request(each, 0, note()) for each in others),
    ]
    log.append_all(requests)
    assert {type(request.error) for request in requests} == {LogBehindRows}
    assert log.position() == 2, "nothing was written"
    ledger.close()


def test_an_old_copy_of_a_log_that_has_grown_in_another_way_is_found(tmp_path: Path) -> None:
    """A restored backup to which other facts were added: the same number of facts, with another chain."""
    home, backup = tmp_path / "home", tmp_path / "backup"
    home.mkdir()
    recorded(home, words=("rain",))
    shutil.copytree(home, backup)
    recorded(home, words=("snow", "hail"))
    recorded(backup, words=("fog", "sun", "ice"))
    shutil.copy(backup / "toy.db", home / "toy.db")
    ledger = opened(home)
    with pytest.raises(LogBehindRows, match=r"toy: fact 3 in the log .* is not the one"):
        ledger.project_pending()
    ledger.close()


def test_a_lost_file_of_a_log_is_found(tmp_path: Path) -> None:
    recorded(tmp_path)
    (tmp_path / "toy.db").unlink()
    ledger = opened(tmp_path)
    with pytest.raises(LogBehindRows, match=r"facts 1 to 3 \(3\) are missing"):
        ledger.project_pending()
    ledger.close()


def test_rows_that_never_remembered_their_log_learn_it_at_the_next_start(
    tmp_path: Path, database: str
) -> None:
    """Databases made before: the column is added, its values are those of the log."""
    recorded(tmp_path, database)
    ledger = opened(tmp_path, database)
    with ledger.tables.transaction() as connection:
        connection.execute(text("ALTER TABLE positions DROP COLUMN chain"))
    ledger.close()
    ledger = opened(tmp_path, database)
    assert ledger.tables.load_sources()["chronicle/toy"] == (3, ledger.logs["toy"].chain_hash(3))
    ledger.apps["toy"].handle("sun", note("sun"), BY)
    ledger.project_pending()
    assert ledger.tables.load_sources()["chronicle/toy"] == (4, ledger.logs["toy"].chain_hash(4))
    ledger.close()


def test_rows_that_are_lost_are_made_anew_without_reacting_again(tmp_path: Path) -> None:
    recorded(tmp_path)
    (tmp_path / "chronicle.db").unlink()
    ledger = opened(tmp_path)
    echoes = ledger.logs["echo"].position()
    ledger.project_pending()
    assert shown(ledger) == ["hail", "rain", "snow"]
    assert ledger.logs["echo"].position() == echoes
    ledger.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A ledger of the product with two people, whose log has lost the second."""
    ledger = open_embedded_ledger(load(tmp_path))
    with TestClient(create_http_app(ledger)) as client:
        assert client.post("/personnel/registered", json=PERSON).status_code == 201
        assert (
            client.post("/personnel/registered", json={**PERSON, "name": "Trần Thị Bình"}).status_code == 201
        )
    ledger.close()
    with sqlite3.connect(tmp_path / "personnel.db") as connection:
        connection.execute("DELETE FROM stored_events WHERE rowid > 1")
    connection.close()
    return tmp_path


def test_over_http_writes_are_refused_and_the_process_is_not_ready(home: Path) -> None:
    ledger = open_embedded_ledger(load(home))
    with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
        for path in ("/personnel/registered", "/organization/unit-established"):
            body = (
                PERSON
                if "personnel" in path
                else {"name": "Xã Một", "kind": "COMMUNE", "effective_from": "2000-01-01"}
            )
            answer = client.post(path, json=body)
            assert (answer.status_code, answer.json()["rule"]) == (503, "LogBehindRows")
            assert "personnel: rows were made from 2 facts" in answer.json()["detail"]
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["reasons"]["stores"].startswith("LogBehindRows: personnel: rows were made from 2")
        assert len(client.get("/search", params={"q": "binh"}).json()["items"]) == 1
    ledger.close()


def cadre(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(application(), ["--home", str(home), "--lang", "en", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr


def test_commands_say_what_is_missing_and_rebuild_goes_on(home: Path) -> None:
    missing = "personnel: rows were made from 2 facts"
    code, said = cadre(home, "verify")
    assert (code, missing in said) == (1, True)
    code, said = cadre(home, "audit", "replay")
    assert (code, missing in said) == (1, True)
    code, said = cadre(home, "show", "search", "binh", "--json")
    assert (code, missing in said) == (0, True), "it warns, and shows what is there"
    code, said = cadre(home, "rebuild")
    assert (code, missing in said) == (0, True), "it says what is given up"
    code, said = cadre(home, "verify")
    assert missing not in said
    assert "the facts of command" in said or code == 0


def test_a_ledger_whose_constructor_fails_lets_go_of_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("shared.readmodel.row_store.RowStore.create", fail)
        with pytest.raises(ZeroDivisionError) as failed:
            opened(tmp_path)
    assert failed.value  # the traceback keeps the frame of the constructor, and so whatever it holds
    opened(tmp_path).close()
