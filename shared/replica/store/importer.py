"""Stores what the import rule says of one chunk, inside one transaction."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from shared.core.facts import Topic
from shared.core.partial_dates import Instant, later
from shared.eventlog.compact_ranges import CompactRange
from shared.eventlog.signed_notes import Verifier, key_name, split_note
from shared.replica.checkpoints import LogCheckpoint, parse_checkpoint
from shared.replica.chunks import MAX_SIZE, Chunk, ChunkHeader, encode_chunk
from shared.replica.envelopes import (
    MAX_CLOCK_AHEAD,
    UNCOUNTED,
    Arrival,
    EntryFlag,
    inspect_entry,
    read_envelope,
)
from shared.replica.importing import Imported, import_chunk
from shared.replica.proof import ProvenChunk
from shared.replica.runs import LogId, LogRuns, Run
from shared.replica.store.database import Select, Transaction
from shared.replica.store.entry_nodes import EntryNodes, entries_of, join_hashes, range_of
from shared.replica.store.own_log import OwnLogState
from shared.replica.store.schema import (
    CHECKPOINTS,
    ENTRIES,
    FILLED,
    LOGS,
    OWN_COMMANDS,
    RUNS,
    SEGMENTS,
    VOUCHED,
    WAITING,
)
from shared.replica.store.segments import Segment, load_segments, stored_pieces
from shared.replica.union import Outcome

_BLOCKING = frozenset({EntryFlag.TOO_LARGE, EntryFlag.LATER_VERSION})
"""A stream waits from an entry with one of these flags on."""
_LARGEST = 2**63 - 1
_RUN_COLUMNS = "epoch, first, last, position, before, root, solid"


class ChunkImporter:
    """Imports into one transaction. `own`: the runs and pieces of the log, where the site itself writes it."""

    def __init__(
        self,
        transaction: Transaction,
        topics: Mapping[str, Topic[Any]],
        arrival: Arrival,
        own: Callable[[LogId], tuple[LogRuns, OwnLogState] | None],
    ) -> None:
        self._db, self._topics, self._arrival, self._own = transaction, topics, arrival, own

    def import_chunk(
        self, chunk: Chunk, keys: Mapping[str, Iterable[Verifier]], takes_payloads: bool
    ) -> Imported:
        """Store a chunk. Of one that is not valid nothing is stored; one that waits is put aside."""
        header, log = chunk.header, chunk.header.log
        count = sum(1 if isinstance(item, int) else item.stubs for item in header.items)
        if not _can_be_stored(header, count):
            every = header.first, header.first + count - 1, Outcome.INVALID
            return Imported(LogRuns(log), (every,), rule="BadHeader")
        own = self._own(log)
        if own:
            held, state = own
            pieces = stored_pieces(self._db.select, log, state.pieces)
        else:
            held = LogRuns(log, self._concerned_runs(header, count))
            pieces = stored_pieces(self._db.select, log)
        imported = import_chunk(held, chunk, keys, pieces.read_root)
        if imported.proven is None:
            if any(outcome is Outcome.WAITING for _, _, outcome in imported.outcomes):
                self._put_aside(chunk)
            return imported
        if not own:
            self._replace_runs(log, set(held.runs), set(imported.log.runs))
        is_new = set(held.runs) != set(imported.log.runs)
        rows = entries_of(imported.proven)
        closed_until = self._find_closed_until(log, imported.proven.run)
        for first, last in _new_ranges(imported.outcomes):
            part = [row for row in rows if first <= row.seq <= last]
            segment = self._extend_or_add(log, imported.proven, first, last)
            self._insert(log, segment, part, closed_until, takes_payloads)
            is_new = True
        if takes_payloads:
            for first, last, outcome in imported.outcomes:
                if outcome is Outcome.DUPLICATE and chunk.payloads:
                    is_new |= self._fill(log, imported.proven, rows, first, last, closed_until, pieces.locate)
        checkpoint = imported.proven.checkpoint, imported.proven.chunk.header.checkpoint
        has_several = len(tuple(keys[log.origin])) > 1 or is_handover(checkpoint[1], log.origin)
        is_new |= has_several and vouch(self._db, *checkpoint)
        # of what is here already no receipt says more
        if keep_checkpoint(self._db, *checkpoint, self._arrival.received_at) or is_new:
            self._mark_changed(log)
        return imported

    def _concerned_runs(self, header: ChunkHeader, count: int) -> tuple[Run, ...]:
        """The runs for which `concerns` holds."""
        log, start, end = header.log, header.start, header.start + count
        sql = (
            f"SELECT {_RUN_COLUMNS} FROM runs WHERE topic = ? AND origin = ? AND epoch = ? "
            f"UNION SELECT {_RUN_COLUMNS} FROM runs WHERE topic = ? AND origin = ? AND solid = 0 "
            f"UNION SELECT {_RUN_COLUMNS} FROM runs WHERE topic = ? AND origin = ? AND end_position >= ? "
            "AND position <= ?"
        )
        of = log.topic, log.origin
        return read_runs(self._db.select, sql, (*of, header.epoch, *of, *of, start, end))

    def _replace_runs(self, log: LogId, before: set[Run], after: set[Run]) -> None:
        for run in before - after:
            sql = "DELETE FROM runs WHERE topic = ? AND origin = ? AND root = ?"
            self._db.execute(sql, (log.topic, log.origin, run.root))
        rows = [
            (
                log.topic,
                log.origin,
                r.root,
                r.epoch,
                r.first,
                r.last,
                r.position,
                r.end,
                r.before,
                int(r.solid),
            )
            for r in after - before
        ]
        self._db.insert(RUNS, rows)

    def _extend_or_add(self, log: LogId, proven: ProvenChunk, first: int, last: int) -> int:
        """The segment whose last entries these are: one that ended before them, or a new one."""
        run = proven.run
        left, right = _range_before(proven, first), _range_after(proven, last)
        before, root = left.root(), _root_at(proven, last)
        proof = proven.chunk.header.checkpoint, proven.checkpoint.size, join_hashes(right.hashes)
        for segment in load_segments(self._db.select, log, run.epoch, "AND last = ?", (first - 1,)):
            if segment.row.root == before:
                sql = "UPDATE segments SET last = ?, root = ?, note = ?, proof_size = ?, rights = ? WHERE id = ?"
                self._db.execute(sql, (last, root, *proof, segment.row.id))
                return segment.row.id
        [(number,)] = self._db.select("SELECT coalesce(max(id), 0) + 1 FROM segments")
        lefts = join_hashes(left.hashes)
        place = first, last, run.offset + first, before, root
        row = number, log.topic, log.origin, run.epoch, *place, lefts, *proof, first - 1
        self._db.insert(SEGMENTS, [row])
        return int(number)

    def _insert(
        self,
        log: LogId,
        segment: int,
        rows: Sequence[EntryNodes],
        closed_until: Instant,
        takes_payloads: bool,
    ) -> None:
        made = []
        for row in rows:
            state = row.state if takes_payloads else None
            named = self._read_state(log, state, closed_until) if state is not None else None
            stream, *about = named or (row.stream, 0, "", 0, 0)
            place = segment, row.seq, row.height, row.hashes, log.topic
            made.append((*place, stream, row.confidentiality, *about, state, "", ""))
        self._db.insert(ENTRIES, made)
        if self._own(log):
            self._keep_commands(log, segment, rows)

    def _keep_commands(self, log: LogId, segment: int, rows: Sequence[EntryNodes]) -> None:
        """Remember under which idempotency keys the site recorded what a backup of it lacks: a command that is repeated
        is answered with it."""
        read = ((row.seq, read_envelope(row.state)) for row in rows if row.state is not None)
        commands = [(seq, envelope.command_id) for seq, envelope in read if envelope and envelope.command_id]
        named = [
            (log.topic, command_id, segment, seq) for seq, command_id in commands if "\0" not in command_id
        ]
        self._db.insert(OWN_COMMANDS, named, new=True)

    def _read_state(self, log: LogId, state: bytes, closed_until: Instant) -> tuple[str, int, str, int, int]:
        """(stream, lamport, flags, countable, blocks) of a payload."""
        arrival = self._arrival
        if closed_until > arrival.closed_until:
            arrival = Arrival(arrival.received_at, arrival.lamport, closed_until)
        flags = set(inspect_entry(state, self._topics.get(log.topic), arrival))
        envelope = read_envelope(state)
        stream, lamport = (envelope.stream, envelope.lamport) if envelope else ("", 0)
        if "\0" in stream or not abs(lamport) <= _LARGEST:
            flags |= {EntryFlag.UNREADABLE} if "\0" in stream else {EntryFlag.LAMPORT}
            stream, lamport = stream.replace("\0", ""), 0
        blocks = bool(envelope) and bool(flags & _BLOCKING) and not flags & {EntryFlag.UNREADABLE}
        return stream, lamport, ",".join(sorted(flags)), int(not flags & UNCOUNTED), int(blocks)

    def _fill(
        self,
        log: LogId,
        proven: ProvenChunk,
        rows: Sequence[EntryNodes],
        first: int,
        last: int,
        closed_until: Instant,
        locate: Callable[[Run, int, int], Sequence[tuple[Any, int, int]]],
    ) -> bool:
        """Give stubs that are held the payloads, or the finer hashes, that came for them. Whether any did."""
        run, is_new = proven.run, False
        here = Run(run.epoch, first, last, run.offset + first, b"", _root_at(proven, last))
        for piece, low, high in locate(here, first, last):
            if not isinstance(piece, Segment):
                continue  # the own log has no stubs
            sql = (
                "SELECT seq, height FROM entries WHERE segment = ? AND seq >= ? AND seq <= ? "
                "AND state IS NULL ORDER BY seq"
            )
            stubs = dict(self._db.select(sql, (piece.row.id, low, high)))
            ends = list(stubs)
            finer = [row for row in rows if low <= row.seq <= high and _is_finer(row, stubs, ends)]
            for row in finer:
                if row.seq in stubs:
                    sql = "DELETE FROM entries WHERE segment = ? AND seq = ?"
                    self._db.execute(sql, (piece.row.id, row.seq))
            self._insert(log, piece.row.id, finer, closed_until, True)
            self._db.insert(FILLED, [(piece.row.id, row.seq) for row in finer if row.state is not None], True)
            is_new |= bool(finer)
        return is_new

    def _find_closed_until(self, log: LogId, run: Run) -> Instant:
        """Up to when the origin had closed the line of a run before it began, by checkpoints of the same epoch or at
        the entry before: of a site that was restored, others may be of another line."""
        sql = (
            "SELECT size, root, closed_until, note FROM checkpoints "
            "WHERE topic = ? AND origin = ? AND size <= ? ORDER BY closed_until DESC"
        )
        for size, root, closed_until, note in self._db.select(sql, (log.topic, log.origin, run.position)):
            if (size, bytes(root)) == (run.position, run.before):
                return Instant(closed_until)
            if parse_checkpoint(split_note(note)[0]).epoch == run.epoch:
                return Instant(closed_until)
        return Instant("")

    def _mark_changed(self, log: LogId) -> None:
        self._db.insert(LOGS, [(log.topic, log.origin, 1)], new=True)
        sql = "UPDATE logs SET changed = 1 WHERE topic = ? AND origin = ? AND changed = 0"
        self._db.execute(sql, (log.topic, log.origin))

    def _put_aside(self, chunk: Chunk) -> None:
        raw = encode_chunk(chunk)
        row = sha256(raw).digest(), chunk.header.origin, raw, self._arrival.received_at
        self._db.insert(WAITING, [row], new=True)


def keep_checkpoint(written: Transaction, checkpoint: LogCheckpoint, note: str, received_at: Instant) -> bool:
    """Keep the newest checkpoint of its line and month; of two over the same entries, that which closed later, but one
    by a clock that was far ahead gives way to any. Whether it is new."""
    line, closed = checkpoint.origin_line, checkpoint.closed_until
    latest = later(received_at, MAX_CLOCK_AHEAD)
    if "\0" in f"{line}{closed}{note}":
        return False
    same = line, checkpoint.size, checkpoint.root
    sql = (
        "UPDATE checkpoints SET closed_until = ?, note = ? WHERE line = ? AND size = ? AND root = ? "
        "AND (closed_until < ? OR closed_until > ?)"
    )
    written.execute(sql, (closed, note, *same, closed if closed <= latest else "", latest))
    sql = "SELECT 1 FROM checkpoints WHERE line = ? AND size >= ? AND substr(closed_until, 1, 7) >= ?"
    newer = written.select(sql, (line, checkpoint.size, closed[:7]))
    other = "SELECT 1 FROM checkpoints WHERE line = ? AND size = ? AND root <> ?"
    if newer and not written.select(other, same):
        return False
    sql = "DELETE FROM checkpoints WHERE line = ? AND size < ? AND substr(closed_until, 1, 7) = ?"
    written.execute(sql, (line, checkpoint.size, closed[:7]))
    row = *same, checkpoint.log.topic, checkpoint.log.origin, closed, note
    written.insert(CHECKPOINTS, [row], new=True)
    return True


def is_handover(note: str, origin: str) -> bool:
    """Whether a site signed a checkpoint with two keys: so it shows the next one to whoever knows the one before."""
    return sum(name == key_name(origin) for name, _ in split_note(note)[1]) > 1


def vouch(written: Transaction, checkpoint: LogCheckpoint, note: str) -> bool:
    """Keep the newest checkpoint of its line that this key signed. Whether it covers more than the last."""
    line, name = checkpoint.origin_line, key_name(checkpoint.log.origin)
    key = next((raw[:4] for signer, raw in split_note(note)[1] if signer == name), b"")
    if "\0" in f"{line}{checkpoint.closed_until}{note}":
        return False
    sql = "SELECT size, closed_until FROM vouched WHERE line = ? AND key = ?"
    [before] = written.select(sql, (line, key)) or [(0, "")]
    if (checkpoint.size, checkpoint.closed_until) <= tuple(before):
        return False
    written.execute("DELETE FROM vouched WHERE line = ? AND key = ?", (line, key))
    row = (
        line,
        key,
        checkpoint.log.topic,
        checkpoint.log.origin,
        checkpoint.size,
        checkpoint.closed_until,
        note,
    )
    written.insert(VOUCHED, [row])
    return bool(checkpoint.size > before[0])


def read_runs(select: Select, sql: str, values: Sequence[object]) -> tuple[Run, ...]:
    """The runs that a query of their columns finds, sorted."""
    return tuple(
        sorted(
            Run(epoch, first, last, position, before, root, bool(solid))
            for epoch, first, last, position, before, root, solid in select(sql, values)
        )
    )


def _can_be_stored(header: ChunkHeader, count: int) -> bool:
    """Whether the names and numbers of a chunk are such that a database takes them."""
    texts = (
        header.origin,
        header.topic,
        header.epoch,
        *(i.stream for i in header.items if not isinstance(i, int)),
    )
    numbers = header.first, header.start, header.first + count, header.start + count
    classes = [item.confidentiality for item in header.items if not isinstance(item, int)]
    return all(abs(n) <= MAX_SIZE for n in numbers) and not any("\0" in text for text in (*texts, *classes))


def _new_ranges(outcomes: Iterable[tuple[int, int, Outcome]]) -> list[tuple[int, int]]:
    """(first, last) of the entries that were not here, joined where they touch."""
    ranges: list[tuple[int, int]] = []
    for first, last, outcome in sorted(outcomes):
        if outcome is Outcome.DUPLICATE:
            continue
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1] = ranges[-1][0], last
        else:
            ranges.append((first, last))
    return ranges


def _root_at(proven: ProvenChunk, seq: int) -> bytes:
    return proven.run.root if seq == proven.run.last else proven.root_at(seq)


def _range_before(proven: ProvenChunk, seq: int) -> CompactRange:
    """The range of all entries before one of a chunk."""
    end = proven.run.offset + seq
    return proven.left.merge(*(item for item in proven.items if item.end <= end))


def _range_after(proven: ProvenChunk, seq: int) -> CompactRange:
    """The range of all entries after one of a chunk, up to the size of its checkpoint."""
    begin = proven.run.offset + seq + 1
    right = range_of(proven.run.end, proven.checkpoint.size, proven.chunk.header.right)
    return CompactRange(begin, begin).merge(*(i for i in proven.items if i.begin >= begin), right)


def _is_finer(row: EntryNodes, stubs: Mapping[int, int], ends: Sequence[int]) -> bool:
    """Whether a row says more than the stub that it is in. `stubs`: the height of each by its last seq; `ends`: these
    in order."""
    at = bisect_left(ends, row.seq)
    if at == len(ends) or row.seq <= ends[at] - (1 << stubs[ends[at]]):
        return False
    return row.height < stubs[ends[at]] or row.state is not None
