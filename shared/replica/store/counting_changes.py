"""Decides which stored entries count, and writes since when that is known and which streams changed by it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shared.core.partial_dates import Instant
from shared.replica.counting import (
    FactPlace,
    LogJudgement,
    counted_coverage,
    sort_for_folding,
    uncontested_coverage,
)
from shared.replica.coverage import parts_beyond, solid_coverage
from shared.replica.envelopes import EntryEnvelope, read_envelope
from shared.replica.runs import Head, LogRuns
from shared.replica.store.database import Transaction
from shared.replica.store.notices import Changed, NoticeWriter, find_changed
from shared.replica.store.pieces import LogPieces, Piece
from shared.replica.store.schema import CHANGES, OWN_UNCOUNTED
from shared.replica.store.segments import Segment, load_segments

Stream = tuple[str, str]
"""(topic, stream)."""
_ROWS_AT_ONCE = 500
_COUNTS = "known <> '' AND known_until = ''"
_RANGE = "segment = ? AND seq > ? AND seq <= ?"


class CountingChanges:
    """Writes into one transaction. `known`: the instant of the receipt by which it becomes known. `notices`: tell
    others what ceased to count, or counts again."""

    def __init__(self, transaction: Transaction, known: Instant, notices: NoticeWriter | None = None) -> None:
        self._db, self._known, self._notices = transaction, known, notices
        self._counted_before: dict[tuple[int, int], bool] = {}
        """By (segment, seq), of what may cease to count or count again, whether it counted before."""
        self._own_changed: list[Changed] = []
        self._streams: set[Stream] = set()
        self._filled: set[Stream] = set()
        self._lamport = 0

    def mark_log(
        self, log: LogRuns, says: LogJudgement, targets: Iterable[Head], own: Sequence[Piece]
    ) -> None:
        """Compare what counts of a log with what was written of it. `own`: pieces of it in the site's event log."""
        segments = load_segments(self._db.select, log.id)
        counted = find_counted(log, LogPieces.of(log.id, (*own, *segments)), says, targets)
        for segment in segments:
            before, after = segment.row.counted, counted.get(segment.row.id, segment.row.first - 1)
            if before == after:
                continue
            of = segment.row.id, min(before, after), max(before, after)
            self._note_streams(_RANGE, of)
            if before < after:
                self._count(_RANGE, of)
            else:
                self._note_counting(f"{_RANGE} AND {_COUNTS}", of, counted=True)
                sql = f"UPDATE entries SET known_until = ? WHERE {_RANGE} AND {_COUNTS}"
                self._db.execute(sql, (self._known, *of))
            self._db.execute("UPDATE segments SET counted = ? WHERE id = ?", (after, segment.row.id))
        if own:
            self._mark_own(log, says, own, LogPieces.of(log.id, (*own, *segments)))
        sql = "UPDATE logs SET changed = 0 WHERE topic = ? AND origin = ?"
        self._db.execute(sql, (log.id.topic, log.id.origin))

    def _mark_own(self, log: LogRuns, says: LogJudgement, own: Sequence[Piece], pieces: LogPieces) -> None:
        """Un-count the entries of the own event log that lie on a side of a fork, or after one, as all other sites do;
        count them again where it is settled. What else is held elsewhere is for others to judge."""
        topic = log.id.topic
        sql = "SELECT epoch, seq, stream, known_until FROM own_uncounted WHERE topic = ? ORDER BY known"
        written = {
            (epoch, seq): (stream, until) for epoch, seq, stream, until in self._db.select(sql, (topic,))
        }
        uncounted = dict(_read_uncounted(log, says, own, pieces))
        for place, (state, envelope) in uncounted.items():
            _, until = written.get(place, ("", None))
            if until is None:
                row = topic, *place, log.id.origin, envelope.stream, envelope.lamport, state
                self._db.insert(OWN_UNCOUNTED, [(*row, envelope.recorded_at, self._known)])
            elif not until:
                sql = "UPDATE own_uncounted SET known_until = ? WHERE topic = ? AND epoch = ? AND seq = ? "
                self._db.execute(sql + "AND known_until = ''", (self._known, topic, *place))
            else:
                continue
            self._streams.add((topic, envelope.stream))
            self._own_changed.append(Changed(topic, envelope.stream, True, state, counts=False))
        for place, (stream, until) in written.items():
            if until and place not in uncounted:
                again = "SELECT state FROM own_uncounted WHERE topic = ? AND epoch = ? AND seq = ? AND known_until = ?"
                [(state,)] = self._db.select(again, (topic, *place, until))
                self._own_changed.append(Changed(topic, stream, True, bytes(state), counts=True))
                sql = (
                    "INSERT INTO own_uncounted SELECT topic, epoch, seq, origin, stream, lamport, state, ?, '' "
                    "FROM own_uncounted WHERE topic = ? AND epoch = ? AND seq = ? AND known_until = ?"
                )
                self._db.execute(sql, (self._known, topic, *place, until))
                self._streams.add((topic, stream))

    def finish(self) -> list[Stream]:
        """Count what was filled, hold back streams that wait, and number the changes. Returns the changed streams."""
        self._mark_filled()
        blocked = self._db.select("SELECT DISTINCT topic, stream FROM entries WHERE blocks = 1")
        for topic, stream in sorted((self._streams & {(t, s) for t, s in blocked}) | self._filled):
            self._judge_stream(topic, stream)
        changed = sorted(self._streams)
        [(last,)] = self._db.select("SELECT coalesce(max(number), 0) FROM changes")
        rows = [(number, *stream) for number, stream in enumerate(changed, start=last + 1)]
        self._db.insert(CHANGES, rows)
        sql = "UPDATE meta SET value = ? WHERE name = 'lamport' AND value < ?"
        self._db.execute(sql, (self._lamport, self._lamport))
        if self._notices and (self._counted_before or self._own_changed):
            noticed = [*self._own_changed, *find_changed(self._db, self._counted_before)]
            last_of_topic = {topic: number for number, topic, _ in rows}
            self._notices.write(self._db, self._known, last_of_topic, noticed)
        return changed

    def _note_counting(self, where: str, values: Sequence[object], counted: bool) -> None:
        """Remember whether the entries that a condition names counted before this transaction."""
        for segment, seq in self._db.select(f"SELECT segment, seq FROM entries WHERE {where}", values):
            self._counted_before.setdefault((segment, seq), counted)

    def _mark_filled(self) -> None:
        filled = self._db.select(
            "SELECT f.segment, f.seq FROM filled f JOIN segments s ON s.id = f.segment WHERE f.seq <= s.counted"
        )
        for segment, seq in filled:
            of = segment, seq - 1, seq
            self._filled |= self._note_streams(_RANGE, of)
            self._count(_RANGE, of)
        self._db.execute("DELETE FROM filled")

    def _count(self, where: str, values: Sequence[object]) -> None:
        """The entries that a condition names count from now on; of what counted before, that span is kept."""
        sql = f"UPDATE entries SET known = ? WHERE {where} AND countable = 1 AND known = ''"
        self._db.execute(sql, (self._known, *values))
        ceased = f"{where} AND countable = 1 AND known_until <> ''"
        self._note_counting(ceased, values, counted=False)
        sql = f"INSERT INTO earlier SELECT segment, seq, known, known_until FROM entries WHERE {ceased} "
        sql += "AND known < known_until"
        self._db.execute(sql, values)
        sql = f"UPDATE entries SET known = ?, known_until = '' WHERE {ceased}"
        self._db.execute(sql, (self._known, *values))
        sql = f"SELECT coalesce(max(lamport), 0) FROM entries WHERE {where} AND countable = 1"
        [(lamport,)] = self._db.select(sql, values)
        self._lamport = max(self._lamport, lamport)

    def _note_streams(self, where: str, values: Sequence[object]) -> set[Stream]:
        sql = f"SELECT DISTINCT topic, stream FROM entries WHERE {where} AND (countable = 1 OR blocks = 1)"
        found = {(topic, stream) for topic, stream in self._db.select(sql, values)}
        self._streams |= found
        return found

    def _judge_stream(self, topic: str, stream: str) -> None:
        """Count of a stream with an entry that cannot be read only what is before that in total order."""
        sql = (
            "SELECT e.segment, e.seq, e.lamport, e.countable, e.known, e.known_until, s.origin, s.epoch "
            "FROM entries e JOIN segments s ON s.id = e.segment "
            "WHERE e.topic = ? AND e.stream = ? AND e.seq <= s.counted AND (e.countable = 1 OR e.blocks = 1)"
        )
        rows: dict[FactPlace, Any] = {}
        for row in self._db.select(sql, (topic, stream)):
            _, seq, lamport, countable, _, _, origin, epoch = row
            rows[FactPlace(lamport, origin, epoch, seq, topic, stream, bool(countable))] = row
        folded, _ = sort_for_folding(rows)
        wanted = {(rows[fact][0], rows[fact][1]) for fact in folded}
        for segment, seq, _, countable, known, until, _, _ in rows.values():
            of = segment, seq - 1, seq
            counts = bool(known) and not until
            if countable and (segment, seq) in wanted and not counts:
                self._count(_RANGE, of)
            elif (segment, seq) not in wanted and known == self._known:
                self._db.execute(f"UPDATE entries SET known = '', known_until = '' WHERE {_RANGE}", of)
            elif (segment, seq) not in wanted and counts:
                self._counted_before.setdefault((segment, seq), True)
                self._db.execute(f"UPDATE entries SET known_until = ? WHERE {_RANGE}", (self._known, *of))


def find_counted(
    log: LogRuns, pieces: LogPieces, says: LogJudgement, targets: Iterable[Head]
) -> dict[int, int]:
    """By segment that has entries that count, the last of them: they are the first of the segment, since all before an
    entry that counts does so too."""
    last_counted: dict[int, int] = {}
    for run, last in counted_coverage(log, says, targets, pieces.read_root).items():
        for piece, _, end in pieces.locate(run, run.first, last):
            if isinstance(piece, Segment):
                last_counted[piece.row.id] = max(end, last_counted.get(piece.row.id, end))
    return last_counted


def _read_uncounted(
    log: LogRuns, says: LogJudgement, own: Sequence[Piece], pieces: LogPieces
) -> Iterator[tuple[tuple[str, int], tuple[bytes, EntryEnvelope]]]:
    """By (epoch, seq), the entries of the own event log that are in quarantine: stored bytes and envelope."""
    covered = uncontested_coverage(log, says, pieces.read_root)
    for run, first, last in parts_beyond(solid_coverage(log), covered):
        for piece, low, high in pieces.locate(run, first, last):
            if piece not in own:
                continue
            while low <= high and (rows := piece.read_rows(low, min(high, low + _ROWS_AT_ONCE - 1))):
                for row in rows:
                    if row.state is not None and (envelope := read_envelope(row.state)):
                        yield (run.epoch, row.seq), (row.state, envelope)
                low = rows[-1].seq + 1
