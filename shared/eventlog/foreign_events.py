"""Events of other sites, as this site counts them: what it holds beside its own log, and since when that is known."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from shared.core.partial_dates import Instant


class ForeignEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that this site counts, or once counted, and did not record itself.

    One that ceased to count and counts again is given once for each time. An event of the own log is given only where
    it ceased to count, because a fork was found.
    """

    state: bytes
    """The stored bytes, as its own site wrote them."""
    known: Instant
    """When it was known here: the instant of the receipt that covers it."""
    known_until: Instant = Instant("")
    """When it ceased to count here; empty: it counts."""


class ForeignEvents(Protocol):
    """Gives, by topic and stream, the events of other sites that count or once counted.

    Every instant was reserved with `EmbeddedLedger.count_foreign_events`, so that it is later than all answers that
    were final before.
    """

    def position(self, topic: str) -> int:
        """The number of the last change of a topic; 0: none."""
        ...

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        """The next (change number, stream) after a number, in order: streams some of whose events began or ceased to
        count. A stream is named at least at its last change."""
        ...

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        """The events of each of these streams that has any, in any order."""
        ...

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        """How many events count now, of each of these streams that has any."""
        ...

    def find_command(self, topic: str, command_id: str) -> list[bytes]:
        """The stored bytes of the events that this site recorded for a command, by its idempotency key, which its log
        lacks since it was restored from a backup, in order; none where there are none."""
        ...

    def highest_lamport(self) -> int:
        """The highest lamport time of all events that count, of all topics; 0: none."""
        ...

    def find_damage(self) -> Iterator[str]:
        """What of the store is not as it was written, each in one sentence with a remedy."""
        ...

    def close(self) -> None: ...


class NoForeignEvents:
    """The events of other sites at a site that belongs to no tree: none."""

    def position(self, topic: str) -> int:
        return 0

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        return []

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        return {}

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        return {}

    def find_command(self, topic: str, command_id: str) -> list[bytes]:
        return []

    def highest_lamport(self) -> int:
        return 0

    def find_damage(self) -> Iterator[str]:
        return iter(())

    def close(self) -> None:
        """Nothing is open."""


NO_FOREIGN_EVENTS = NoForeignEvents()
"""Given where there are none, which is asked nothing."""
