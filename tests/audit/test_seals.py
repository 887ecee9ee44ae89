"""What is sealed once is held against the log for ever; the key is the owner's alone."""

import sqlite3
from pathlib import Path

import pytest

from services.audit.domain import LogIsShorter, TwoRoots
from services.audit.events import LogCheckpointed
from services.audit.sealing import (
    ChainBroken,
    KeyExposed,
    LogTree,
    SealBroken,
    Seals,
    load_signing_key,
    load_trusted_keys,
)
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.errors import LogBehindRows
from shared.core.partial_dates import Day, PDate
from shared.eventlog.merkle import Frontier, hash_leaf
from shared.eventlog.signed_notes import Checkpoint, Signer
from shared.eventlog.signed_notes import verify_note as open_note
from tests.audit.office import opened, say

DAY = Day(PDate("2026-03-01"))


def seal(home: Path) -> dict[str, int]:
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        try:
            return seals.seal(ledger.apps["audit"], load_signing_key(home, "quận"), "tester", DAY)
        finally:
            seals.close()


def register(home: Path, day: str, cadre: str) -> None:
    with opened(home) as ledger:
        say(ledger, day, "personnel", cadre, Registered(name="Trần Thị Thảo"))


def test_only_what_has_grown_is_sealed_again(home: Path) -> None:
    assert seal(home) == {"regulation": 2, "organization": 11, "personnel": 10, "appointment": 13, "audit": 4}
    assert seal(home) == {}
    register(home, "2026-03-02", "c10")
    assert seal(home) == {"personnel": 11, "audit": 6}


def test_a_checkpoint_is_signed_over_the_stored_bytes(home: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        tree = Frontier()
        tree.extend(hash_leaf(state) for _, state, _ in ledger.logs["personnel"].read_chained(0, 100))
        fact = ledger.logs["audit"].load_stream("log-personnel")[0].fact
        seals = Seals(ledger.logs, home / "trees", "quận")
        note = seals.read_notes("personnel")[10]
        seals.close()
    point = Checkpoint.parse(open_note(note, [load_signing_key(home, "quận").verifier]))
    assert point == Checkpoint("qu%E1%BA%ADn/personnel", 10, tree.root())
    assert fact.root == tree.root().hex()


def test_a_tree_that_was_lost_or_cut_is_made_again(home: Path) -> None:
    seal(home)
    file = home / "trees" / "personnel.tree"
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole[: 32 * 5 + 7], whole + b"half a node"):
        file.write_bytes(damaged)
        with opened(home) as ledger:
            tree = LogTree(file)
            assert tree.grow(ledger.logs["personnel"]) == 10
            tree.close()
        assert file.read_bytes() == whole


REWRITE = {
    "state": "UPDATE stored_events SET state = CAST(replace(state, 'user:lan', 'user:lam') AS BLOB) WHERE rowid = ?",
    "chain": "UPDATE stored_events SET chain = zeroblob(32) WHERE rowid = ?",
}


def rewrite(home: Path, position: int, what: str) -> None:
    """Past every lock and rule: in the file itself."""
    with sqlite3.connect(home / "personnel.db") as connection:
        assert connection.execute(REWRITE[what], (position,)).rowcount == 1
    connection.close()


@pytest.mark.parametrize("what", ["state", "chain"])
def test_nothing_is_sealed_over_a_broken_chain(home: Path, what: str) -> None:
    rewrite(home, 4, what)
    with pytest.raises(ChainBroken, match="personnel: the chain is broken at position 4"):
        seal(home)


def test_a_log_that_was_cut_is_not_sealed_again(home: Path) -> None:
    seal(home)
    with sqlite3.connect(home / "personnel.db") as connection:
        connection.execute("DELETE FROM stored_events WHERE rowid > 8")
    connection.close()
    with pytest.raises(SealBroken, match="personnel: 10 events were sealed, 8 are there"):
        seal(home)


def test_a_log_with_another_past_is_not_sealed_again(home: Path, tmp_path: Path) -> None:
    """Even when its chain is whole, and the tree is made from it."""
    seal(home)
    (home / "trees" / "personnel.tree").unlink()
    with sqlite3.connect(home / "personnel.db") as connection:
        connection.execute("DELETE FROM stored_events WHERE rowid > 8")
    connection.close()
    with pytest.raises(LogBehindRows, match=r"personnel: rows were made from 10 facts .* facts 9 to 10"):
        register(home, "2026-03-02", "c20")
    with opened(home) as ledger:
        ledger.rebuild()
    for cadre in ("c20", "c21"):
        register(home, "2026-03-02", cadre)
    with pytest.raises(SealBroken, match="the first 10 events are not those that were sealed"):
        seal(home)


def test_a_checkpoint_by_somebody_else_is_not_believed(home: Path) -> None:
    """Whoever can write to every file, but has not the key: the log, its chain and its checkpoint fit together."""
    seal(home)
    register(home, "2026-03-02", "c10")
    signer, stranger = load_signing_key(home, "quận"), Signer("qu%E1%BA%ADn", bytes(32))
    with opened(home) as ledger:
        seals = Seals(ledger.logs, home / "trees", "quận")
        assert seals.seal(ledger.apps["audit"], stranger, "tester", DAY)["personnel"] == 11
        seals.close()
        whole = Frontier()
        whole.extend(hash_leaf(state) for _, state, _ in ledger.logs["personnel"].read_chained(0, 100))
        for keys, wrong in (([signer.verifier], [11]), (load_trusted_keys(home, signer), [11])):
            seals = Seals(ledger.logs, home / "trees", "quận", keys)
            assert seals.find_contradicted_sizes("personnel", whole) == wrong
            with pytest.raises(SealBroken, match="the checkpoint of 11 events was not signed by this site"):
                seals.create_checkpoint("personnel")
            seals.close()
        (home / "earlier.keys").write_text(f"{stranger.verifier}\n")
        seals = Seals(ledger.logs, home / "trees", "quận", load_trusted_keys(home, signer))
        assert seals.find_contradicted_sizes("personnel", whole) == []
        assert seals.create_checkpoint("personnel").size == 11
        seals.close()


def test_the_rules_say_the_same(home: Path) -> None:
    seal(home)
    with opened(home) as ledger:
        app = ledger.apps["audit"]
        sealed = ledger.logs["audit"].load_stream("log-personnel")[0].fact

        def propose(**other: object) -> int:
            fields = {
                name: getattr(sealed, name) for name in ("log", "size", "root", "key", "signed")
            } | other
            return len(app.handle("log-personnel", LogCheckpointed(**fields), Origin(actor="x")).events)

        assert propose() == 0
        with pytest.raises(LogIsShorter):
            propose(size=9)
        with pytest.raises(TwoRoots):
            propose(root="00")
        assert propose(size=11, root="00") == 1


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    signer = load_signing_key(tmp_path, "quận")
    file = tmp_path / "signing.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_signing_key(tmp_path, "quận") == signer
    file.chmod(0o640)
    with pytest.raises(KeyExposed, match="has mode 640; run: chmod 600"):
        load_signing_key(tmp_path, "quận")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(f"{Signer('other', bytes(32))}\n")
    elsewhere.chmod(0o600)
    assert load_signing_key(tmp_path, "quận", elsewhere).name == "other"
