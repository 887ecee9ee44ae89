"""Other axes of what was known when than that of this site, for which streams are folded anew."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from shared.core.facts import AnyEvent
from shared.core.partial_dates import Instant


class KnownSpan(NamedTuple):
    """A time in which an event is known and counts."""

    since: Instant
    until: Instant = Instant("")
    """Empty: it still counts."""


class KnownView(Protocol):
    """Says since when an event is known: at this site, at another one, or by what its origin recorded."""

    def find_spans(self, topic: str, event: AnyEvent, here: Sequence[KnownSpan]) -> Sequence[KnownSpan]:
        """When the event is known, in order; nothing: never. `event`: as its origin recorded it; `here`: when it is
        known at this site."""
        ...
