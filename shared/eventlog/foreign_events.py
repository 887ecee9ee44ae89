"""What the union of the own log and a replica reads of other sites: the events that count here, by stream."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from shared.core.partial_dates import Instant


class ForeignEvent(msgspec.Struct, frozen=True, gc=False):
    """A stored event of another site, or of an earlier life of this one, that counts here or did so."""

    state: bytes
    """The stored bytes."""
    known: Instant
    """From when on it is known here: the instant of the receipt that covers it."""
    known_until: Instant = Instant("")
    """From when on it no longer counts; empty: it still counts."""


class ForeignEvents(Protocol):
    """The events of other sites that count here, by topic and stream."""

    def position(self, topic: str) -> int:
        """The number of the last change of the topic; 0: none."""
        ...

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        """(change number, stream), in order, of streams whose counted events changed after that number."""
        ...

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        """The events in total order of each of these streams that has any."""
        ...

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        """How many foreign events count in each of these streams that has any."""
        ...

    def highest_lamport(self) -> int:
        """The highest Lamport time of all that counts; 0 where nothing does."""
        ...
