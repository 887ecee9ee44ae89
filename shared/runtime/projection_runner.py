"""Bring the rows of one process up to its logs after every write, and run the reactions to what was recorded."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import get_ident
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, AnyApplication
from shared.commands.reaction_runner import Proposal, handle_proposal, propose
from shared.core.bitemporal import fold_periods
from shared.core.chunks import chunked
from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent
from shared.core.follow_ups import AnyReaction
from shared.core.partial_dates import Instant, earlier, from_microseconds, to_microseconds
from shared.eventlog.commit_timestamps import NEVER, WAIT_SECONDS, CommitTimestamps
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.union import Histories, UnionReader
from shared.readmodel.projector import project_streams, projections_of
from shared.readmodel.row_store import (
    WATERMARK,
    RowStore,
    foreign_follower,
    rows_follower,
    topic_of_rows,
)
from shared.runtime.foreign_backlog import ForeignBacklog
from shared.runtime.ledger import Progress, no_progress
from shared.runtime.priority_lock import PriorityLock
from shared.runtime.row_sources import require_rows_in_foreign, require_rows_in_logs

_PAGE = 30_000
"""Events that are projected in one transaction."""
_STREAMS = 2000
"""Streams that a rebuild folds at a time."""


log = logging.getLogger(__name__)


class ProjectionRunner:
    """Projects what this process appends, and the events of other sites that come to count or cease to. It must be the
    only process that appends to these logs, and be told of every such change. Reactions answer the events of the logs
    only: what answers an event of another site comes with it. What came from other sites is projected in slices,
    between which whoever waits for the rows of what was recorded here gets them.

    Positions are kept in memory; they are read from the table at the start, after a failure and after a rebuild.
    """

    def __init__(
        self,
        apps: Mapping[str, AnyApplication],
        logs: Mapping[str, EventLog[Any]],
        tables: RowStore,
        timestamps: CommitTimestamps,
        foreign: ForeignEvents = NO_FOREIGN_EVENTS,
    ) -> None:
        self._logs, self._tables, self._timestamps = logs, tables, timestamps
        self._foreign = foreign
        self._unions: dict[str, UnionReader[Any]] = {
            topic: UnionReader(log, foreign) for topic, log in logs.items()
        }
        self._backlog = ForeignBacklog()
        self._are_foreign_rows_new = False
        """Whether rows of other sites were made since all were."""
        self._reactions: dict[str, list[tuple[AnyApplication, AnyReaction]]] = {
            topic: [
                (app, reaction)
                for app in apps.values()
                for reaction in app.service.reactions
                if reaction.follows.name == topic
            ]
            for topic in logs
        }
        self._lock = PriorityLock()
        self._projecting_thread = 0
        """The thread that holds the lock to project, and runs reactions meanwhile; 0: none."""
        self._commits: dict[str, int] = {}
        """How many commits to each log have been projected and reacted to; without a topic that is still to be read."""
        self._positions: dict[str, int] = {}
        """The last position of each follower, `rows_follower(topic)` for rows and `reactions/{topic}`."""
        self._unsaved: dict[str, int] = {}
        """Those of them that the table does not have yet."""
        self.has_failed = False
        """Whether the last projection was not completed: recorded facts may have no rows yet."""
        self._closed = NEVER
        """A closed timestamp from before the commits were counted that are being projected."""
        self._is_started = False
        """Whether the positions have been read from the table."""

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Project new events and run reactions until nothing is new. Returns the number of events projected.

        When it returns, all events that were appended before the call have their rows and their reactions, and all of
        other sites that counted their rows.
        """
        projected = 0
        while done := self.project_slice(progress):
            projected += done
        return projected + self.project_recorded(progress)

    def project_recorded(self, progress: Progress = no_progress) -> int:
        """The same for the events of the logs only: what came from other sites may still wait for its rows."""
        appended = self._count_commits()
        if self._includes(appended):
            return 0
        with self._lock.take(), self._projecting():
            if self._includes(appended):  # another thread has projected them while this one waited
                return 0
            projected = self._project_until_idle(progress)
            self.has_failed = False
            return projected

    def project_slice(self, progress: Progress = no_progress) -> int:
        """Project the next few streams of what came from other sites; whoever waits for other rows comes first. Returns
        how many; 0: none is left."""
        backlog = self._backlog
        if self._foreign is NO_FOREIGN_EVENTS or backlog.is_empty():
            return 0
        with self._lock.take_patiently(), self._projecting():
            told, began = backlog.told, monotonic()
            for topic in self._logs:
                if done := self._project_foreign(topic, backlog.size, progress):
                    backlog.adapt(done, monotonic() - began)
                    return done
            backlog.finish(told)
            self._closed = self._timestamps.close_without_waiting()
            if self._are_foreign_rows_new and self._includes(self._count_commits()):
                self._move_watermark()
            self._are_foreign_rows_new = False
            self._save_positions()
            return 0

    def note_foreign_changes(self, known: Instant) -> None:
        """Events of other sites have come to count, or ceased to, and the store says so. `known`: not later than the
        instants since when."""
        self._backlog.add(known)

    def is_idle(self) -> bool:
        """Whether everything that was appended has its rows and its reactions."""
        return self._includes(self._count_commits()) and self.has_foreign_rows()

    def has_foreign_rows(self) -> bool:
        """Whether everything that counts of other sites has its rows."""
        return self._foreign is NO_FOREIGN_EVENTS or self._backlog.is_empty()

    def is_reacting(self) -> bool:
        """Whether this thread is asked from inside `project_pending`, by what a reaction proposes."""
        return self._projecting_thread == get_ident()

    def catch_up(self) -> None:
        """Project what was recorded here. What a reaction proposes waits for rows only: its own turn is not over, so no
        further reaction can run."""
        if not self.is_reacting():
            self.project_recorded()
            return
        for topic in self._logs:
            self._project(topic, False, no_progress)

    def project_closed(self) -> Instant:
        """Close a timestamp, and project all that was known at or before it. Returns an earlier one where something
        cannot be projected, or there is too much of it."""
        closed = self._timestamps.close()
        try:
            self.project_recorded()
            until = monotonic() + WAIT_SECONDS
            while self._final_until(closed) < closed and monotonic() < until:
                self.project_slice()
            if not self._backlog.final_until() and not self.has_foreign_rows():
                return min([closed, *self._before_unprojected()])
        except Exception as error:  # noqa: BLE001 - rows that are there can be read, whatever is wrong with the next
            log.warning("not everything recorded has rows: %s", error)
            return min([closed, *self._before_unprojected()])
        return self._final_until(closed)

    def skip_reactions(self) -> None:
        """Mark everything recorded until now as reacted to."""
        with self._lock.take():
            self._forget()
            for topic in filter(self._reactions.get, self._logs):
                self._move(f"reactions/{topic}", self._logs[topic].position())
            self._save_positions()
            self._forget()

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """Replace all rows by new ones from the logs, in one transaction: readers see the old rows until it ends.

        Returns the number of rows by projection.
        """
        counts: dict[str, int] = {}
        with self._lock.take():
            self._forget()
            with self._tables.transaction() as connection:
                for topic in self._logs:
                    counts |= self._rebuild_topic(connection, topic, progress)
                self._tables.mark_current(connection)
        return counts

    def _before_unprojected(self) -> Iterator[Instant]:
        """Of each log that is ahead of its rows, the last instant before its first event without rows; of events of
        other sites, what was final with the rows."""
        positions = self._tables.load_positions()
        if self._is_foreign_ahead(positions):
            yield from_microseconds(positions.get(WATERMARK, 0))
        for topic, source in self._logs.items():
            for _, event in source.read(positions.get(rows_follower(topic), 0), 1):
                yield earlier(event.recorded_at)

    def _is_foreign_ahead(self, positions: Mapping[str, int]) -> bool:
        return self._foreign is not NO_FOREIGN_EVENTS and any(
            self._foreign.position(topic) > positions.get(foreign_follower(topic), 0) for topic in self._logs
        )

    def _final_until(self, closed: Instant) -> Instant:
        """The same instant, or an earlier one up to which all that came from other sites has its rows."""
        if self._foreign is NO_FOREIGN_EVENTS or (final := self._backlog.final_until()) is None:
            return closed
        return min(closed, final)

    def _count_commits(self) -> dict[str, int]:
        """Attempts to commit to each log; one that failed may have stored its events all the same."""
        return {topic: log.commits[0] for topic, log in self._logs.items()}

    def _includes(self, commits: Mapping[str, int]) -> bool:
        return all(self._commits.get(topic, -1) >= count for topic, count in commits.items())

    @contextmanager
    def _projecting(self) -> Iterator[None]:
        """This thread projects, and has the lock. After a failure the positions are read again, and every log."""
        self._projecting_thread = get_ident()
        try:
            if not self._is_started:
                self._positions = self._tables.load_positions()
                require_rows_in_logs(self._logs, self._tables)
                require_rows_in_foreign(self._logs, self._foreign, self._tables)
                self._is_started = True
            yield
        except BaseException:
            self.has_failed = True
            self._forget()
            raise
        finally:
            self._projecting_thread = 0

    def _forget(self) -> None:
        """Make the next projection read the positions from the table again, and every log."""
        self._commits, self._positions, self._unsaved = {}, {}, {}
        self._is_started = False
        self._backlog.forget()

    def _project_until_idle(self, progress: Progress) -> int:
        commits, projected = dict(self._commits), 0
        while new := self._find_new(commits):
            projected += sum([self._project(topic, len(new) == 1, progress) for topic in new])
            for topic in new:  # only now, so that a reaction sees the rows of every topic
                self._react(topic)
            commits |= new
        if projected:
            self._move_watermark()
        self._save_positions()
        self._commits = commits
        return projected

    def _find_new(self, commits: Mapping[str, int]) -> dict[str, int]:
        """The logs with commits that are not among these, and how many commits they have."""
        self._closed = self._timestamps.close_without_waiting()
        return {
            topic: count for topic, count in self._count_commits().items() if commits.get(topic, -1) < count
        }

    def _move_watermark(self) -> None:
        """Once all that was recorded here has rows: up to where all that is known has."""
        final = to_microseconds(self._final_until(self._closed))
        if self._positions.get(WATERMARK, 0) < final:
            self._move(WATERMARK, final)

    def _project(self, topic: str, alone: bool, progress: Progress) -> int:
        """Project the new events of a topic, page by page. `alone`: no other topic has new events."""
        log, projected, more = self._logs[topic], 0, True
        while more and (page := log.read(self._positions.get(rows_follower(topic), 0), _PAGE)):
            more = len(page) == _PAGE
            projected += len(page)
            end = page[-1][0]
            self._project_page(topic, [event for _, event in page], end, alone and not more)
            progress(topic, end, log.position() if more else end)
        return projected

    def _project_page(self, topic: str, events: list[AnyEvent], end: int, complete: bool) -> None:
        """Rows and positions move together; the position of reactions too, where none of them proposes anything.

        `complete`: once these events are projected, all are, so that reactions may look at the rows.
        """
        projected, reacted = rows_follower(topic), f"reactions/{topic}"
        ready = complete and self._positions.get(projected) == self._positions.get(reacted)
        histories = self._load_histories(topic, events)
        with self._tables.transaction() as connection:
            project_streams(self._tables, connection, topic, histories)
            proposals = (
                self._try_to_propose(topic, events, self._tables.reader(connection)) if ready else None
            )
            if proposals is not None and not proposals:
                self._move(reacted, end)
            self._move(projected, end)
            if complete:
                self._move_watermark()
            self._write_positions(connection)
        if proposals:
            for proposal in proposals:
                handle_proposal(proposal)
            self._move(reacted, end)

    def _project_foreign(self, topic: str, limit: int, progress: Progress) -> int:
        """Project so many streams of a topic in which events of other sites have come to count or ceased to, each
        whole. Rows and the number of the last of these changes move together. Returns how many changes."""
        follower = foreign_follower(topic)
        page = self._foreign.read_changes(topic, self._positions.get(follower, 0), limit)
        if not page:
            return 0
        streams = list(dict.fromkeys(stream for _, stream in page))
        own = self._logs[topic].load_streams(streams)
        histories = self._complete(topic, {stream: own.get(stream, []) for stream in streams})
        with self._tables.transaction() as connection:
            project_streams(self._tables, connection, topic, histories)
            self._move(follower, page[-1][0])
            self._write_positions(connection)
        self._are_foreign_rows_new = True
        progress(topic, page[-1][0], self._foreign.position(topic))
        return len(page)

    def _complete(self, topic: str, own: Histories[Any]) -> Histories[Any]:
        """These streams of the log with the events of other sites. A stream with one that this program cannot read
        waits, and its rows stay."""
        return self._unions[topic].complete_readable(own, lambda _, error: log.warning("%s", error))

    def _load_histories(self, topic: str, events: list[AnyEvent]) -> Histories[Any]:
        """All events of the streams that have new ones, up to the last of these in the log."""
        streams: dict[str, list[AnyEvent]] = defaultdict(list)
        for event in events:
            streams[event.stream].append(event)
        own = {
            stream: recorded
            if recorded[0].version == 1
            else self._logs[topic].load_stream(stream, upto=recorded[-1].version)
            for stream, recorded in streams.items()
        }
        return self._complete(topic, own)

    def _try_to_propose(self, topic: str, events: list[AnyEvent], rows: ReadModel) -> list[Proposal] | None:
        """None where nothing reacts to the topic, or a reaction fails: then `_react` raises its error, after the rows
        are committed."""
        if self._reactions[topic]:
            with suppress(Exception):
                return self._propose(topic, events, rows)
        return None

    def _propose(self, topic: str, events: Iterable[AnyEvent], rows: ReadModel) -> list[Proposal]:
        return [
            proposal
            for event in events
            if not event.actor.startswith(IMPORT_ACTOR_PREFIX)
            for app, reaction in self._reactions[topic]
            for proposal in propose(app, reaction, event, rows)
        ]

    def _react(self, topic: str) -> None:
        """Run the reactions to projected events. Their position is saved with the rows of what they record, or at the
        end: a process that dies before runs them again, and commands that were handled are recognised by their ids."""
        reacted, end = f"reactions/{topic}", self._positions.get(rows_follower(topic), 0)
        while self._reactions[topic] and (position := self._positions.get(reacted, 0)) < end:
            page = self._logs[topic].read(position, min(_PAGE, end - position))
            for _, event in page:
                for proposal in self._propose(topic, [event], self._tables):
                    handle_proposal(proposal)
            self._move(reacted, page[-1][0])
            if len(page) == _PAGE:
                self._save_positions()

    def _move(self, follower: str, position: int) -> None:
        self._positions[follower] = self._unsaved[follower] = position

    def _write_positions(self, connection: Connection) -> None:
        for follower, position in self._unsaved.items():
            log = self._logs.get(topic_of_rows(follower))
            chain = log.written_chain(position) if log else None
            self._tables.set_position(connection, follower, position, chain)
        self._unsaved = {}

    def _save_positions(self) -> None:
        if self._unsaved:
            with self._tables.transaction() as connection:
                self._write_positions(connection)

    def _rebuild_topic(self, connection: Connection, topic: str, progress: Progress) -> dict[str, int]:
        log, union, done = self._logs[topic], self._unions[topic], 0
        end, foreign_end = log.position(), self._foreign.position(topic)
        projections = projections_of(self._tables.projections.values(), topic)
        counts = {projection.name: 0 for projection in projections}
        for projection in projections:
            self._tables.clear(connection, projection.name)
        for streams in chunked(log.iterate_streams(upto=end), _STREAMS):
            histories = self._complete(topic, {events[0].stream: events for events in streams})
            for projection in projections:
                rows = {stream: fold_periods(projection, events) for stream, events in histories.items()}
                self._tables.store(connection, projection.name, rows, fresh=True)
                counts[projection.name] += sum(map(len, rows.values()))
            done += sum(map(len, streams))
            progress(topic, done, end)
        if not union.is_alone:
            for names in union.iterate_foreign_streams():
                histories = self._complete(topic, {stream: [] for stream in names})
                project_streams(self._tables, connection, topic, histories)
            self._tables.set_position(connection, foreign_follower(topic), foreign_end)
            counts = {name: self._tables.count_in(connection, name) for name in counts}
        self._tables.set_position(connection, rows_follower(topic), end, log.chain_hash(end))
        reacted = f"reactions/{topic}"
        if self._tables.position(connection, reacted) > end:  # a log that was rolled back
            self._tables.set_position(connection, reacted, end)
        return counts
