"""The site's own event log, read as the pieces of a log: its epochs, over a file of tree nodes that grows with it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import Any, Protocol

import msgspec

from shared.core.errors import DamagedStore
from shared.core.partial_dates import Instant
from shared.eventlog.compact_ranges import CompactRange, read_range
from shared.eventlog.event_log import EventLog
from shared.eventlog.merkle import EMPTY_ROOT, compute_root, node_index
from shared.eventlog.signed_notes import Signer
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.envelopes import EntryEnvelope, read_envelope
from shared.replica.runs import LogId, Run
from shared.replica.store.entry_nodes import EntryNodes
from shared.replica.store.pieces import Covering, Piece


class NodeTree(Protocol):
    """The stored nodes of the Merkle tree of an event log, in the order of `node_index`."""

    def grow(self, log: EventLog[Any]) -> int:
        """Append the nodes of what was recorded since; returns for how many events it has nodes."""
        ...

    def read_node(self, at: int) -> bytes: ...


class OwnLog:
    """The event log of one topic. `closed_until` gives an instant at or before which nothing will be recorded in it any
    more; without it that is when its last event was recorded."""

    def __init__(
        self,
        log: EventLog[Any],
        tree: NodeTree,
        signer: Signer,
        closed_until: Callable[[], Instant] | None = None,
    ) -> None:
        self.id = LogId(log.site, log.topic.name)
        self._log, self._tree, self._signer, self._closed_until = log, tree, signer, closed_until
        self._roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self._last: OwnLogState | None = None
        self._reading = Lock()

    def read(self) -> "OwnLogState":
        """The log as it stands. It costs what was recorded since the last call."""
        with self._reading:
            closed_until = self._closed_until() if self._closed_until else Instant("")
            size = self._tree.grow(self._log)
            if self._last is None or self._last.size != size:
                self._last = OwnLogState(self, size, self._read_runs(size))
            self._last.closed_until = max(self._last.closed_until, closed_until)
            return self._last

    def _read_runs(self, size: int) -> tuple[Run, ...]:
        """The epochs as runs. Of several that were opened at one position only the last has events."""
        starts = {first - 1: epoch for first, epoch in self._log.read_epochs() if first <= size}
        places = [*sorted(starts), size]
        runs = []
        for start, end in pairwise(places):
            before, root = self._root(start), self._root(end)
            runs.append(Run(starts[start], 1, end - start, start, before, root, True))
        self._roots = {place: self._roots[place] for place in {0, *places[:-1]}}
        return tuple(runs)

    def _root(self, size: int) -> bytes:
        if size not in self._roots:
            self._roots[size] = compute_root(self._tree.read_node, size)
        return self._roots[size]

    def read_node(self, at: int) -> bytes:
        return self._tree.read_node(at)

    def position(self) -> int:
        """Where the log ends now."""
        return self._log.position()

    def read_states(self, after: int, limit: int) -> list[bytes]:
        """The stored bytes of the next events after a position."""
        return [bytes(row[3]) for row in self._log.read_stored(after, limit)]

    def find_time(self, envelope: EntryEnvelope) -> Instant:
        """When an entry was recorded; where its time is wrong, when that was corrected."""
        return self._log.times.find(envelope.epoch, envelope.seq, envelope.recorded_at)

    def sign(self, checkpoint: LogCheckpoint) -> str:
        return sign_checkpoint(checkpoint, self._signer)


class OwnLogState:
    """The first `size` events of the own log."""

    def __init__(self, own: OwnLog, size: int, runs: tuple[Run, ...]) -> None:
        self._own, self.size, self.runs = own, size, runs
        self.branch = ""
        """The epoch with which this line began as a branch, once another line of it is known."""
        self.closed_until = Instant("")
        self._note: tuple[str, Instant, str] | None = None

    @cached_property
    def _epochs(self) -> dict[str, list[Piece]]:
        return {run.epoch: [OwnEpoch(self._own, self, run)] for run in self.runs}

    def pieces(self, epoch: str) -> Sequence[Piece]:
        return self._epochs.get(epoch, [])

    def all_pieces(self) -> Sequence[Piece]:
        return [piece for pieces in self._epochs.values() for piece in pieces]

    def sign_checkpoint(self) -> str:
        """A signed checkpoint over all of it."""
        wanted = self.branch, self.closed_until
        if self._note is None or self._note[:2] != wanted:
            self._note = *wanted, self._own.sign(self.checkpoint)
        return self._note[2]

    @property
    def checkpoint(self) -> LogCheckpoint:
        run = self.runs[-1]
        recorded = self._last_recorded
        closed = max(recorded, self.closed_until)
        return LogCheckpoint(self._own.id, self.size, run.root, run.epoch, run.last, closed, self.branch)

    @cached_property
    def _last_recorded(self) -> Instant:
        states = self._own.read_states(self.size - 1, 1)
        envelope = read_envelope(states[0]) if states else None
        if envelope is None:
            raise DamagedStore(f"{self._own.id.topic}: the event at position {self.size} cannot be read")
        return self._own.find_time(envelope)


class OwnEpoch(msgspec.Struct, frozen=True):
    """One epoch of the own log: a Piece."""

    own: OwnLog
    state: OwnLogState
    run: Run

    @property
    def left(self) -> CompactRange:
        return read_range(self.own.read_node, 0, self.run.position)

    def read_nodes(self, places: Sequence[tuple[int, int]]) -> list[bytes]:
        return [self.own.read_node(node_index(height, at >> height)) for height, at in places]

    def read_covering(self) -> Covering:
        return Covering(
            self.state.sign_checkpoint(), read_range(self.own.read_node, self.run.end, self.state.size)
        )

    def read_sizes(self, first: int, last: int, limit: int) -> list[tuple[int, int]]:
        states = self.own.read_states(self.run.offset + first, min(limit, last - first + 1))
        return [(seq, len(state)) for seq, state in enumerate(states, start=first)]

    def read_rows(self, first: int, last: int) -> list[EntryNodes]:
        states = self.own.read_states(self.run.offset + first, last - first + 1)
        return [EntryNodes(seq, 0, b"", state) for seq, state in enumerate(states, start=first)]
