"""Events of other sites in memory, for tests of what reads them; and ledgers that hear each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from shared.commands.command_handler import AnyService
from shared.core.clock import Clock, system_clock
from shared.core.facts import AnyEvent
from shared.core.partial_dates import Instant
from shared.core.projection import AnyProjection
from shared.eventlog.foreign_events import ForeignEvent
from shared.runtime.embedded import EmbeddedLedger
from tests.kernel.ledger import SERVICES
from tests.kernel.toy import notes


class _Lamport(msgspec.Struct):
    lamport: int


_LAMPORT = msgspec.json.Decoder(_Lamport)


class HeldEvents:
    """What a replica tells of the events that it holds. Serves `ForeignEvents`, and counts how often it is asked."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], list[ForeignEvent]] = {}
        self.changes: dict[str, list[str]] = {}
        self.asked = 0

    def count(self, topic: str, stream: str, state: bytes, known: Instant) -> None:
        """The event counts from this instant on."""
        self.held.setdefault((topic, stream), []).append(ForeignEvent(state, known))
        self.changes.setdefault(topic, []).append(stream)

    def uncount(
        self, topic: str, stream: str, state: bytes, until: Instant, known: Instant = Instant("")
    ) -> None:
        """The event no longer counts from this instant on; one of the own log counted since it was recorded."""
        events = self.held.setdefault((topic, stream), [])
        counting = next((each for each in events if each.state == state and not each.known_until), None)
        if counting:
            events.remove(counting)
        events.append(ForeignEvent(state, counting.known if counting else known, until))
        self.changes.setdefault(topic, []).append(stream)

    def find_damage(self) -> Iterator[str]:
        return iter(())

    def close(self) -> None:
        """It holds no file."""

    def position(self, topic: str) -> int:
        self.asked += 1
        return len(self.changes.get(topic, ()))

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        self.asked += 1
        return list(enumerate(self.changes.get(topic, ()), 1))[after : after + limit]

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        self.asked += 1
        return {stream: list(events) for stream in streams if (events := self.held.get((topic, stream), []))}

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        self.asked += 1
        return {
            stream: sum(not each.known_until for each in events)
            for stream, events in self.load_streams(topic, streams).items()
        }

    def find_command(self, topic: str, command_id: str) -> list[bytes]:
        return []

    def highest_lamport(self) -> int:
        counted = (each for events in self.held.values() for each in events if not each.known_until)
        return max((_LAMPORT.decode(each.state).lamport for each in counted), default=0)


class Site:
    """One site with its ledger, and what it holds of others."""

    def __init__(
        self,
        home: Path,
        name: str,
        clock: Clock = system_clock,
        services: Mapping[str, AnyService] = SERVICES,
        projections: Iterable[AnyProjection] = (notes,),
        foreign: HeldEvents | None = None,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.name, self.foreign = name, foreign or HeldEvents()
        self.ledger = EmbeddedLedger(services, projections, home, name, clock, foreign=self.foreign)
        self._heard: set[bytes] = set()

    def own_states(self, topic: str) -> list[tuple[str, bytes]]:
        """(stream, stored bytes) of its own log, in order."""
        return [
            (stream, bytes(state)) for _, stream, _, state in self.ledger.logs[topic].read_stored(0, 10_000)
        ]

    def hear(self, *others: "Site", topics: Iterable[str] = (), project: bool = True) -> None:
        """Count everything that the others have recorded, with the keys that they made."""
        told = [
            (topic, stream, state)
            for other in others
            for topic in topics or self.ledger.logs
            for stream, state in other.own_states(topic)
        ]
        for other in others:
            other.give_keys(self)
        self.take(told, project)

    def take(self, told: Iterable[tuple[str, str, bytes]], project: bool = True) -> Instant:
        """Count these events, as (topic, stream, bytes), at one instant; those that it has are left out."""
        with self.ledger.count_foreign_events() as known:
            for topic, stream, state in told:
                if state not in self._heard:
                    self._heard.add(state)
                    self.foreign.count(topic, stream, state, known)
        if project:
            self.ledger.project_pending()
        return known

    def uncount(self, topic: str, stream: str, state: bytes) -> Instant:
        """These bytes count no longer."""
        with self.ledger.count_foreign_events() as until:
            self.foreign.uncount(topic, stream, state, until)
        self.ledger.project_pending()
        return until

    def give_keys(self, other: "Site") -> None:
        """The keys of subjects that this site made."""
        streams = {stream for topic in self.ledger.logs for stream, _ in self.own_states(topic)}
        keys = self.ledger.keys
        held = [(stream, key) for stream in streams if (key := keys.find_key(stream, self.name))]
        if held:
            other.ledger.keys.store_keys(held, self.name)

    def close(self) -> None:
        self.ledger.close()


@contextmanager
def sites(home: Path, *names: str, clock: Clock = system_clock) -> Iterator[list[Site]]:
    """Sites of the toy services, each with a folder of its own."""
    with ExitStack() as opened:
        yield [opened.enter_context(closing(Site(home / name, name, clock))) for name in names]


def state_of(site: Site, topic: str, event: AnyEvent) -> bytes:
    """The stored bytes of one of its own events."""
    decode = site.ledger.logs[topic].topic.decode
    return next(state for _, state in site.own_states(topic) if decode(state).event_id == event.event_id)
