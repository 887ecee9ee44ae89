"""Writes and reads the notices that facts which had counted ceased to, or count again."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from shared.contract.cloudevents import DECODE_ERRORS
from shared.contract.counting_notices import CountingChanged, CountingNotice, encode_notice
from shared.core.clock import generate_event_id
from shared.core.partial_dates import Instant
from shared.replica.envelopes import read_envelope
from shared.replica.store.database import Database, Transaction
from shared.replica.store.schema import NOTICES
from shared.replica.store.segments import marks

_AT_ONCE = 500


class _Fact(msgspec.Struct):
    confidentiality: str = ""


class _Stored(msgspec.Struct):
    fact: _Fact


_decode = msgspec.json.Decoder(_Stored).decode


def _read_secret(state: bytes) -> str:
    """SECRET where a stored fact is; else empty."""
    try:
        said = _decode(state).fact.confidentiality
    except DECODE_ERRORS:
        said = ""
    return said if said == "SECRET" else ""


class Changed(NamedTuple):
    """An event that counts now and had ceased to, or the reverse; `own`: the own log has it."""

    topic: str
    stream: str
    own: bool
    state: bytes
    counts: bool


class NoticeWriter:
    """The epochs of the notices of one process, as a writer of a log has one: a store that was restored from a backup
    goes on in another. `site`: whose notices they are; `find_end`: where its log of a topic ends."""

    def __init__(self, site: str, find_end: Callable[[str], int]) -> None:
        self._site, self._find_end = site, find_end
        self._epochs: dict[bool, str] = {}

    def write(
        self, written: Transaction, known: Instant, changes: Mapping[str, int], changed: Iterable[Changed]
    ) -> None:
        """Add notices that all are known from an instant on. `changes`: by topic, the number of the last change of its
        streams that was written with them."""
        by_topic = defaultdict[str, list[Changed]](list)
        for each in changed:
            by_topic[each.topic].append(each)
        for topic, events in sorted(by_topic.items()):
            sql = "SELECT coalesce(max(number), 0) FROM notices WHERE topic = ?"
            [(last,)] = written.select(sql, (topic,))
            end, change, rows = self._find_end(topic), changes.get(topic, 0), []
            seqs = {own: self._last_seq(written, topic, own, known) for own in (False, True)}
            for number, each in enumerate(events, start=last + 1):
                if (event := read_envelope(each.state)) is None:
                    continue
                seqs[each.own] += 1
                what = CountingChanged(
                    target=event.event_id,
                    counts=each.counts,
                    site=event.site,
                    epoch=event.epoch,
                    seq=event.seq,
                    confidentiality=_read_secret(each.state),
                )
                epoch, seq = self._epochs[each.own], seqs[each.own]
                state = encode_notice(
                    generate_event_id(known), self._site, epoch, seq, each.stream, known, what
                )
                tag = event.fact.type
                rows.append((topic, number, int(each.own), end, change, each.stream, tag, epoch, seq, state))
            written.insert(NOTICES, rows)

    def _last_seq(self, written: Transaction, topic: str, own: bool, known: Instant) -> int:
        epoch = self._epochs.setdefault(own, generate_event_id(known))
        sql = "SELECT coalesce(max(seq), 0) FROM notices WHERE topic = ? AND epoch = ?"
        [(seq,)] = written.select(sql, (topic, epoch))
        return int(seq)


def find_changed(written: Transaction, before: Mapping[tuple[int, int], bool]) -> list[Changed]:
    """Which of these entries, by (segment, seq), count now and did not before, or the reverse. Sorted by topic and
    stream, those of a stream by their place."""
    by_segment = defaultdict[int, list[int]](list)
    for segment, seq in before:
        by_segment[segment].append(seq)
    found = []
    for segment, seqs in by_segment.items():
        for start in range(0, len(seqs), _AT_ONCE):
            part = seqs[start : start + _AT_ONCE]
            sql = (
                "SELECT seq, lamport, topic, stream, state, known, known_until FROM entries "
                f"WHERE segment = ? AND seq IN ({marks(part)})"
            )
            for seq, lamport, topic, stream, state, known, until in written.select(sql, (segment, *part)):
                counts = bool(known) and not until
                if counts != before[segment, seq] and state is not None:
                    event = Changed(topic, stream, False, bytes(state), counts)
                    found.append(((topic, stream, lamport, segment, seq), event))
    return [event for _, event in sorted(found, key=lambda each: each[0])]


class StoredNotices:
    """Reads the notices of a store. Where its tables are of an earlier version, there are none."""

    def __init__(self, database: Database) -> None:
        self._db, self._is_made = database, False

    def has_tables(self) -> bool:
        self._is_made = self._is_made or self._db.has_tables(NOTICES.name)
        return self._is_made

    def read(
        self,
        topic: str,
        after: int,
        limit: int,
        own_only: bool = False,
        tags: Iterable[str] = (),
        stream: str = "",
    ) -> list[CountingNotice]:
        """The next notices after a number, in order. `own_only`: about what the own log has; of these kinds of fact,
        about this stream."""
        if not self.has_tables():
            return []
        kinds = list(tags)
        sql = "SELECT number, position, change, state FROM notices WHERE topic = ? AND number > ?"
        sql += " AND own = 1" if own_only else ""
        sql += f" AND tag IN ({marks(kinds)})" if kinds else ""
        sql += " AND stream = ?" if stream else ""
        values = (topic, after, *kinds, *([stream] if stream else []), limit)
        rows = self._db.select(f"{sql} ORDER BY number LIMIT ?", values)
        return [
            CountingNotice(number, position, change, bytes(state)) for number, position, change, state in rows
        ]

    def last(self, topic: str) -> int:
        """The number of the last notice about a topic; 0: there is none."""
        if not self.has_tables():
            return 0
        [(number,)] = self._db.select(
            "SELECT coalesce(max(number), 0) FROM notices WHERE topic = ?", (topic,)
        )
        return int(number)
