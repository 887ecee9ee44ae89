"""The replica of a site: what it holds of all logs, its own included."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from shared.core.facts import Topic
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Verifier, split_note
from shared.replica.checkpoints import LogCheckpoint, parse_checkpoint
from shared.replica.chunks import Chunk, Stubs, decode_chunk
from shared.replica.counting import LogJudgement
from shared.replica.coverage import RunPart
from shared.replica.envelopes import Arrival, EntryFlag, inspect_entry
from shared.replica.exchange import parts_to_send
from shared.replica.importing import Imported
from shared.replica.parted_lines import find_branches
from shared.replica.runs import Head, LogId, LogRuns, RootNotKnown, RootReader, Run, find_end, root_at
from shared.replica.store.counting_changes import CountingChanges, Stream
from shared.replica.store.database import Select, Transaction, open_database
from shared.replica.store.entry_nodes import range_of, subtrees_between
from shared.replica.store.exchange_state import TARGET, ExchangeState, load_heads
from shared.replica.store.folded_statements import StatementRows
from shared.replica.store.foreign import StoredForeignEvents
from shared.replica.store.importer import ChunkImporter, keep_checkpoint, read_runs, vouch
from shared.replica.store.notices import NoticeWriter
from shared.replica.store.own_log import OwnLog, OwnLogState
from shared.replica.store.pieces import LogPieces, Piece
from shared.replica.store.schema import DOCUMENTS, FILLED
from shared.replica.store.segments import REMEDY, load_segments, marks, stored_pieces
from shared.replica.store.sending import Coordinates, make_chunk, make_chunks, make_items
from shared.replica.store.verification import check_segment, find_damage
from shared.replica.union import add_run

ROWS_AT_ONCE = 500
"""Rows of entries that are read at once."""


class Side(NamedTuple):
    """An entry at the place of a fork."""

    root: bytes
    note: str
    """A checkpoint of its origin that proves it."""
    state: bytes | None
    """Its stored bytes; None where they are withheld."""
    entries: int
    """How many entries are held from it on, in the same run."""


class DeadLetter(msgspec.Struct, frozen=True):
    """An entry of another site that is here and cannot be counted, whatever the registry says."""

    origin: str
    """Id of the site that recorded it."""
    topic: str
    """Name of the service."""
    epoch: str
    """Its epoch."""
    seq: int
    """Its number in the epoch."""
    stream: str
    """What it is about, where that can be read: nothing of that stream counts from there on."""
    why: str
    """`later-version`, `unreadable`, `too-large` or `lamport`; several with commas."""


class ReplicaStore(StoredForeignEvents):
    """`where`: a file (`replica.db`), or `postgresql://…` for the schema `replica`. `topics`: those that this program
    can read, by name. `own`: the site's own event logs; they are read beside what is stored. `site`: whose store it
    is, where they are not given. Without `create` tables must be there. One process at a time imports; reading is
    possible at any time, and from any thread.
    All methods raise StoreUnavailable, or the kind of it that says what is wrong.
    """

    def __init__(
        self,
        where: Path | str,
        topics: Mapping[str, Topic[Any]],
        own: Iterable[OwnLog] = (),
        site: str = "",
        create: bool = True,
    ) -> None:
        self._topics, self._own = topics, {log.id: log for log in own}
        self._sites = {log.origin for log in self._own} | {site}
        super().__init__(open_database(where, create))
        self.exchange = ExchangeState(self._db)
        self._notices = self._open_notices()
        self.statements = StatementRows(self._db)

    def close(self) -> None:
        self._db.close()

    @property
    def transactions(self) -> int:
        """How many have ended in this process: what was read after the last of them is still so, where no other
        process imports."""
        return self._db.transactions

    # What is held

    def logs(self) -> list[LogId]:
        """The logs of which anything is held, the own ones included, sorted."""
        stored = {LogId(origin, topic) for origin, topic in self._db.select("SELECT origin, topic FROM logs")}
        return sorted(stored | self._own.keys())

    def load_log(self, log: LogId) -> LogRuns:
        """All that is held of a log, as runs."""
        return self._read_log(log)[0]

    def root_reader(self, log: LogId) -> RootReader:
        """Reads the root at any entry of the log with log2(n) reads."""
        return self._read_log(log)[1].read_root

    def read_entries(self, log: LogId, part: RunPart) -> Iterator[bytes | Stubs]:
        """The stored bytes of the entries of a part of a run, and withheld ones as stubs."""
        run, first, last = part
        for piece, low, high in self._read_log(log)[1].locate(run, first, last):
            while sizes := piece.read_sizes(low, high, ROWS_AT_ONCE):
                rows = piece.read_rows(low, sizes[-1][0])
                for row in rows:
                    yield row.state if row.state is not None else next(_stubs(row, piece.run.offset))
                low = sizes[-1][0] + 1

    def read_sides(self, log: LogId, epoch: str, seq: int) -> list[Side]:
        """What is held at a place of a log, sorted by root: one entry, or one for each side of a fork."""
        runs, pieces = self._read_log(log)
        sides = []
        for run in runs.runs:
            if run.epoch == epoch and run.first <= seq <= run.last:
                root = root_at(run, seq, pieces.read_root)
                [(piece, _, _)] = pieces.locate(run, seq, seq)
                [row] = piece.read_rows(seq, seq)
                entries = run.last - seq + 1
                sides.append(Side(root, piece.read_covering().note, row.state, entries))
        return sorted(sides)

    def given_back_logs(self) -> list[LogId]:
        """The own logs of which other sites gave back what the event log lacks, or has otherwise; mostly none."""
        sites = tuple(sorted(self._sites))
        sql = f"SELECT DISTINCT origin, topic FROM segments WHERE origin IN ({marks(sites)})"
        return sorted(LogId(origin, topic) for origin, topic in self._db.select(sql, sites))

    def find_lost_tail(self, log: LogId) -> list[Run]:
        """Where lines that other sites gave back leave the own event log, as the first run of each: it was restored
        from a backup. Sides of a fork are none."""
        if log not in self._own:
            return []
        own, pieces = LogRuns(log, self._own[log].read().runs), self._read_log(log)[1]
        taken = {run.epoch: run.last for run in own.runs}
        return sorted(
            segment.run
            for segment in load_segments(self._db.select, log)
            if segment.run.first > taken.get(segment.run.epoch, 0)
            and (segment.run.position == 0 or find_end(own, segment.run, pieces.read_root))
        )

    def contradicts(self, checkpoint: LogCheckpoint) -> bool:
        """Whether an entry is held where a checkpoint ends, and none with its root."""
        runs, pieces = self._read_log(checkpoint.log)
        at = [
            run
            for run in runs.runs
            if run.epoch == checkpoint.epoch and run.first <= checkpoint.seq <= run.last
        ]
        try:
            return bool(at) and all(
                root_at(run, checkpoint.seq, pieces.read_root) != checkpoint.root for run in at
            )
        except RootNotKnown:
            return False

    # What comes

    def import_chunk(
        self,
        chunk: Chunk,
        keys: Mapping[str, Iterable[Verifier]],
        arrival: Arrival,
        takes_payloads: bool = True,
    ) -> Imported:
        """Add a chunk to what is held, in one transaction. `keys`: of each site in the registry. Without
        `takes_payloads` only its hashes are kept. Of an invalid chunk nothing is stored; one that waits is put aside.
        """
        with self._db.transaction() as written:
            return self._importer(written, arrival).import_chunk(chunk, keys, takes_payloads)

    def retry_waiting(
        self, keys: Mapping[str, Iterable[Verifier]], arrival: Arrival
    ) -> list[tuple[Chunk, Imported]]:
        """Import the chunks that wait and whose origin is now in the registry; each in a transaction of its own."""
        done = []
        sql = f"SELECT digest FROM waiting WHERE origin IN ({', '.join('?' * len(keys))}) ORDER BY since, digest"
        for (digest,) in self._db.select(sql, tuple(keys)) if keys else ():
            with self._db.transaction() as written:
                sql = "SELECT chunk, since FROM waiting WHERE digest = ?"
                for raw, since in written.select(sql, (digest,)):
                    written.execute("DELETE FROM waiting WHERE digest = ?", (digest,))
                    chunk = decode_chunk(bytes(raw))
                    imported = self._importer(written, arrival).import_chunk(chunk, keys, True)
                    # what is put aside again has waited since it came
                    written.execute("UPDATE waiting SET since = ? WHERE digest = ?", (since, digest))
                    done.append((chunk, imported))
        return done

    def keep_checkpoint(
        self, checkpoint: LogCheckpoint, note: str, received_at: Instant, has_keys: int = 1
    ) -> bool:
        """Keep what an origin signed, where it is the newest of its line; the caller has verified it. Of a log that is
        not here, and of an own one, nothing is kept. `received_at`: now; `has_keys`: how many keys its origin has had.
        Returns whether one of several keys now covers more than before."""
        log = checkpoint.log
        if log in self._own or log not in self.logs():
            return False
        with self._db.transaction() as written:
            keep_checkpoint(written, checkpoint, note, received_at)
            return has_keys > 1 and vouch(written, checkpoint, note)

    def read_vouched(self, log: LogId) -> list[str]:
        """Of an origin that has had several keys, the newest checkpoint of each line of a log by each key."""
        sql = "SELECT note FROM vouched WHERE topic = ? AND origin = ? ORDER BY line, size DESC"
        return [note for (note,) in self._db.select(sql, (log.topic, log.origin))]

    def count_waiting(self) -> dict[str, int]:
        """By origin, how many chunks wait."""
        return dict(self._db.select("SELECT origin, count(*) FROM waiting GROUP BY origin ORDER BY origin"))

    def drop_waiting(self, before: Instant) -> int:
        """Forget chunks that wait since before an instant; how many they were."""
        with self._db.transaction() as written:
            return written.execute("DELETE FROM waiting WHERE since < ?", (before,))

    # What all processes of a cluster read

    def keep_document(self, name: str, content: bytes) -> None:
        """Keep a document under its name, where it is not kept already. Nothing is kept in tables of an earlier
        version, before `cadre migrate`."""
        if not self._db.has_tables(DOCUMENTS.name) or self.read_document(name) == content:
            return
        sql = (
            "INSERT INTO documents VALUES (?, 1, ?) ON CONFLICT (name) "
            "DO UPDATE SET version = documents.version + 1, content = excluded.content"
        )
        with self._db.transaction() as written:
            written.execute(sql, (name, content))

    def read_document(self, name: str) -> bytes:
        """The content that is kept under a name; empty: none."""
        rows = self._db.select("SELECT content FROM documents WHERE name = ?", (name,))
        return bytes(rows[0][0]) if rows else b""

    # What counts

    def unmarked_logs(self) -> list[LogId]:
        """Logs of which entries came since `mark_known`: the receipt for them is still to be written."""
        rows = self._db.select("SELECT origin, topic FROM logs WHERE changed = 1 ORDER BY origin, topic")
        return [LogId(origin, topic) for origin, topic in rows]

    def mark_known(
        self,
        known: Instant,
        judge: Callable[[LogId], LogJudgement],
        logs: Iterable[LogId] | None = None,
    ) -> list[Stream]:
        """Decide what counts of some logs (None: of those that changed), known from an instant on, in one transaction:
        that of the receipt that covers it. `judge`: what the registry says about a log; where that changes, all logs
        are to be decided anew. Returns the streams whose counted entries changed."""
        with self._db.transaction() as written:
            if logs is None:
                rows = written.select("SELECT origin, topic FROM logs WHERE changed = 1")
                logs = [LogId(origin, topic) for origin, topic in rows]
            notices = self._notices if self.notices.has_tables() else None
            targets, changes = load_heads(written.select, TARGET), CountingChanges(written, known, notices)
            for log in logs:
                runs, _ = self._read_log(log, written.select)
                changes.mark_log(runs, judge(log), targets, self._own_pieces(log))
            return changes.finish()

    def read_counted(
        self, topic: str, after: Mapping[int, int], limit: int
    ) -> Iterator[list[tuple[int, int, bytes]]]:
        """(segment, seq, stored bytes) of the entries of a topic that count or did so, so many at a time. `after`: of
        each segment, the seq up to which they are left out."""
        segments = self._db.select("SELECT id, first, counted FROM segments WHERE topic = ?", (topic,))
        for segment, first, counted in segments:
            seq = after.get(segment, first - 1)
            while seq < counted:
                sql = (
                    "SELECT seq, state FROM entries WHERE segment = ? AND seq > ? AND seq <= ? AND countable = 1 "
                    "ORDER BY seq LIMIT ?"
                )
                rows = self._db.select(sql, (segment, seq, counted, limit))
                if not rows:
                    break
                yield [(segment, number, bytes(state)) for number, state in rows]
                seq = rows[-1][0]

    def has_ceased(self, topic: str, after: Mapping[int, int]) -> bool:
        """Whether entries of a topic count no more that were among the first of these segments, up to a seq each."""
        segments = self._db.select("SELECT id, counted FROM segments WHERE topic = ?", (topic,))
        return any(after.get(segment, 0) > counted for segment, counted in segments)

    def find_flagged(self, origin: str, flag: EntryFlag) -> list[tuple[LogId, str, int]]:
        """Where entries of an origin have a flag: (log, epoch, last seq)."""
        sql = (
            "SELECT e.topic, s.epoch, max(e.seq) FROM entries e JOIN segments s ON s.id = e.segment "
            "WHERE e.flags <> '' AND e.flags LIKE ? AND s.origin = ? GROUP BY e.topic, s.epoch ORDER BY 1, 2"
        )
        rows = self._db.select(sql, (f"%{flag}%", origin))
        return [(LogId(origin, topic), epoch, last) for topic, epoch, last in rows]

    def find_dead_letters(self) -> list[DeadLetter]:
        """The entries that this program cannot read, or must not: they are kept and passed on, and do not count."""
        sql = (
            "SELECT s.origin, e.topic, s.epoch, e.seq, e.stream, e.flags "
            "FROM entries e JOIN segments s ON s.id = e.segment "
            "WHERE e.flags <> '' AND e.countable = 0 AND e.state IS NOT NULL ORDER BY 1, 2, 3, 4"
        )
        return [DeadLetter(*row) for row in self._db.select(sql)]

    def correct_known(self, since: Instant) -> None:
        """This site's clock was ahead and has just been corrected: nothing became known here after that instant."""
        with self._db.transaction() as written:
            for table, column in (
                ("entries", "known"),
                ("entries", "known_until"),
                ("earlier", "known_until"),
                ("own_uncounted", "known"),
                ("own_uncounted", "known_until"),
                ("peers", "last_contact"),
            ):
                sql = f"UPDATE {table} SET {column} = ? WHERE {column} > ?"
                written.execute(sql, (since, since))
            written.execute("DELETE FROM earlier WHERE known > ?", (since,))
            written.execute("DELETE FROM heard WHERE known > ?", (since,))

    def inspect_again(self, arrival: Arrival) -> int:
        """Look again at entries of which an earlier version of this program could not read the kind or a field: those
        that can be read now count at the next `mark_known`. How many they are."""
        readable = 0
        with self._db.transaction() as written:
            sql = "SELECT segment, seq, topic, flags FROM entries WHERE blocks = 1 ORDER BY segment, seq"
            for segment, seq, topic, flags in written.select(sql):
                if EntryFlag.LATER_VERSION not in flags.split(","):
                    continue
                place = segment, seq
                [(state,)] = written.select("SELECT state FROM entries WHERE segment = ? AND seq = ?", place)
                if EntryFlag.LATER_VERSION in inspect_entry(bytes(state), self._topics.get(topic), arrival):
                    continue
                kept = ",".join(flag for flag in flags.split(",") if flag != EntryFlag.LATER_VERSION)
                countable = int(kept in ("", EntryFlag.CLOCK))
                sql = "UPDATE entries SET flags = ?, countable = ?, blocks = 0 WHERE segment = ? AND seq = ?"
                written.execute(sql, (kept, countable, *place))
                written.insert(FILLED, [place], new=True)
                written.execute("DELETE FROM folded WHERE segment = ?", (segment,))
                sql = (
                    "UPDATE logs SET changed = 1 WHERE topic = ? AND origin = "
                    "(SELECT origin FROM segments WHERE id = ?)"
                )
                written.execute(sql, (topic, segment))
                readable += 1
        return readable

    # What is sent

    def chunks_to_send(
        self, log: LogId, receiver: Iterable[Head], wanted: Iterable[Head] | None = None
    ) -> Iterator[Chunk]:
        """What leads from the receiver's vector to what is held of a log, or to those heads that it wants. Every chunk
        is proven by a checkpoint of the origin; those of an own log by a new one over all of it."""
        runs, pieces = self._read_log(log)
        for run, first, last in parts_to_send(runs, receiver, wanted, pieces.read_root):
            previous = _previous(runs, run, first, pieces.read_root)
            for piece, low, high in pieces.locate(run, first, last):
                yield from make_chunks(log, piece, low, high, previous)
                previous = run.epoch, high

    def make_chunk(self, log: LogId, run: Run, seq: int, note: str = "") -> Chunk | None:
        """One entry as a chunk. `note`: the checkpoint of an own log to prove it by, in place of a new one; None where
        it does not cover the entry."""
        runs, pieces = self._read_log(log)
        [(piece, _, _)] = pieces.locate(run, seq, seq)
        chunk = make_chunk(log, piece, seq, seq, _previous(runs, run, seq, pieces.read_root))
        if not note:
            return chunk
        checkpoint, end = parse_checkpoint(split_note(note)[0]), chunk.header.start + 1
        if checkpoint.log != log or checkpoint.size < end:
            return None
        if checkpoint.size > run.offset + piece.run.last + 1:
            return None
        places = list(subtrees_between(end, checkpoint.size))
        right = range_of(end, checkpoint.size, piece.read_nodes(places) if places else ())
        header = msgspec.structs.replace(chunk.header, right=right.hashes, checkpoint=note)
        return Chunk(header, chunk.payloads)

    def read_checkpoints(self, log: LogId) -> list[str]:
        """The newest signed checkpoint of every line of a log that is held; of an own log, one over all of it."""
        sql = "SELECT line, note FROM checkpoints WHERE topic = ? AND origin = ? ORDER BY line, size"
        newest = dict(self._db.select(sql, (log.topic, log.origin)))
        if log in self._own and (state := self._read_own(log, self._db.select)[1]).size:
            newest[state.checkpoint.origin_line] = state.sign_checkpoint()
        return [newest[line] for line in sorted(newest)]

    def find_damage(self) -> Iterator[str]:
        """What of the store is not as it was written, each in one sentence with a remedy. It reads all of it."""
        for log in self.logs():
            if log.origin not in self._sites:
                yield from find_damage(self._db.select, self.load_log(log))
            else:
                for segment in load_segments(self._db.select, log):
                    if wrong := check_segment(self._db.select, segment):
                        yield f"{log.origin}/{log.topic}: {wrong}. {REMEDY}"

    # How it is read

    def _importer(self, written: Transaction, arrival: Arrival) -> ChunkImporter:
        def own(log: LogId) -> tuple[LogRuns, OwnLogState] | None:
            return self._read_own(log, written.select) if log in self._own else None

        return ChunkImporter(written, self._topics, arrival, own)

    def _read_log(self, log: LogId, select: Select | None = None) -> tuple[LogRuns, LogPieces]:
        select = select or self._db.select
        if log in self._own:
            runs, state = self._read_own(log, select)
            return runs, stored_pieces(select, log, state.pieces)
        sql = "SELECT epoch, first, last, position, before, root, solid FROM runs WHERE topic = ? AND origin = ?"
        return LogRuns(log, read_runs(select, sql, (log.topic, log.origin))), stored_pieces(select, log)

    def _open_notices(self) -> NoticeWriter | None:
        """Writes notices in the name of the site whose logs are given."""
        ends = {log.topic: own.position for log, own in self._own.items()}
        site = next((log.origin for log in self._own), "")
        return NoticeWriter(site, lambda topic: ends[topic]() if topic in ends else 0) if site else None

    def _own_pieces(self, log: LogId) -> Sequence[Piece]:
        return self._own[log].read().all_pieces() if log in self._own else ()

    def _read_own(self, log: LogId, select: Select) -> tuple[LogRuns, OwnLogState]:
        """The own log, and with it what other sites gave back of an earlier life of it."""
        state = self._own[log].read()
        runs, pieces = LogRuns(log, state.runs), stored_pieces(select, log, state.pieces)
        segments = load_segments(select, log)
        for segment in segments:
            runs = add_run(runs, segment.run, pieces.read_root).log
        if segments:
            branches = find_branches(runs)
            state.branch = next((run.epoch for run in reversed(state.runs) if run.epoch in branches), "")
        return runs, state


def _previous(runs: LogRuns, run: Run, first: int, roots: RootReader) -> Coordinates | None:
    """The coordinates of the entry before one of a run; None at the beginning of the log."""
    if first > 1:
        return run.epoch, first - 1
    with suppress(RootNotKnown):
        if before := find_end(runs, run, roots):
            return before.epoch, before.last
    return None


def _stubs(row: Any, offset: int) -> Iterator[Stubs]:
    return (item for item in make_items((row,), offset) if isinstance(item, Stubs))
