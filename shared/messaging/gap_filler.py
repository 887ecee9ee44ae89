"""Reads from the log what Kafka did not deliver: records that were skipped, or a topic that was lost."""

import logging
from time import monotonic
from typing import Any

from shared.contract.cloudevents import decode_envelope
from shared.eventlog.event_log import EventLog
from shared.messaging.dead_letters import Message
from shared.messaging.inbox import Inbox

_PAGE = 1000
log = logging.getLogger(__name__)


def inbox_follower(topic: str) -> str:
    """The name under which the position up to which all facts of a topic were received is stored."""
    return f"inbox/{topic}"


class GapFiller:
    """Watches that the inbox has received every event of one log, and fetches from the log those that do not come.

    Events come in the order of the log, so the first missing position moves on as long as anything comes; when it has
    not moved for `timeout` seconds, the event will not come any more.
    """

    def __init__(self, source: EventLog[Any], inbox: Inbox, timeout: float = 30.0) -> None:
        self.source, self.inbox, self.timeout = source, inbox, timeout
        self.follower = inbox_follower(source.topic.name)
        self._stuck, self._since = -1, 0.0

    def poll(self) -> int:
        """Check once; returns how many events had to be read from the log."""
        end, now = self.source.position(), monotonic()
        complete = self.find_complete_position()
        if complete >= end:
            self._stuck = -1  # where nothing is missing, nobody waits
        elif complete != self._stuck:
            self._stuck, self._since = complete, now
        elif now - self._since > self.timeout:
            return self.backfill(end)
        return 0

    def find_complete_position(self) -> int:
        """The position up to which nothing is missing."""
        position = start = self._load_position()
        while page := self._read_page(position):
            missing = self._find_missing(page)
            position = missing[0].offset - 1 if missing else page[-1].offset
            if missing:
                break
        if position != start:
            self._save_position(position)
        return position

    def backfill(self, upto: int) -> int:
        """Read every missing event up to this position from the log; returns how many."""
        position, filled = self._load_position(), 0
        while position < upto and (page := self._read_page(position)):
            missing = self._find_missing(page)
            if missing:
                self.inbox.receive(missing)
                filled += len(missing)
            position = page[-1].offset
            self._save_position(position)
        if filled:
            log.warning(
                "%s: %s events did not come and were taken from the log", self.source.topic.name, filled
            )
        return filled

    def _read_page(self, position: int) -> list[Message]:
        name = self.source.topic.name
        return [
            Message(name, None, position, stream, state)
            for position, stream, _, state in self.source.read_stored(position, _PAGE)
        ]

    def _find_missing(self, page: list[Message]) -> list[Message]:
        """The messages of a page that are neither received nor dead letters."""
        topic = self.source.topic.name
        events = {message.offset: decode_envelope(message.value) for message in page}
        with self.inbox.tables.transaction() as connection:
            received = self.inbox.find_received(connection, topic, list(events.values()))
            missing = [message for message in page if events[message.offset].event_id not in received]
            dead = self.inbox.dead_letters.read_values(connection, topic) if missing else set()
        return [message for message in missing if message.value not in dead]

    def _load_position(self) -> int:
        with self.inbox.tables.transaction() as connection:
            return self.inbox.tables.position(connection, self.follower)

    def _save_position(self, position: int) -> None:
        chain = self.source.chain_hash(position)
        with self.inbox.tables.transaction() as connection:
            self.inbox.tables.set_position(connection, self.follower, position, chain)
