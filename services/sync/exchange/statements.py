"""What sites state about exchanging, as far as it counts here."""

from collections.abc import Iterator

from services.sync.domain.receipts import SyncEvent
from services.sync.events import SyncFact, topic
from shared.contract.cloudevents import DECODE_ERRORS
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.union import UnionReader

_PAGE = 1000


def read_statements(log: EventLog[SyncFact], foreign: ForeignEvents) -> Iterator[SyncEvent]:
    """The statements of this site, which are in its log, and those of others."""
    after = 0
    while page := log.read(after, _PAGE):
        yield from (event for _, event in page)
        after = page[-1][0]
    for state in UnionReader(log, foreign).iterate_foreign_states():
        try:
            yield topic.decode(state)
        except DECODE_ERRORS:
            continue  # of a later version
