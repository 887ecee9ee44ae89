"""For other programs: the facts of some topics, typed, once each, from a feed over HTTP or from Kafka.

    consumer = Consumer(HttpFeed("http://127.0.0.1:8000"), [topic], state)
    for told in consumer.poll():
        ...
    save(consumer.state)            # with your own rows, in one transaction

What comes again after a crash is dropped; what is missing is told by `missing()`, once a poll brings nothing new.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import msgspec

from shared.contract.cloudevents import DECODE_ERRORS, CloudEvent, Envelope
from shared.core.facts import Recorded, Topic

Offsets = dict[str, str]
"""How far a source has been read: by topic for a feed, by topic and partition for Kafka."""


@dataclass(frozen=True)
class SourceRecord:
    """Stored bytes as a source hands them over; once they are dealt with, `key` of the places is at `place`."""

    topic: str
    state: bytes
    key: str
    place: str


class EventSource(Protocol):
    def read(self, topics: Sequence[str], places: Offsets) -> list[SourceRecord]:
        """What comes next, some of it; nothing when there is no more now."""
        ...


class ReceivedSequences(msgspec.Struct):
    """Of one log: all up to `upto`, and some beyond, for the partitions of a topic are not read in step."""

    upto: int = 0
    beyond: set[int] = set()

    def add(self, seq: int) -> bool:
        """False when it was seen before."""
        if seq <= self.upto or seq in self.beyond:
            return False
        self.beyond.add(seq)
        while self.upto + 1 in self.beyond:
            self.upto += 1
            self.beyond.remove(self.upto)
        return True


class ConsumerState(msgspec.Struct):
    """What a consumer must not forget: kept by the caller, for example as JSON (`msgspec.json.encode`)."""

    places: Offsets = {}
    seen: dict[str, ReceivedSequences] = {}
    """By `topic epoch site`."""


class Gap(msgspec.Struct, frozen=True):
    """Facts that must be there and did not come: those of one log from `first` to `last`."""

    topic: str
    site: str
    epoch: str
    first: int
    last: int


@dataclass(frozen=True)
class ConsumedEvent:
    """A fact in its envelope; `event` is None where this program does not know such a fact, and `raw` has it all."""

    topic: str
    tag: str
    event: Recorded[Any] | None
    raw: bytes = field(repr=False)


class _Fact(msgspec.Struct):
    type: str


class _Stored(Envelope):
    fact: _Fact = msgspec.field(default_factory=lambda: _Fact(""))


_stored = msgspec.json.Decoder(_Stored)


class Consumer:
    """Reads the events of some topics from a feed or from Kafka, each once, and remembers how far it has come."""

    def __init__(
        self, source: EventSource, topics: Iterable[Topic[Any]], state: ConsumerState | None = None
    ) -> None:
        self.source, self.topics = source, {topic.name: topic for topic in topics}
        self.state = state or ConsumerState()

    def poll(self) -> list[ConsumedEvent]:
        """New facts, in the order of each stream; empty when there are none now. `state` is then after them."""
        while arrived := self.source.read(list(self.topics), self.state.places):
            if found := [told for each in arrived if (told := self._told(each))]:
                return found
        return []

    def missing(self) -> list[Gap]:
        """Asked when everything was read: numbers left out for ever, which a log never does by itself."""
        return [gap for name, seen in sorted(self.state.seen.items()) for gap in _gaps(name, seen)]

    def _told(self, arrived: SourceRecord) -> ConsumedEvent | None:
        topic = self.topics[arrived.topic]
        self.state.places[arrived.key] = arrived.place
        try:
            stored = _stored.decode(arrived.state)
        except DECODE_ERRORS:  # not one of ours
            return ConsumedEvent(topic.name, "", None, arrived.state)
        seen = self.state.seen.setdefault(f"{topic.name} {stored.epoch} {stored.site}", ReceivedSequences())
        if not seen.add(stored.seq):
            return None
        try:
            event = topic.decode(arrived.state)
        except msgspec.ValidationError:  # told by a later version than this program knows
            return ConsumedEvent(topic.name, stored.fact.type, None, arrived.state)
        return ConsumedEvent(topic.name, stored.fact.type, event, arrived.state)


def _gaps(name: str, seen: ReceivedSequences) -> Iterator[Gap]:
    topic, epoch, site = name.split(" ", 2)
    before = seen.upto
    for seq in sorted(seen.beyond):
        if seq > before + 1:
            yield Gap(topic, site, epoch, before + 1, seq - 1)
        before = seq


class LogChanged(Exception):
    """The log behind a feed is not the one that was read before: begin anew with the `seen` you have, or without."""


class HttpFeed:
    """The feeds of an installation; `token` where it wants one. URLError while it is away."""

    def __init__(self, address: str, token: str = "", page: int = 500, timeout: float = 30) -> None:
        self.address, self.page, self.timeout = address.rstrip("/"), page, timeout
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def read(self, topics: Sequence[str], places: Offsets) -> list[SourceRecord]:
        return [arrived for topic in topics for arrived in self._page(topic, places.get(topic, ""))]

    def _page(self, topic: str, after: str) -> Iterator[SourceRecord]:
        asked = urlencode({"after": after, "limit": self.page})
        request = Request(f"{self.address}/feeds/{topic}?{asked}", headers=self.headers)
        try:
            with urlopen(request, timeout=self.timeout) as answer:
                events = msgspec.json.decode(answer.read(), type=list[CloudEvent])
        except HTTPError as refused:
            with refused:
                if refused.code == 409:
                    raise LogChanged(topic) from refused
            raise
        for event in events:
            yield SourceRecord(topic, bytes(event.data), topic, event.cursor)
