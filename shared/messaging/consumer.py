"""A client for other programs: the events of some topics, typed, each once, from a feed over HTTP or from Kafka.

    consumer = Consumer(HttpFeed("http://127.0.0.1:8000"), [topic], state)
    for consumed in consumer.poll():
        ...
    save(consumer.state)            # with your own rows, in one transaction

Events that come again after a crash are dropped. `missing()` names those that did not come, once `poll` returns nothing
new.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec

from shared.contract.cloudevents import DECODE_ERRORS, CloudEvent, Envelope
from shared.contract.counting_notices import NOTICE_TAG, CountingChanged, read_notice
from shared.core.facts import AnyEvent, Topic

Offsets = dict[str, str]
"""How far a source has been read: by topic for a feed, by topic and partition for Kafka."""


@dataclass(frozen=True)
class SourceRecord:
    """Stored bytes from a source; once they are handled, `key` of Offsets has been read up to `offset`."""

    topic: str
    state: bytes
    key: str
    offset: str
    known: str = ""
    """Of an event of another site: since when it is known at the site that is read from."""


class EventSource(Protocol):
    """Delivers the stored events of topics from some point on."""

    def read(self, topics: Sequence[str], offsets: Offsets) -> list[SourceRecord]:
        """Some of the next records; empty when there are none now."""
        ...


class ReceivedSequences(msgspec.Struct):
    """The sequence numbers received of one log: all up to `upto`, and some beyond, because partitions are not read in
    step."""

    upto: int = 0
    beyond: set[int] = set()

    def add(self, seq: int) -> bool:
        """False when the number was received before."""
        if seq <= self.upto or seq in self.beyond:
            return False
        self.beyond.add(seq)
        while self.upto + 1 in self.beyond:
            self.upto += 1
            self.beyond.remove(self.upto)
        return True


class ConsumerState(msgspec.Struct):
    """How far a consumer has read; the caller stores it, for example as JSON (`msgspec.json.encode`)."""

    offsets: Offsets = msgspec.field(
        default_factory=dict, name="places"
    )  # stored under this name by consumers
    seen: dict[str, ReceivedSequences] = {}
    """By `topic epoch site`."""


class Gap(msgspec.Struct, frozen=True):
    """Events `first` to `last` of one log that exist but did not come."""

    topic: str
    site: str
    epoch: str
    first: int
    last: int


@dataclass(frozen=True)
class ConsumedEvent:
    """An event as a consumer gets it; `event` is None where this program does not know the kind of fact, `raw` is
    always complete."""

    topic: str
    tag: str
    event: AnyEvent | None
    raw: bytes = field(repr=False)
    known: str = ""
    """Of an event of another site: since when it is known at the site that is read from."""
    counting: CountingChanged | None = None
    """That a fact which came before does not count any more, or counts again; then `event` is None."""


class _Fact(msgspec.Struct):
    type: str


class _Stored(Envelope):
    fact: _Fact = msgspec.field(default_factory=lambda: _Fact(""))


_stored = msgspec.json.Decoder(_Stored)


class Consumer:
    """Reads the events of some topics from a feed or from Kafka, each once, and remembers how far it has read."""

    def __init__(
        self, source: EventSource, topics: Iterable[Topic[Any]], state: ConsumerState | None = None
    ) -> None:
        self.source, self.topics = source, {topic.name: topic for topic in topics}
        self.state = state or ConsumerState()

    def poll(self) -> list[ConsumedEvent]:
        """New events, in the order of each stream; empty when there are none now. `state` then includes them."""
        while records := self.source.read(list(self.topics), self.state.offsets):
            if events := [consumed for record in records if (consumed := self._consume(record))]:
                return events
        return []

    def missing(self) -> list[Gap]:
        """Gaps in the sequence numbers received. Call it once everything was read; a log itself has no gaps."""
        return [gap for name, seen in sorted(self.state.seen.items()) for gap in _gaps(name, seen)]

    def _consume(self, record: SourceRecord) -> ConsumedEvent | None:
        topic = self.topics[record.topic]
        self.state.offsets[record.key] = record.offset
        try:
            stored = _stored.decode(record.state)
        except DECODE_ERRORS:  # not one of ours
            return ConsumedEvent(topic.name, "", None, record.state)
        seen = self.state.seen.setdefault(f"{topic.name} {stored.epoch} {stored.site}", ReceivedSequences())
        if not seen.add(stored.seq):
            return None
        if stored.fact.type == NOTICE_TAG:
            what = read_notice(record.state)
            return ConsumedEvent(topic.name, NOTICE_TAG, None, record.state, stored.recorded_at, what)
        try:
            event: AnyEvent | None = topic.decode(record.state)
        except msgspec.ValidationError:  # recorded by a later version than this program
            event = None
        return ConsumedEvent(topic.name, stored.fact.type, event, record.state, record.known)


def _gaps(name: str, seen: ReceivedSequences) -> Iterator[Gap]:
    topic, epoch, site = name.split(" ", 2)
    before = seen.upto
    for seq in sorted(seen.beyond):
        if seq > before + 1:
            yield Gap(topic, site, epoch, before + 1, seq - 1)
        before = seq


class LogChanged(Exception):
    """The log behind a feed is not the one that was read before: start again, with the `seen` you have or without."""


class HttpFeed:
    """Reads the feeds of an installation; `token` where it needs one. URLError while it cannot be reached."""

    def __init__(self, address: str, token: str = "", page: int = 500, timeout: float = 30) -> None:
        self.address, self.page, self.timeout = address.rstrip("/"), page, timeout
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def read(self, topics: Sequence[str], offsets: Offsets) -> list[SourceRecord]:
        return [record for topic in topics for record in self._page(topic, offsets.get(topic, ""))]

    def _page(self, topic: str, after: str) -> Iterator[SourceRecord]:
        query = urlencode({"after": after, "limit": self.page})
        request = Request(f"{self.address}/feeds/{topic}?{query}", headers=self.headers)
        try:
            with urlopen(request, timeout=self.timeout) as response:
                events = msgspec.json.decode(response.read(), type=list[CloudEvent])
        except HTTPError as error:
            with error:
                if error.code == 409:
                    raise LogChanged(topic) from error
            raise
        for event in events:
            yield SourceRecord(topic, bytes(event.data), topic, event.cursor)
