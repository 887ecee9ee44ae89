"""Keys by subject and maker: each site encrypts under a key of its own, and reads with that of the site that wrote."""

import hmac
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from shared.commands.command_handler import Origin
from shared.core.facts import Recorded
from shared.eventlog.key_store import ERASED, WITHHELD, KeyStore, decrypt_events
from shared.eventlog.key_store_postgres import PostgresKeyStore
from shared.testing import amend
from tests.engines.servers import postgres
from tests.kernel.test_keyring import bytes_in
from tests.kernel.toy import Signed, ToyFact, application, log_in, note, topic

BY = Origin(actor="tester")
Open = Callable[[str], KeyStore]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture
def database(server: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE keys_of_sites")
        yield urlsplit(server)._replace(path="/keys_of_sites").geturl()
        connection.execute("DROP DATABASE keys_of_sites WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def open_keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens one store, as often as processes do, for the site that keeps it."""
    url: str = request.getfixturevalue("database") if request.param == "postgresql" else ""
    with ExitStack() as opened:

        def open_(site: str) -> KeyStore:
            if url:
                PostgresKeyStore.create(url, site)
            keys = PostgresKeyStore(url, site) if url else KeyStore(tmp_path / "keys.db", site)
            return opened.enter_context(closing(keys))

        yield open_


def stored_at(home: Path) -> list[Recorded[ToyFact]]:
    """The events of one site's log as they travel: with personal fields as ciphertext."""
    with closing(sqlite3.connect(home / "toy.db")) as file:
        rows = file.execute("SELECT state FROM stored_events ORDER BY rowid")
        return [topic.decode(bytes(state)) for (state,) in rows]


def test_two_sites_that_record_the_same_person_read_each_other(tmp_path: Path) -> None:
    """Sync case 31: registered at px; huyen records something personal before it has px's key. Nothing reads as
    erased."""
    homes = {site: tmp_path / site for site in ("px", "huyen")}
    for site, name in (("px", "Nguyễn Văn A"), ("huyen", "Nguyễn Văn Á")):
        homes[site].mkdir()
        with log_in(homes[site], site=site) as log:
            application(log).handle("a", Signed(name=name), BY)
    union = [event for home in homes.values() for event in stored_at(home)]

    def read_at(site: str) -> list[str]:
        with closing(KeyStore(homes[site] / "keys.db", site)) as keys:
            return [event.fact.name for event in decrypt_events(topic, union, keys)]  # type: ignore[attr-defined]  # all are Signed

    assert read_at("px") == ["Nguyễn Văn A", WITHHELD]
    assert read_at("huyen") == [WITHHELD, "Nguyễn Văn Á"], (
        "the other's key is not here yet: that is not erased"
    )
    with (
        closing(KeyStore(homes["px"] / "keys.db", "px")) as px,
        closing(KeyStore(homes["huyen"] / "keys.db", "huyen")) as huyen,
    ):
        given = {keys.site: keys.find_key("a") for keys in (px, huyen)}
        assert given["px"]
        assert given["huyen"]
        assert given["px"] != given["huyen"]
        px.store_keys([("a", given["huyen"])], maker="huyen")
        huyen.store_keys([("a", given["px"])], maker="px")
    assert read_at("px") == read_at("huyen") == ["Nguyễn Văn A", "Nguyễn Văn Á"]
    for home in homes.values():
        with closing(KeyStore(home / "keys.db", home.name)) as keys:
            keys.destroy("a")
        assert read_at(home.name) == [ERASED, ERASED]
        for key in filter(None, given.values()):
            assert bytes_in(home, key) == [], "the keys of all makers are destroyed"


def test_a_site_that_has_the_key_of_another_makes_its_own(tmp_path: Path) -> None:
    """What it records under the other's key would be lost where the other's key never comes."""
    with log_in(tmp_path, site="huyen") as log:
        log.keys.store_keys([("a", b"p" * 32)], maker="px")
        app = application(log)
        app.handle("a", note("nothing personal"), BY)
        assert log.keys.find_key("a") is None, "a key is made when something is to be encrypted"
        (event,) = app.handle("a", Signed(name="Nguyễn Văn A"), BY).events
        app.correct("a", amend(event.event_id, name="Nguyễn Văn Á"), BY)
        own = log.keys.find_key("a")
        assert own
        assert own != b"p" * 32
        assert log.keys.find_key("a", "px") == b"p" * 32
        assert log.load_stream("a")[1].fact == Signed(name="Nguyễn Văn A")


def test_a_site_that_lost_its_key_makes_another_and_both_open(tmp_path: Path) -> None:
    """A restored backup lacks the key of a person registered since; what is recorded anew has another key. Whoever has
    both, in whatever order they came, reads all facts."""
    names, events, keys = ["Nguyễn Văn A", "Nguyễn Văn Á"], [], []
    for name in names:
        (tmp_path / name).mkdir()
        with log_in(tmp_path / name, site="px") as log:
            application(log).handle("a", Signed(name=name), BY)
            events += [topic.decode(state) for _, _, _, state in log.read_stored(0, 9)]
            keys.append(log.keys.find_key("a") or b"")
    for order in (keys, keys[::-1]):
        with closing(KeyStore(tmp_path / f"{keys.index(order[0])}.db", "huyen")) as huyen:
            for count, key in enumerate(order, start=1):
                huyen.store_keys([("a", key), ("a", key)], maker="px")
                read = [event.fact.name for event in decrypt_events(topic, events, huyen)]  # type: ignore[attr-defined]
                assert sum(map(str.__eq__, read, names)) == count
                assert set(read) <= {*names, WITHHELD}, "what no key opens is not erased"
            assert huyen.find_all_keys([("a", "px")]) == {("a", "px"): list(order)}
            huyen.destroy("a")
            assert {event.fact.name for event in decrypt_events(topic, events, huyen)} == {ERASED}  # type: ignore[attr-defined]


def test_a_destroyed_subject_takes_no_key_of_any_maker(open_keys: Open) -> None:
    here = open_keys("here")
    here.create_keys(["a", "other"])
    here.store_keys([("a", b"p" * 32)], maker="px")
    here.store_keys([("a", b"q" * 32)], maker="px")
    assert here.find_key("a", "px") == b"p" * 32, "a key that is there stays"
    assert here.find_all_keys([("a", "px")]) == {("a", "px"): [b"p" * 32, b"q" * 32]}
    here.destroy("a")
    assert here.find_all_keys([("a", "px"), ("a", "here")]) == {}
    here.destroy("never seen")
    for subject in ("a", "never seen"):
        here.create_keys([subject])
        here.store_keys([(subject, b"r" * 32)], maker="tinh")
        owners = [(subject, maker) for maker in ("here", "px", "tinh", "unheard of")]
        assert here.find_keys(owners) == dict.fromkeys(owners)
        here.destroy(subject)
    assert here.find_keys([("unknown", "here"), ("other", "px")]) == {}, "not here is not destroyed"
    assert here.find_key("other")
    assert open_keys("here").find_key("other") == here.find_key("other")


@pytest.mark.parametrize("namespaces", [False, True])
def test_the_keys_of_earlier_versions_were_made_by_this_site(tmp_path: Path, namespaces: bool) -> None:
    prefix, site_key = ("stream/", "site/key") if namespaces else ("", "site")
    with closing(sqlite3.connect(tmp_path / "keys.db", isolation_level=None)) as file:
        file.execute("CREATE TABLE keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        rows = [(site_key, b"s" * 32), (f"{prefix}an", b"a" * 32), (f"{prefix}gone", None)]
        file.executemany("INSERT INTO keys VALUES (?, ?)", rows)
    for _ in range(2):
        with closing(KeyStore(tmp_path / "keys.db", "ward")) as keys:
            check_migrated(keys)
    with closing(KeyStore(tmp_path / "keys.db", "ward")) as keys:
        keys.destroy("an")
        assert bytes_in(tmp_path, b"a" * 32) == [], "nor is the key in a page of the earlier table"


@pytest.mark.parametrize("namespaces", [False, True])
def test_the_keys_of_earlier_versions_on_postgresql_were_made_by_this_site(
    database: str, namespaces: bool
) -> None:
    prefix, site_key = ("stream/", "site/key") if namespaces else ("", "site")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA keys")
        connection.execute("CREATE TABLE keys.keys (subject text PRIMARY KEY, key bytea)")
        rows = [(site_key, b"s" * 32), (f"{prefix}an", b"a" * 32), (f"{prefix}gone", None)]
        connection.cursor().executemany("INSERT INTO keys.keys VALUES (%s, %s)", rows)
    for _ in range(2):
        PostgresKeyStore.create(database, "ward")
        with closing(PostgresKeyStore(database, "ward")) as keys:
            check_migrated(keys)


def check_migrated(keys: KeyStore) -> None:
    assert keys.find_key("an") == keys.find_key("an", "ward") == b"a" * 32
    assert keys.find_keys([("gone", "ward"), ("gone", "px"), ("an", "px")]) == {
        ("gone", "ward"): None,
        ("gone", "px"): None,
    }
    keys.create_keys(["gone", "an"])
    assert (keys.find_key("an"), keys.find_key("gone")) == (b"a" * 32, None)
    assert keys.digest("x") == hmac.new(b"s" * 32, b"x", sha256).hexdigest()
