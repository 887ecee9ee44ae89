"""Personal fields are ciphertext under the subject's own key; without the key they are gone, and only they."""

import hmac
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from shared.commands.command_handler import Origin
from shared.core.facts import Corrected
from shared.eventlog.key_store import ERASED, WITHHELD, KeyStore, decrypt_fields
from shared.testing import amend
from tests.kernel.test_log import chained
from tests.kernel.toy import Noted, Signed, ToyFact, append_request, application, log_in, topic

AN, BINH = Signed(name="Nguyễn Văn An", place="Hà Nội"), Signed(name="Lê Thị Bình", place="Huế")
BY = Origin(actor="tester")


def bytes_in(home: Path, secret: bytes) -> list[str]:
    """The files of a ledger in which these bytes are found."""
    return sorted(file.name for file in home.iterdir() if secret in file.read_bytes())


def names(home: Path) -> dict[str, list[ToyFact]]:
    with log_in(home) as log:
        return {events[0].stream: [event.fact for event in events] for events in log.iterate_streams()}


def signed(home: Path) -> None:
    with log_in(home) as log:
        app = application(log)
        app.handle("an", AN, BY)
        app.handle("binh", BINH, BY)
        app.handle("an", Noted(what="in the open"), BY)


def test_what_is_personal_is_read_back_in_clear(tmp_path: Path) -> None:
    signed(tmp_path)
    assert names(tmp_path) == {"an": [AN, Noted(what="in the open")], "binh": [BINH]}


def test_only_ciphertext_is_in_the_files(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        app.handle("an", AN, BY)
        assert bytes_in(tmp_path, "Nguyễn Văn An".encode()) == []
        assert bytes_in(tmp_path, "Hà Nội".encode()) != [], "what is not personal is in clear"
    assert bytes_in(tmp_path, "Nguyễn Văn An".encode()) == []


def test_a_correction_of_what_is_personal_is_ciphertext_too(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (event,) = app.handle("an", AN, BY).events
        (first,) = app.correct("an", amend(event.event_id, name="Nguyễn Văn Ân", place="Đà Nẵng"), BY).events
        again = amend(first.event_id, new_values={"name": "Nguyễn Văn Ẩn"})
        app.correct("an", again, BY)
        corrections = [each.fact for each in log.load_stream("an")[1:]]
        assert all(isinstance(each, Corrected) for each in corrections)
        assert corrections[0].new_values == {"name": "Nguyễn Văn Ân", "place": "Đà Nẵng"}  # type: ignore[attr-defined]  # a Corrected
        assert corrections[1].new_values == {"new_values": {"name": "Nguyễn Văn Ẩn"}}  # type: ignore[attr-defined]  # a Corrected
    for name in ("Nguyễn Văn Ân", "Nguyễn Văn Ẩn"):
        assert bytes_in(tmp_path, name.encode()) == []


def test_with_the_key_destroyed_the_person_reads_as_erased_and_others_as_before(tmp_path: Path) -> None:
    signed(tmp_path)
    with log_in(tmp_path) as log:
        (first, _) = log.load_stream("an")
        application(log).correct("an", amend(first.event_id, name="Nguyễn Văn Ân"), BY)
        log.keys.destroy("an")
        erased = [event.fact for event in log.load_stream("an")]
        assert erased[0] == Signed(name=ERASED, place="Hà Nội")
        assert erased[1] == Noted(what="in the open")
        assert erased[2].new_values == {"name": ERASED}  # type: ignore[attr-defined]  # a Corrected
    assert names(tmp_path)["binh"] == [BINH]
    assert chained(tmp_path / "toy.db") == 4, "the chain is over ciphertext and stands"


def test_a_destroyed_key_is_in_no_file_and_is_never_made_again(tmp_path: Path) -> None:
    signed(tmp_path)
    with log_in(tmp_path) as log:
        key = log.keys.find_key("an")
        assert key
        log.keys.destroy("an")
        assert bytes_in(tmp_path, key) == []
        log.keys.create_keys(["an"])
        assert log.keys.find_key("an") is None
    assert bytes_in(tmp_path, key) == []


def test_without_its_key_store_a_log_tells_no_names(tmp_path: Path) -> None:
    signed(tmp_path)
    for file in tmp_path.glob("keys.db*"):
        file.unlink()
    assert names(tmp_path)["an"][0] == Signed(name=WITHHELD, place="Hà Nội")


def test_ciphertext_moved_to_another_field_or_stream_is_not_opened(tmp_path: Path) -> None:
    signed(tmp_path)
    with closing(sqlite3.connect(tmp_path / "toy.db")) as file:
        (state,) = file.execute("SELECT state FROM stored_events WHERE originator_id = 'an'").fetchone()
    keys = KeyStore(tmp_path / "keys.db", "here")
    event = topic.decode(bytes(state))
    assert decrypt_fields(topic, event, keys).fact == AN
    moved = topic.decode(bytes(state).replace(b'"an"', b'"binh"'))
    assert decrypt_fields(topic, moved, keys).fact == Signed(name=ERASED, place="Hà Nội")
    keys.close()


def test_nothing_is_sealed_where_nothing_is_said(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.keys.create_keys(["an"])
        log.append(append_request("an", 0, Signed(name="")))
        assert [event.fact for event in log.load_stream("an")] == [Signed(name="")]


def test_the_same_name_twice_is_not_the_same_ciphertext(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        log.keys.create_keys(["an"])
        log.append(append_request("an", 0, AN, AN))
    with closing(sqlite3.connect(tmp_path / "toy.db")) as file:
        facts = [
            topic.decode(bytes(state)).fact for (state,) in file.execute("SELECT state FROM stored_events")
        ]
    assert facts[0] != facts[1]
    assert all(isinstance(fact, Signed) and fact.name.startswith("sealed:") for fact in facts)


def test_a_digest_is_the_same_here_for_ever_and_differs_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = KeyStore(tmp_path / "keys.db", "here"), KeyStore(tmp_path / "other" / "keys.db", "here")
    digest = one.digest("001080012345")
    assert other.digest("001080012345") != digest
    one.close()
    other.close()
    again = KeyStore(tmp_path / "keys.db", "here")
    assert again.digest("001080012345") == digest
    assert again.digest("001080012346") != digest
    again.close()


def test_a_subject_called_site_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Repro site_key: destroying the key of a cadre called `site` destroyed that of the installation."""
    with closing(KeyStore(tmp_path / "keys.db", "here")) as keys:
        digest = keys.digest("001080012345")
        for subject in ("site", "site/key", "key"):
            keys.create_keys([subject])
            keys.destroy(subject)
            assert keys.find_key(subject) is None
    with closing(KeyStore(tmp_path / "keys.db", "here")) as keys:
        assert keys.digest("001080012345") == digest


def test_keys_without_namespaces_are_given_them_once(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "keys.db", isolation_level=None)) as file:
        file.execute("CREATE TABLE keys (subject TEXT PRIMARY KEY, key BLOB) WITHOUT ROWID")
        file.execute("INSERT INTO keys VALUES ('site', ?), ('an', ?), ('gone', NULL)", (b"s" * 32, b"a" * 32))
    for _ in range(2):
        with closing(KeyStore(tmp_path / "keys.db", "here")) as keys:
            assert keys.digest("x") == hmac.new(b"s" * 32, b"x", sha256).hexdigest()
            found = keys.find_keys((subject, "here") for subject in ("an", "gone", "new"))
            assert found == {("an", "here"): b"a" * 32, ("gone", "here"): None}
            keys.create_keys(["gone", "an"])
            assert (keys.find_key("an"), keys.find_key("gone")) == (b"a" * 32, None)
