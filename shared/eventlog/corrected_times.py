"""When facts of a log were known that were recorded by a clock that was far ahead: since that was corrected."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from shared.core.facts import F, Recorded
from shared.core.partial_dates import Instant


class ClockCorrection(msgspec.Struct, frozen=True):
    """Facts up to an entry of a log carry a wrong time and count as known since an instant."""

    since: Instant
    epoch: str
    seq: int


class CorrectedTimes:
    """Of one log. What is stored stays as it is: only those who read events see the corrected time. A time is never put
    later than it says."""

    def __init__(self) -> None:
        self._epochs: dict[str, tuple[tuple[int, Instant], ...]] = {}

    def use(self, corrections: Iterable[ClockCorrection], epochs: Sequence[str]) -> None:
        """Take these corrections into account. `epochs`: those of the log, in order."""
        found: dict[str, list[tuple[int, Instant]]] = {}
        for each in corrections:
            for epoch in epochs[: epochs.index(each.epoch) + 1] if each.epoch in epochs else ():
                found.setdefault(epoch, []).append((each.seq if epoch == each.epoch else 2**62, each.since))
        self._epochs = {epoch: tuple(parts) for epoch, parts in found.items()}

    def __bool__(self) -> bool:
        return bool(self._epochs)

    def find(self, epoch: str, seq: int, recorded_at: Instant) -> Instant:
        """When the entry of an epoch became known that says when it was recorded."""
        since = [since for last, since in self._epochs.get(epoch, ()) if seq <= last]
        return min([recorded_at, *since])

    def correct(self, event: Recorded[F]) -> Recorded[F]:
        """The event as it became known."""
        known = self.find(event.epoch, event.seq, event.recorded_at)
        return event if known == event.recorded_at else replace(event, recorded_at=known)


LogCorrections = Mapping[str, Sequence[ClockCorrection]]
"""By topic, the corrections of the own log."""
