"""A ledger that reads the events of other sites from a stored replica, as the importer fills it."""

from contextlib import closing
from pathlib import Path

from shared.core.clock import system_clock
from shared.replica.counting import LogJudgement
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import void
from tests.kernel.ledger import BY, SERVICES, shown
from tests.kernel.toy import note, notes
from tests.laws.projected_table import table_in_bytes
from tests.replica.store.own_sites import ARRIVAL, KEYS, PX, TOPICS, OwnSite, open_site


def take(store: ReplicaStore, ledger: EmbeddedLedger, sender: OwnSite) -> None:
    """What an importer does with a message, but for its receipt."""
    for chunk in sender.store.chunks_to_send(PX, frozenset()):
        assert not store.import_chunk(chunk, KEYS, ARRIVAL).rule
    with ledger.count_foreign_events() as known:
        assert store.mark_known(known, lambda log: LogJudgement())
    ledger.project_pending()


def test_imported_events_have_rows_and_are_decided_by(tmp_path: Path) -> None:
    home = tmp_path / "huyen"
    home.mkdir()
    with (
        open_site(tmp_path / "px", "px") as px,
        closing(ReplicaStore(home / "replica.db", TOPICS)) as store,
        closing(EmbeddedLedger(SERVICES, (notes,), home, "huyen", system_clock, foreign=store)) as ledger,
    ):
        px.record(2)
        before = ledger.watermark()
        take(store, ledger, px)
        assert shown(ledger) == ["px 0", "px 1"]
        app = ledger.apps["toy"]
        events = app.union.load_stream("S")
        assert all(event.recorded_at > before for event in events)
        result = app.correct("S", void(events[0].event_id), BY)
        assert (result.etag, result.events[0].lamport > events[-1].lamport) == ('"1+2"', True)
        assert app.handle("other", note("own"), BY).events[0].lamport > events[-1].lamport
        px.record(1)
        take(store, ledger, px)
        assert shown(ledger) == ["own", "px 1", "px 2"]
        grown = table_in_bytes(ledger.tables, "notes")
        ledger.rebuild()
        assert table_in_bytes(ledger.tables, "notes") == grown
        assert ledger.check_integrity().complaints == []
