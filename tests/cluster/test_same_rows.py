"""The same import in one process and in a cluster: period rows that are equal, byte for byte but for how often clocks
were read."""

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import pytest

from services.bootstrap.cluster import migrate, open_cluster_ledger
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.importing.terms import import_terms
from shared.commands.command_handler import Origin
from shared.core.clock import Clock, generate_event_id
from shared.core.partial_dates import Instant, later
from shared.eventlog import log_writer
from shared.messaging.kafka import BROKER_UNAVAILABLE
from shared.operations.settings import ClusterSettings
from shared.readmodel.row_store import RowStore
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Ledger, no_progress
from tests.cluster.conftest import Processes, environment
from tests.cluster.test_import import whole
from tests.engines.servers import kafka, postgres
from tests.laws.projected_table import table_in_bytes

SITE = "test"
BEGIN = Instant("2025-07-01T00:00:00.000000Z")
INSTANT = re.compile(rb"2025-07-01T00:0[0-9:.]+Z")


def ticking() -> Clock:
    """Every frozen_clock is a moment later than the one before."""
    now = BEGIN

    def frozen_clock() -> Instant:
        nonlocal now
        now = later(now)
        return now

    return frozen_clock


def imported(ledger: Ledger, folder: Path) -> None:
    """With the same dice for the ids of facts and epochs, and one instant in all of them."""
    dice = random.Random(20250701)
    origin = Origin(actor="import:same", correlation="same")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_writer, "generate_event_id", lambda now: generate_event_id(BEGIN, dice.getrandbits))
        import_terms(ledger, folder, "same", write=True, origin=origin, progress=no_progress)


def digests(tables: RowStore) -> dict[str, tuple[int, str]]:
    """(rows, SHA-256 of all of them, sorted) by table. Each instant is written as its place in the table."""
    return {
        name: (tables.count(name), sha256(with_places(table_in_bytes(tables, name))).hexdigest())
        for name in tables.projections
    }


def with_places(rows: bytes) -> bytes:
    places = {at: str(place).encode() for place, at in enumerate(sorted(set(INSTANT.findall(rows))))}
    return INSTANT.sub(lambda found: places[found[0]], rows)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[tuple[ClusterSettings, Processes]]:
    """A cluster in which nothing else has happened."""
    with ExitStack() as engines:
        database, broker = engines.enter_context(postgres(tmp_path)), engines.enter_context(kafka(tmp_path))
        processes = Processes(environment(database, broker, tmp_path), tmp_path)
        cluster = ClusterSettings(database=database, kafka=broker, site=SITE)
        for _ in range(20):  # the port answers before the broker does
            try:
                migrate(cluster)
                break
            except BROKER_UNAVAILABLE:
                continue
        yield cluster, processes
        for name in list(processes.running):
            processes.stop(name)


def test_real_terms_make_the_same_rows_in_one_process_and_in_a_cluster(
    alone: tuple[ClusterSettings, Processes], tmp_path: Path, open_data: Path
) -> None:
    ministers = open_data / "ifg-ministers" / "canonical"
    home = tmp_path / "home"
    home.mkdir()
    embedded = EmbeddedLedger(SERVICES, PROJECTIONS, home, SITE, ticking())
    imported(embedded, ministers)
    embedded.project_pending()
    here = digests(embedded.tables)
    embedded.close()

    cluster, processes = alone
    node = open_cluster_ledger(cluster, ticking())
    imported(node, ministers)
    processes.start("relay", "relay")
    processes.start("worker-1", "worker")
    processes.start("worker-2", "worker")
    assert whole(processes)["complaints"] == []
    there = digests(node.tables)
    node.close()

    assert there == here
    assert here["tenures"][0] > 1000
