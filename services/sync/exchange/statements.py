"""What sites state about exchanging, as far as it counts here."""

from collections.abc import Iterable, Iterator

from services.sync.domain.receipts import SyncEvent
from services.sync.events import SyncFact, topic
from shared.contract.cloudevents import DECODE_ERRORS
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.union import UnionReader
from shared.replica.store.replica_store import ReplicaStore

_PAGE = 1000


def read_statements(log: EventLog[SyncFact], foreign: ForeignEvents) -> Iterator[SyncEvent]:
    """The statements of this site, which are in its log, and those of others."""
    yield from _read_own(log)
    yield from _decode_readable(UnionReader(log, foreign).iterate_foreign_states())


def read_counted_statements(log: EventLog[SyncFact], store: ReplicaStore) -> Iterator[SyncEvent]:
    """The same without those of others that have ceased to count."""
    yield from _read_own(log)
    pages = store.read_counted(topic.name, {}, _PAGE)
    yield from _decode_readable(state for page in pages for _, _, state in page)


def _read_own(log: EventLog[SyncFact]) -> Iterator[SyncEvent]:
    after = 0
    while page := log.read(after, _PAGE):
        yield from (event for _, event in page)
        after = page[-1][0]


def _decode_readable(states: Iterable[bytes]) -> Iterator[SyncEvent]:
    for state in states:
        try:
            yield topic.decode(state)
        except DECODE_ERRORS:
            continue  # of a later version
