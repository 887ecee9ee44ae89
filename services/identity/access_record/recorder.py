"""Records access off the path of requests: in batches, one fact for each principal, subject and quarter of an hour."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from threading import Event, Lock, Thread
from time import monotonic

from sqlalchemy.exc import DBAPIError

from services.identity.access_events import AccessFact, DataExported, EmergencyAccessStarted
from services.identity.access_record.entries import AccessKey, access_stream_by, quarter_of
from services.identity.access_record.lookups import Lookups
from shared.core.clock import Clock
from shared.core.errors import Conflict, Fenced, SiteClosed, StoreUnavailable
from shared.core.partial_dates import later
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.http.principal import EmergencyAccess

FLUSH_SECONDS = 5.0
"""How long a note waits at most before it is recorded: so much a crash can lose."""
FAIL_CLOSED_SECONDS = 60.0
"""For how long notes may wait because nothing can be recorded; after that, nothing sensitive is shown any more."""
MOST_WAITING = 20_000
EMERGENCY_MICROSECONDS = 3600 * 1_000_000
MIN_REASON_LENGTH, MAX_REASON_LENGTH = 10, 500


class AccessNotRecorded(Exception):
    """What somebody wants to see cannot be put on record, so it is not shown."""


class EmergencyNeedsReason(ValueError):
    """Who opens something in an emergency says why."""


class AccessRecorder:
    """Notes are kept in memory and recorded every few seconds; exports and emergencies are recorded before they go on.

    Safe to share among threads. `close` records what is left."""

    def __init__(self, log: EventLog[AccessFact], clock: Clock, flush_seconds: float = FLUSH_SECONDS) -> None:
        self._log, self._clock, self._seconds = log, clock, flush_seconds
        self._lock, self._flushing, self._stop = Lock(), Lock(), Event()
        self.lookups = Lookups()
        self._waiting: dict[AccessKey, set[str]] = defaultdict(set)
        self._recorded: dict[AccessKey, set[str]] = {}
        self._failing_since: float | None = None
        self._thread: Thread | None = None

    def quarter(self) -> str:
        """The quarter of an hour that it is now."""
        return quarter_of(self._clock())

    def note(self, keys: Iterable[AccessKey], question: str) -> bool:
        """Remember what somebody is about to be shown, or was refused. Returns whether it is on record already.

        Raises AccessNotRecorded where nothing could be recorded for a minute, or too much waits."""
        with self._lock:
            since = self._failing_since
            if (since is not None and monotonic() - since > FAIL_CLOSED_SECONDS) or len(
                self._waiting
            ) >= MOST_WAITING:
                raise AccessNotRecorded
            is_new = False
            for key in keys:
                if question not in self._recorded.get(key, ()):
                    self._waiting[key].add(question)
                    is_new = True
            return not is_new

    def note_lookup(self, key: AccessKey, question: str) -> None:
        """Remember that somebody named an id out of their reach; it is recorded if that is the id of something."""
        if not self.lookups.add(key, question):
            self.flush()
            self.lookups.add(key, question)

    def record(self, keys: Iterable[AccessKey], question: str) -> None:
        """Put it on record before going on. Raises AccessNotRecorded."""
        asked = list(keys)
        if self.note(asked, question):
            return
        self.flush()
        with self._lock:
            if any(question not in self._recorded.get(key, ()) for key in asked):
                raise AccessNotRecorded

    def record_export(self, principal: str, actor: str, subject: str, question: str) -> None:
        """Put on record that somebody takes data out, before they do. Raises AccessNotRecorded."""
        self.record([AccessKey(DataExported, principal, actor, subject, self.quarter())], question)

    def start_emergency(self, principal: str, actor: str, reason: str) -> EmergencyAccess:
        """Put on record that somebody opens what is out of their scope, for an hour; returns until when.

        Raises EmergencyNeedsReason and AccessNotRecorded."""
        if not MIN_REASON_LENGTH <= len(reason.strip()) <= MAX_REASON_LENGTH:
            raise EmergencyNeedsReason
        now = self._clock()
        until = later(now, EMERGENCY_MICROSECONDS)
        fact = EmergencyAccessStarted(
            principal=principal, quarter=quarter_of(now), reason=reason.strip(), until=until
        )
        stream = access_stream_by(principal)
        with self._flushing:
            try:
                [event] = self._log.append(AppendRequest(stream, self._log.version(stream), [fact], actor))
            except (StoreUnavailable, Conflict, Fenced, SiteClosed) as error:
                raise AccessNotRecorded from error
        return EmergencyAccess(event.event_id, until)

    def flush(self) -> None:
        """Record all that waits, in one transaction. What cannot be recorded goes on waiting."""
        with self._flushing:
            try:
                self._take_in(self.lookups.take())
            except (StoreUnavailable, DBAPIError) as error:
                logging.getLogger(__name__).warning("what was looked up cannot be read: %s", error)
            with self._lock:
                taken = {key: set(questions) for key, questions in self._waiting.items()}
            if taken:
                self._append(taken)

    def _append(self, taken: dict[AccessKey, set[str]]) -> None:
        requests = list[tuple[AccessKey, AppendRequest[AccessFact]]]()
        versions = dict[str, int]()
        try:
            for key, questions in taken.items():
                version = versions.get(key.stream)
                version = self._log.version(key.stream) if version is None else version
                fact = key.build_fact(questions | self._recorded.get(key, set()))
                requests.append((key, AppendRequest(key.stream, version, [fact], key.actor)))
                versions[key.stream] = version + 1
            self._log.append_all([request for _, request in requests])
        except (StoreUnavailable, Fenced, SiteClosed) as error:
            self._fail(error)
            return
        self._done({key: taken[key] for key, request in requests if request.error is None})
        for request in (request for _, request in requests if request.error):
            self._fail(request.error or Conflict(request.stream, request.expected))
            return

    def _done(self, recorded: dict[AccessKey, set[str]]) -> None:
        """These questions are on record."""
        quarter = self.quarter()
        with self._lock:
            for key, questions in recorded.items():
                self._waiting[key] -= questions
                if not self._waiting[key]:
                    del self._waiting[key]
                self._recorded[key] = self._recorded.get(key, set()) | questions
            self._recorded = {key: asked for key, asked in self._recorded.items() if key.quarter >= quarter}
            self._failing_since = None

    def _take_in(self, notes: Iterable[tuple[AccessKey, set[str]]]) -> None:
        """Let these wait too, however many there are: they are kept elsewhere."""
        with self._lock:
            for key, questions in notes:
                self._waiting[key] |= questions - self._recorded.get(key, set())
                if not self._waiting[key]:
                    del self._waiting[key]

    def _is_recorded(self, key: AccessKey) -> bool:
        """Whether nothing of it waits any more."""
        with self._lock:
            return key not in self._waiting

    def _fail(self, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = monotonic()
        logging.getLogger(__name__).error("access cannot be put on record: %s", error)

    def start(self) -> None:
        """Record every few seconds, in a thread, until `close`."""
        self._thread = Thread(target=self._run, name="access-record", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.flush()

    def close(self) -> None:
        """Record what is left. Raises AccessNotRecorded where that cannot be done."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.flush()
        if self._waiting:
            raise AccessNotRecorded
