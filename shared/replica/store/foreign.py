"""The counted events of a replica by stream: `ForeignEvents` over the store."""

from collections.abc import Iterable, Mapping, Sequence

from shared.core.partial_dates import Instant, from_microseconds, to_microseconds
from shared.eventlog.foreign_events import ForeignEvent
from shared.replica.counting import FactPlace, total_order
from shared.replica.store.database import Database
from shared.replica.store.notices import StoredNotices
from shared.replica.store.segments import marks

_IN_ONE_QUERY = 500


class StoredForeignEvents:
    """Reads what of the store counts, or did so."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.notices = StoredNotices(database)

    def position(self, topic: str) -> int:
        sql = "SELECT coalesce(max(number), 0) FROM changes WHERE topic = ?"
        [(number,)] = self._db.select(sql, (topic,))
        return int(number)

    def read_changes(self, topic: str, after: int, limit: int) -> list[tuple[int, str]]:
        sql = "SELECT number, stream FROM changes WHERE topic = ? AND number > ? ORDER BY number LIMIT ?"
        return [(number, stream) for number, stream in self._db.select(sql, (topic, after, limit))]

    def load_streams(self, topic: str, streams: Sequence[str]) -> dict[str, list[ForeignEvent]]:
        found: dict[str, list[tuple[FactPlace, ForeignEvent]]] = {}
        for start in range(0, len(streams), _IN_ONE_QUERY):
            part = streams[start : start + _IN_ONE_QUERY]
            of = f"e.topic = ? AND e.stream IN ({marks(part)})"
            now = (
                "SELECT e.stream, e.state, e.known, e.known_until, e.lamport, e.seq, s.origin, s.epoch "
                f"FROM entries e JOIN segments s ON s.id = e.segment WHERE {of} AND e.known <> ''"
            )
            earlier = (
                "SELECT e.stream, e.state, h.known, h.known_until, e.lamport, e.seq, s.origin, s.epoch "
                "FROM entries e JOIN segments s ON s.id = e.segment "
                f"JOIN earlier h ON h.segment = e.segment AND h.seq = e.seq WHERE {of}"
            )
            own = (
                "SELECT stream, state, known, known_until, lamport, seq, origin, epoch "
                f"FROM own_uncounted WHERE topic = ? AND stream IN ({marks(part)})"
            )
            rows = self._db.select(f"{earlier} UNION ALL {now} UNION ALL {own}", (topic, *part) * 3)
            for stream, state, known, until, lamport, seq, origin, epoch in rows:
                place = FactPlace(lamport, origin, epoch, seq, topic, stream)
                event = ForeignEvent(bytes(state), Instant(known), Instant(until))
                found.setdefault(stream, []).append((place, event))
        return {
            stream: [event for _, event in sorted(events, key=_in_order)] for stream, events in found.items()
        }

    def stream_versions(self, topic: str, streams: Sequence[str]) -> dict[str, int]:
        versions: dict[str, int] = {}
        for start in range(0, len(streams), _IN_ONE_QUERY):
            part = streams[start : start + _IN_ONE_QUERY]
            sql = (
                f"SELECT stream, count(*) FROM entries WHERE topic = ? AND stream IN ({marks(part)}) "
                "AND known <> '' AND known_until = '' GROUP BY stream"
            )
            versions.update((stream, count) for stream, count in self._db.select(sql, (topic, *part)))
        return versions

    def is_made(self) -> bool:
        """Whether the schema is there; of a file it always is."""
        return self._db.has_tables()

    def positions(self, topics: Iterable[str]) -> dict[str, int]:
        """The number of the last change of each of these topics; 0: none."""
        names = tuple(topics)
        one = "SELECT ?, coalesce(max(number), 0) FROM changes WHERE topic = ?"
        values = [name for topic in names for name in (topic, topic)]
        return dict(self._db.select(" UNION ALL ".join([one] * len(names)), values)) if names else {}

    def read_instant(self, name: str) -> Instant:
        """An instant that was kept under a name; empty: none."""
        rows = self._db.select("SELECT value FROM meta WHERE name = ?", (name,))
        return from_microseconds(rows[0][0]) if rows else Instant("")

    def keep_instants(self, instants: Mapping[str, Instant]) -> None:
        """Keep instants under their names, all of them or none."""
        sql = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        with self._db.transaction() as written:
            for name, instant in instants.items():
                written.execute(sql, (name, to_microseconds(instant)))

    def find_command(self, topic: str, command_id: str) -> list[bytes]:
        sql = (
            "SELECT e.state FROM own_commands c JOIN entries e ON e.segment = c.segment AND e.seq = c.seq "
            "WHERE c.topic = ? AND c.command_id = ? AND e.state IS NOT NULL ORDER BY c.segment, c.seq"
        )
        return [bytes(state) for (state,) in self._db.select(sql, (topic, command_id))]

    def highest_lamport(self) -> int:
        [(lamport,)] = self._db.select("SELECT value FROM meta WHERE name = 'lamport'")
        return int(lamport)


def _in_order(each: tuple[FactPlace, ForeignEvent]) -> tuple[object, ...]:
    """Sorts events in total order, the spans of one by time."""
    place, event = each
    return *total_order(place), event.known
