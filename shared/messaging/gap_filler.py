"""What the transport has not brought is taken from the log: records that were skipped, a topic that was lost."""

import logging
from time import monotonic
from typing import Any

from shared.contract.cloudevents import decode_envelope
from shared.eventlog.event_log import EventLog
from shared.messaging.dead_letters import Message
from shared.messaging.inbox import Inbox

_PAGE = 1000
log = logging.getLogger(__name__)


class GapFiller:
    """Watches that the inbox holds all of one log. Events come in the order of the log, so the first that is missing
    moves on as long as anything comes; where it stands still for `timeout` seconds, it will not come any more."""

    def __init__(self, source: EventLog[Any], inbox: Inbox, timeout: float = 30.0) -> None:
        self.source, self.inbox, self.timeout = source, inbox, timeout
        self.follower = f"inbox/{source.topic.name}"
        self._stuck, self._since = -1, 0.0

    def poll(self) -> int:
        """How many events had to be taken from the log."""
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
        position = start = self._position()
        while page := self._page(position):
            missing = self._missing(page)
            position = missing[0].offset - 1 if missing else page[-1].offset
            if missing:
                break
        if position != start:
            self._reached(position)
        return position

    def backfill(self, upto: int) -> int:
        """Take whatever is missing up to this position."""
        position, taken = self._position(), 0
        while position < upto and (page := self._page(position)):
            missing = self._missing(page)
            if missing:
                self.inbox.receive(missing)
                taken += len(missing)
            position = page[-1].offset
            self._reached(position)
        if taken:
            log.warning(
                "%s: %s events did not come and were taken from the log", self.source.topic.name, taken
            )
        return taken

    def _page(self, position: int) -> list[Message]:
        name = self.source.topic.name
        return [
            Message(name, None, at, stream, state)
            for at, stream, _, state in self.source.read_stored(position, _PAGE)
        ]

    def _missing(self, page: list[Message]) -> list[Message]:
        """What is parked has come as well, in its way."""
        topic = self.source.topic.name
        events = {message.offset: decode_envelope(message.value) for message in page}
        with self.inbox.tables.transaction() as connection:
            arrived = self.inbox.find_received(connection, topic, list(events.values()))
            missing = [message for message in page if events[message.offset].event_id not in arrived]
            parked = self.inbox.dead_letters.read_values(connection, topic) if missing else set()
        return [message for message in missing if message.value not in parked]

    def _position(self) -> int:
        with self.inbox.tables.transaction() as connection:
            return self.inbox.tables.position(connection, self.follower)

    def _reached(self, position: int) -> None:
        with self.inbox.tables.transaction() as connection:
            self.inbox.tables.set_position(connection, self.follower, position)
