"""One key under which the whole tree hashes national ids: a person who is on file at two sites has one hash."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from typer.testing import CliRunner

import services.cli.identity_hashes as hashing
from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import CADRES
from services.importing.batches import derive_id
from services.sites.box_keys import public_text
from services.sites.enrolment import Ticket, open_ticket
from services.sites.sealed_keys import BadSealedKey, open_identity_key, seal_identity_key
from shared.commands.command_handler import Application
from shared.eventlog.key_store import KeyStore
from shared.operations.settings import load
from tests.importing.files import cadre, folder, take
from tests.sites.office import ENV, Office

NUMBER, OTHER, THIRD = "001085012345", "036190000017", "001080000001"
HEADER = "person_id,name,national_id\n"


def bring(office: Office, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Any:
    """Import persons at a site."""
    monkeypatch.setenv("CADRE_SITE", office.site)
    source = folder(
        office.folder / f"in-{office.site}", persons=HEADER + "".join(f"{line}\n" for line in lines)
    )
    return take(office.home, source)


def hashes(office: Office, *codes: str) -> list[str]:
    """The hash of the national id of persons, as their rows have it."""
    with closing(open_embedded_ledger(load(office.home))) as ledger:
        ledger.project_pending()
        return [
            row.identity
            for code in codes
            for row in ledger.tables.rows(CADRES, cadre_id=derive_id("s", "person", code))
        ]


def count_shared(office: Office) -> int:
    """How many national ids are in the files of several people."""
    return len(cadre(office.home, "show", "contradictions", "--kind", "NATIONAL_ID_TWICE"))


@pytest.fixture
def px(tinh: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A site with a history that joins: two of its persons have one number."""
    office = Office(tinh.folder, "px")
    bring(office, monkeypatch, f"p1,An,{NUMBER}", f"p2,An,{NUMBER}", f"p3,Ba,{OTHER}", "p4,Tư,")
    return office


def test_a_person_at_two_sites_has_one_hash(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sync.md §13."""
    bring(tinh, monkeypatch, f"p9,An,{NUMBER}")
    before = hashes(px, "p1", "p2", "p3", "p4")
    assert before[0] == before[1] != hashes(tinh, "p9")[0]
    assert before[3] == ""
    assert count_shared(px) == 1
    px.join_below(tinh)
    after = hashes(px, "p1", "p2", "p3", "p4")
    assert after[0] == after[1] == hashes(tinh, "p9")[0]
    assert after[2] not in (before[2], after[0], "")
    assert after[3] == ""
    assert count_shared(px) == 1, "a duplicate found before is found after"


def test_what_is_recorded_after_joining_meets_what_was_there_before(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    px.join_below(tinh)
    told = bring(px, monkeypatch, f"p5,Năm,{OTHER}")
    assert [each["rule"] for each in told["contradictions"]] == ["NationalIdTwice"]
    assert count_shared(px) == 2


def test_an_import_finds_what_it_said_before_and_corrects_a_number_with_its_hash(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An amendment with the new hash would outlive the correction of the number it was made of."""
    px.join_below(tinh)
    lines = [f"p1,An,{NUMBER}", f"p2,An,{NUMBER}", f"p3,Ba,{OTHER}", "p4,Tư,"]
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        position = ledger.logs["personnel"].position()
    assert bring(px, monkeypatch, *lines)["corrected"] == []
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        assert ledger.logs["personnel"].position() == position
    bring(px, monkeypatch, lines[0], f"p2,An,{THIRD}", *lines[2:])
    one, two = hashes(px, "p1", "p2")
    assert one != two
    assert count_shared(px) == 0


def test_a_tree_of_three_levels_has_one_key(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    huyen = Office(tinh.folder, "huyen")
    huyen.join_below(tinh)
    px.join_below(huyen)
    bring(tinh, monkeypatch, f"p9,An,{NUMBER}")
    bring(huyen, monkeypatch, f"p8,An,{NUMBER}")
    assert hashes(px, "p1") == hashes(huyen, "p8") == hashes(tinh, "p9")


def test_a_site_that_makes_a_tree_with_a_history_hashes_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path, "tinh")
    bring(office, monkeypatch, f"p1,An,{NUMBER}")
    before = hashes(office, "p1")
    office.well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
    [after] = hashes(office, "p1")
    assert [after] != before
    told = bring(office, monkeypatch, f"p2,An,{NUMBER}")
    assert [each["rule"] for each in told["contradictions"]] == ["NationalIdTwice"]


def test_an_erased_person_gets_no_hash_and_stops_nobody(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    cadre_id = derive_id("s", "person", "p1")
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        ledger.keys.destroy(cadre_id)
    px.join_below(tinh)
    bring(tinh, monkeypatch, f"p9,An,{NUMBER}")
    one, two = hashes(px, "p1", "p2")
    assert (one != two, [two]) == (True, hashes(tinh, "p9"))


def test_hashing_that_is_cut_short_is_told_and_ends_the_same(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first transaction: until the rest is done it is said, and joining again does it."""
    ticket = str(tinh.folder / "px.ticket")
    tinh.well("admit", px.request(), "--out", ticket)
    record = Application.record_corrections

    def record_once(app: Any, *args: Any) -> None:
        record(app, *args)
        raise Killed

    monkeypatch.setattr(hashing, "STREAMS_AT_ONCE", 1)
    monkeypatch.setattr(Application, "record_corrections", record_once)
    with pytest.raises(Killed):
        CliRunner().invoke(application(), ["--home", str(px.home), "site", "join", ticket], env=ENV)
    monkeypatch.undo()
    assert "belongs to no tree" in px.refused("list")
    assert len(set(hashes(px, "p1", "p2", "p3"))) == 3, "one of the two has its new hash"
    bring(tinh, monkeypatch, f"p9,An,{NUMBER}")
    px.well("join", ticket)
    _, _, errors = px.cadre("list")
    assert "no hash under the key of the tree" not in errors
    assert hashes(px, "p1", "p2") == hashes(tinh, "p9") * 2


class Killed(BaseException):
    """The process ended here."""


def test_a_site_whose_hashes_are_not_complete_says_so(
    tinh: Office, px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    px.join_below(tinh)
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        ledger.keys.keep_identity_key(bytes(32))
    _, _, errors = px.cadre("list")
    assert "no hash under the key of the tree" in errors
    assert px.well("identities") == "3\n"
    assert px.well("identities") == "0\n"
    _, _, errors = px.cadre("show")
    assert "no hash under the key of the tree" not in errors


def test_a_ticket_without_the_key_still_joins_and_says_what_is_missing(tinh: Office, px: Office) -> None:
    """Written by an earlier version, or by a parent that has no key itself."""
    file = tinh.folder / "px.ticket"
    tinh.well("admit", px.request(), "--out", str(file))
    with closing(open_embedded_ledger(load(tinh.home))) as ledger:
        key = ledger.keys.find_identity_key()
    assert key
    before = hashes(px, "p1")
    old = tinh.sign_again(file, identity_key="")
    code, _, errors = px.cadre("join", str(old))
    assert (code, "hashed under a key of this site alone" in errors) == (0, True)
    assert hashes(px, "p1") == before
    assert "does not have the identity key" in px.refused("identities")
    px.well("join", str(file))
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        assert ledger.keys.find_identity_key() == key


def test_the_same_ticket_asked_for_again_is_the_same_file(tinh: Office, px: Office) -> None:
    request = px.request()
    first = tinh.well("admit", request)
    assert tinh.well("admit", request) == first
    opened = opened_ticket(first, px)
    assert opened.identity_key
    Office(tinh.folder, "py").join_below(tinh)
    later = opened_ticket(tinh.well("admit", request), px)
    assert len(later.facts) == len(opened.facts) + 1


def opened_ticket(note: str, office: Office) -> Ticket:
    return open_ticket(note, office.site, office.public_key())[0]


def test_a_ticket_for_another_box_key_is_refused_and_changes_nothing(tinh: Office, px: Office) -> None:
    ticket = str(tinh.folder / "px.ticket")
    tinh.well("admit", px.request(), "--out", ticket)
    (px.home / "box.key").unlink()
    assert "sealed to another box key" in px.refused("join", ticket)
    (px.home / "box.key").write_text("no key\n")
    assert "is no X25519 key" in px.refused("join", ticket)
    assert "belongs to no tree" in px.refused("list")
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        assert ledger.keys.find_identity_key() is None


def test_what_is_sealed_opens_for_that_site_in_that_tree_only() -> None:
    box = X25519PrivateKey.generate()
    sealed = seal_identity_key(bytes(range(32)), "tinh", "px", public_text(box))
    assert open_identity_key(sealed, "tinh", "px", box) == bytes(range(32))
    for root, site, key, text in (
        ("tonh", "px", box, sealed),
        ("tinh", "py", box, sealed),
        ("tinh", "px", X25519PrivateKey.generate(), sealed),
        ("tinh", "px", box, "?"),
        ("tinh", "px", box, ""),
        ("tinh", "px", box, sealed[:-4] + "AAAA"),
        ("tinh", "px", box, seal_identity_key(b"short", "tinh", "px", public_text(box))),
    ):
        with pytest.raises(BadSealedKey):
            open_identity_key(text, root, site, key)


def test_the_last_identity_key_counts_and_the_site_keeps_its_own(tmp_path: Path) -> None:
    """A repeated command is recognised, and ids that were derived stay, whatever tree the site joins."""
    with closing(KeyStore(tmp_path / "keys.db", "here")) as keys:
        digest, derived = keys.digest("text"), keys.derive_id("text")
        assert keys.identity_hasher()("text") == digest
        assert keys.is_hashed()
        keys.make_identity_key()
        first = keys.identity_hasher()("text")
        assert (first != digest, keys.is_hashed()) == (True, False)
        keys.mark_hashed()
        keys.make_identity_key()
        assert (keys.identity_hasher()("text"), keys.is_hashed()) == (first, True)
        keys.keep_identity_key(bytes(32))
        keys.keep_identity_key(bytes(32))
        assert (keys.find_identity_key(), keys.is_hashed()) == (bytes(32), False)
        keys.mark_hashed()
        assert keys.is_hashed()
        assert (keys.digest("text"), keys.derive_id("text")) == (digest, derived)
        assert keys.find_keys([("site/identity", "000001")]) == {}
