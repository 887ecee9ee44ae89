"""Statements of sites about their exchange, and a log that was held with all its roots."""

from collections.abc import Iterable

from services.sync.domain.heads import to_stored
from services.sync.domain.receipts import SyncEvent
from services.sync.events import HeldRange, Received, SyncFact
from shared.core.facts import Recorded
from shared.core.partial_dates import Instant
from shared.replica.runs import Head, LogRuns, Run
from shared.replica.union import add_run
from tests.replica.signed_lines import SignedLine


def state(site: str, at: int, fact: SyncFact, number: int = 0) -> SyncEvent:
    """A statement of a site, so many seconds after midnight by its own clock."""
    return Recorded(
        event_id=f"{site}-{at:03d}-{number}",
        site=site,
        epoch="e1",
        seq=at + 1,
        stream=site,
        version=1,
        recorded_at=Instant(f"2026-03-02T00:00:{at:02d}.000000Z"),
        actor="sync",
        command_id="",
        lamport=at + 1,
        fact=fact,
    )


def receipt(heads: Iterable[Head], held: tuple[HeldRange, ...] = (), source: str = "line:px") -> Received:
    return Received(source=source, heads=to_stored(heads), held=held)


class HeldLog:
    """All that some lines of one log have, held."""

    def __init__(self, *lines: SignedLine) -> None:
        self.lines, self.log = lines, LogRuns(lines[0].log)
        for line in lines:
            starts = [at for at, (_, seq) in enumerate(line.places) if seq == 1]
            for start, end in zip(starts, [*starts[1:], len(line.places)], strict=True):
                self.log = add_run(self.log, line.run(start, end), self.roots).log

    def roots(self, run: Run, seq: int) -> bytes:
        """The root of the line up to an entry of a run."""
        at = run.position + seq - run.first
        line = next(
            each for each in self.lines if len(each.states) >= run.end and each.root(run.end) == run.root
        )
        return line.root(at + 1)
