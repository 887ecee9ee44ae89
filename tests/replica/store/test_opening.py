"""A store that cannot be opened, read or written says what is wrong; what it remembers of exchanges comes back."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shared.core.errors import DamagedStore, StoreUnavailable
from shared.core.partial_dates import Instant
from shared.eventlog.foreign_events import ForeignEvents
from shared.replica.counting import LogJudgement
from shared.replica.runs import Head
from shared.replica.store.database import LaterVersion
from shared.replica.store.exchange_state import BundleRecord, Peer
from shared.replica.store.replica_store import ReplicaStore
from tests.replica.signed_lines import KEYS, SignedLine
from tests.replica.store.own_sites import ARRIVAL, TOPICS
from tests.stores.test_read_only_home import as_plain_user

LINE = SignedLine([("e1", 5), ("e2", 5)])
NOW = Instant("2026-05-01T00:00:00.000000Z")


def opened(where: Path | str) -> ReplicaStore:
    return ReplicaStore(where, TOPICS)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    file = tmp_path / "replica.db"
    with closing(opened(file)) as store:
        for start, end in ((0, 5), (5, 8), (8, 10)):
            store.import_chunk(LINE.chunk(start, end), KEYS, ARRIVAL)
        assert list(store.find_damage()) == []
    return file


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "replica.db"
    file.write_bytes(b"this is no database" * 300)
    with pytest.raises(DamagedStore, match=r"replica\.db: file is not a database"):
        opened(file)


def test_a_store_of_a_later_version_is_refused(where: Path | str) -> None:
    with closing(opened(where)) as store, store._db.transaction() as written:
        written.execute("UPDATE meta SET value = 99 WHERE name = 'version'")
    with pytest.raises(LaterVersion, match="tables of version 99; this program knows 1"):
        opened(where)


def test_a_database_that_is_away_is_named() -> None:
    with pytest.raises(StoreUnavailable, match="replica: "):
        opened("postgresql://nobody@127.0.0.1:9/nothing")


READ_ONLY = """
import sys
from pathlib import Path
from shared.core.errors import ReadOnlyStore
from tests.replica.store import test_opening
store = test_opening.opened(Path(sys.argv[1]))
print(len(store.load_log(test_opening.LINE.log).runs))
try:
    store.exchange.keep_receipt("huyen", test_opening.NOW, "a note")
except ReadOnlyStore as error:
    print(error)
store.close()
"""


def test_a_store_that_may_only_be_read_is_read(filled: Path) -> None:
    filled.chmod(0o400)
    filled.parent.chmod(0o500)
    try:
        command = as_plain_user([sys.executable, "-c", READ_ONLY, str(filled)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    finally:
        filled.parent.chmod(0o700)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["2", f"{filled}: it may only be read"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE entries SET state = CAST('other' AS BLOB) WHERE seq = 2", "entry 2 of e1 is damaged"),
        ("UPDATE entries SET hashes = zeroblob(64) WHERE seq = 2", "entry 2 of e1 is damaged"),
        ("DELETE FROM entries WHERE seq = 3", "entry 3 of e1 is damaged"),
        ("DELETE FROM entries WHERE seq = 5", "entry 5 of e1 is not there"),
        ("UPDATE segments SET root = zeroblob(32)", "entry 5 of e1 does not have the root that was stored"),
        ("UPDATE segments SET before = zeroblob(32)", "what is before entry 1 of e1 is damaged"),
        ("UPDATE segments SET rights = zeroblob(32)", "no checkpoint covers entry 5 of e1"),
        ("UPDATE segments SET note = 'nothing'", "the checkpoint that covers entry 5 of e1 is damaged"),
        ("DELETE FROM runs WHERE epoch = 'e2'", "its runs are not those of its entries"),
    ],
)
def test_what_is_not_as_it_was_written_is_found(filled: Path, change: str, says: str) -> None:
    with closing(sqlite3.connect(filled)) as file, file:
        file.execute(change)
    with closing(opened(filled)) as store:
        [found] = store.find_damage()
        assert found.startswith(f"px/toy: {says}. Restore the replica from a backup, or remove it"), found


def test_a_payload_that_is_not_what_was_signed_is_not_sent(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as file, file:
        file.execute("UPDATE entries SET state = CAST('other' AS BLOB) WHERE segment = 1 AND seq = 2")
    with closing(opened(filled)) as store:
        with pytest.raises(DamagedStore, match="entry 2 of e1 of px/toy is damaged"):
            list(store.chunks_to_send(LINE.log, ()))
        others = list(store.chunks_to_send(LINE.log, (LINE.head(4),)))
        assert [chunk.header.first for chunk in others] == [1]


def test_a_reader_sees_a_log_while_another_process_imports(tmp_path: Path) -> None:
    file = tmp_path / "replica.db"
    with closing(opened(file)) as reader, closing(opened(file)) as writer:
        writer.import_chunk(LINE.chunk(0, 3), KEYS, ARRIVAL)
        sending = reader.chunks_to_send(LINE.log, ())
        assert next(sending).header.first == 1
        writer.import_chunk(LINE.chunk(3, 5), KEYS, ARRIVAL)
        [run] = reader.load_log(LINE.log).runs
        assert run.last == 5
        reader.import_chunk(LINE.chunk(5, 10), KEYS, ARRIVAL)
        assert len(writer.load_log(LINE.log).runs) == 2


@pytest.fixture
def store(where: Path | str) -> Iterator[ReplicaStore]:
    with closing(opened(where)) as made:
        yield made


def test_what_is_remembered_of_exchanges_comes_back(store: ReplicaStore, where: Path | str) -> None:
    state, heads = store.exchange, frozenset({LINE.head(4), LINE.head(9)})
    state.replace_targets(heads, {LINE.head(2)})
    state.replace_targets({LINE.head(9)}, {LINE.head(2), LINE.head(3)})
    state.keep_receipt("huyen", NOW, "an old note")
    state.keep_receipt("huyen", NOW, "a note")
    peer = Peer("huyen", heads, "digest", NOW, -5, 2)
    state.keep_peer(Peer("huyen"))
    state.keep_peer(peer)
    made = BundleRecord("out", "huyen", 2, "ab", NOW, "made")
    state.keep_bundle(made)
    state.keep_bundle(BundleRecord("in", "huyen", 1, "cd", NOW, "applied"))
    store.close()
    with closing(opened(where)) as again:
        state = again.exchange
        assert state.targets() == {LINE.head(9)}
        assert state.lost() == {LINE.head(2), LINE.head(3)}
        assert state.receipts() == {"huyen": "a note"}
        assert state.peers() == [peer]
        assert state.bundles("out") == state.bundles("out", "huyen") == [made]
        assert state.bundles("out", "tinh") == []


def test_the_end_of_a_first_synchronisation_judges_all_logs_of_its_origin(store: ReplicaStore) -> None:
    """A target in one topic keeps the entries of another from counting; when it goes, they do."""
    other = SignedLine([("e1", 2)], topic="other")
    target = Head("px", "other", "e1", 2, other.root(2))
    store.exchange.replace_targets({target})
    store.import_chunk(LINE.chunk(0, 5), KEYS, ARRIVAL)
    assert store.mark_known(NOW, lambda log: LogJudgement()) == []
    store.exchange.replace_targets(())
    assert store.unmarked_logs() == [LINE.log]


def test_the_store_is_what_the_union_reads(store: ReplicaStore) -> None:
    events: ForeignEvents = store
    assert (events.position("toy"), events.highest_lamport(), events.load_streams("toy", [])) == (0, 0, {})
