"""Which streams have changed between two instants, and what of the contradictions that can concern."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import Instant
from shared.database.sql import BatchQuery
from shared.eventlog.commit_timestamps import NEVER
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.readmodel.row_store import foreign_follower

_PAGE = 500


@dataclass(frozen=True)
class Changes:
    """The streams of each topic to which facts were added, and how far each log was read."""

    streams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    positions: Mapping[str, int] = field(default_factory=dict)

    def of(self, *topics: str) -> set[str]:
        return {stream for topic in topics for stream in self.streams.get(topic, ())}


class LoggedChanges:
    """Reads from the logs what was recorded between two instants, and of other sites what came to count or ceased
    to."""

    def __init__(self, logs: Mapping[str, EventLog[Any]], foreign: ForeignEvents = NO_FOREIGN_EVENTS) -> None:
        self._logs, self._foreign = logs, foreign

    def find_positions(self, known: Instant) -> dict[str, int]:
        """Of each log the position of the last fact that was recorded at or before an instant, and of the facts of
        other sites the number of such a change."""
        positions = {topic: _find_position(log, known) for topic, log in self._logs.items()}
        if self._foreign is not NO_FOREIGN_EVENTS:
            positions |= {foreign_follower(topic): self._find_change(topic, known) for topic in self._logs}
        return positions

    def _find_change(self, topic: str, known: Instant) -> int:
        """By halving. Changes come in the order of their instants; a stream that changed again later may hide an
        earlier change, so that the number is too small."""
        first, last = 0, self._foreign.position(topic)
        while first < last:  # all changes up to `first` are known
            middle = (first + last) // 2
            changes = self._foreign.read_changes(topic, middle, 1)
            if changes and self._find_instant(topic, changes[0][1]) <= known:
                first = changes[0][0]
            else:
                last = middle
        return first

    def _find_instant(self, topic: str, stream: str) -> Instant:
        """When a stream last changed because events of other sites came to count or ceased to."""
        events = self._foreign.load_streams(topic, [stream]).get(stream, [])
        return max((max(event.known, event.known_until) for event in events), default=NEVER)

    def _read_foreign(self, topic: str, after: int, known: Instant, most: int) -> tuple[set[str], int]:
        """The streams of at least all changes after a number that are known, and the number up to which there are no
        others; more than `most` are not read."""
        changes = self._foreign.read_changes(topic, after, most + 1)
        done = [self._find_instant(topic, stream) <= known for _, stream in changes[:most]]
        known_changes = done.index(False) if False in done else len(done)
        return {stream for _, stream in changes}, changes[known_changes - 1][0] if known_changes else after

    def read(self, positions: Mapping[str, int], known: Instant, most: int) -> Changes | None:
        """What was recorded after these positions and at or before an instant; None for more than `most` facts."""
        streams: dict[str, set[str]] = defaultdict(set)
        upto, count = dict(positions), 0
        for topic, log in self._logs.items():
            page: list[Any] = [None] * _PAGE
            while len(page) == _PAGE:
                page = log.read(upto.get(topic, 0), _PAGE)
                wanted = [(position, event) for position, event in page if event.recorded_at <= known]
                for position, event in wanted:
                    upto[topic] = position
                    streams[topic].add(event.stream)
                count += len(wanted)
                if count > most:
                    return None
                if len(wanted) < len(page):
                    break
            if self._foreign is not NO_FOREIGN_EVENTS:
                follower = foreign_follower(topic)
                heard, upto[follower] = self._read_foreign(topic, upto.get(follower, 0), known, most)
                streams[topic] |= heard
                count += len(heard)
                if count > most:
                    return None
        return Changes({topic: frozenset(each) for topic, each in streams.items()}, upto)


def _find_position(log: EventLog[Any], known: Instant) -> int:
    """By halving, because facts are recorded in the order of their instants."""
    first, last = 0, log.position()
    if log.last_recorded_at() <= known:
        return last
    while first < last:  # all up to `first` is known, and nothing after `last`
        middle = (first + last) // 2
        ((position, event),) = log.read(middle, 1)
        if event.recorded_at <= known:
            first = position
        else:
            last = middle
    return first


class _IdRow(NamedTuple):
    id: str


_POSTS_OF_UNITS = BatchQuery(_IdRow, "SELECT DISTINCT p.post_id AS id FROM posts p WHERE p.unit_id IN :ids")
_HOLDERS = BatchQuery(_IdRow, "SELECT DISTINCT t.cadre_id AS id FROM tenures t WHERE t.post_id IN :ids")
_POSTS_HELD = BatchQuery(_IdRow, "SELECT DISTINCT t.post_id AS id FROM tenures t WHERE t.cadre_id IN :ids")
_TENURES = BatchQuery(_IdRow, "SELECT DISTINCT t.tenure_id AS id FROM tenures t WHERE t.cadre_id IN :ids")
"""Of any time and as ever known, so that what was and is no more is found with what is."""


class Reach(NamedTuple):
    """What contradictions may have come, gone or changed about: ids of cadres, of posts and of tenures."""

    cadre: frozenset[str]
    post: frozenset[str]
    tenure: frozenset[str]


def find_reach(connection: Connection, changes: Changes, before: MergedFiles, after: MergedFiles) -> Reach:
    """What changed streams reach: a person with all files, before and after mergers; who holds or held a changed post
    or a post of a changed unit; the posts and tenures of those persons."""
    organization = changes.of("organization")
    posts = organization | _ids(_POSTS_OF_UNITS, connection, organization)
    own = _with_files(changes.of("appointment", "personnel", "rotation"), before, after)
    cadres = _with_files(own | _ids(_HOLDERS, connection, posts), before, after)
    return Reach(
        frozenset(cadres),
        frozenset(organization | _ids(_POSTS_HELD, connection, own)),
        frozenset(_ids(_TENURES, connection, cadres)),
    )


def _ids(query: BatchQuery[_IdRow], connection: Connection, ids: Iterable[str]) -> set[str]:
    return {row.id for row in query(connection, ids=list(ids))}


def _with_files(cadres: set[str], *as_known: MergedFiles) -> set[str]:
    """These with every file that a merger ever named together with them, one that came second included: what it calls
    recorded twice counts too."""
    together: dict[str, set[str]] = defaultdict(set)
    for row in (row for files in as_known for row in files.mergers):
        together[row.cadre_id].add(row.merged_id)
        together[row.merged_id].add(row.cadre_id)
    left, reached = list(cadres), set[str]()
    while left:
        file = left.pop()
        if file not in reached:
            reached.add(file)
            left += together[file]
    return reached
