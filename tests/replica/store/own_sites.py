"""A site with an event log of its own and a store beside it, opened as often as a process would."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from services.audit.sealing.trees import LogTree
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.counting import LogJudgement
from shared.replica.envelopes import Arrival
from shared.replica.exchange import missing_heads, vector_of
from shared.replica.runs import Head, LogId
from shared.replica.store.own_log import OwnLog
from shared.replica.store.replica_store import ReplicaStore
from tests.kernel.toy import ToyFact, append_request, log_in, note, topic

SIGNERS = {site: Signer(site, hash_leaf(site.encode())) for site in ("px", "huyen", "tinh")}
KEYS = {site: (signer.verifier,) for site, signer in SIGNERS.items()}
TOPICS = {"toy": topic}
ARRIVAL = Arrival(Instant("2100-01-01T00:00:00.000000Z"), 10**6)
PX = LogId("px", "toy")


class OwnSite:
    def __init__(self, site: str, log: EventLog[ToyFact], store: ReplicaStore) -> None:
        self.site, self.log, self.store = site, log, store

    def record(self, count: int, stream: str = "S") -> None:
        for _ in range(count):
            version = self.log.version(stream)
            self.log.append(append_request(stream, version, note(f"{self.site} {version}")))

    def vector(self) -> frozenset[Head]:
        """All its logs."""
        store = self.store
        vectors = (vector_of(store.load_log(log), store.root_reader(log)) for log in store.logs())
        return frozenset[Head]().union(*vectors)

    def send(self, other: "OwnSite") -> int:
        """Send what leads from the other's vector to what is here; how many chunks that takes."""
        receiver, count = other.vector(), 0
        for log in self.store.logs():
            for chunk in self.store.chunks_to_send(log, receiver):
                imported = other.store.import_chunk(chunk, KEYS, ARRIVAL)
                assert not imported.rule, imported.rule
                count += 1
        return count

    def lacks(self, vector: frozenset[Head]) -> frozenset[Head]:
        found = frozenset[Head]()
        for log in {head.log for head in vector}:
            found |= missing_heads(vector, self.store.load_log(log), self.store.root_reader(log))
        return found

    def mark(self, minute: int, says: LogJudgement | None = None) -> None:
        """Decide what counts of all logs."""
        known = Instant(f"2100-01-01T00:{minute:02d}:00.000000Z")
        self.store.mark_known(known, lambda log: says or LogJudgement(), self.store.logs())

    def foreign(self, stream: str = "S") -> list[bytes]:
        return [event.state for event in self.store.load_streams("toy", (stream,)).get(stream, ())]


@contextmanager
def open_site(
    folder: Path, site: str, where: Path | str = "", closed_until: Callable[[], Instant] | None = None
) -> Iterator[OwnSite]:
    folder.mkdir(exist_ok=True)
    with log_in(folder, site=site) as log, closing(LogTree(folder / "toy.tree")) as tree:
        own = OwnLog(log, tree, SIGNERS[site], closed_until)
        with closing(ReplicaStore(where or folder / "replica.db", TOPICS, (own,))) as store:
            yield OwnSite(site, log, store)
