"""Writes facts as stored events: numbered, chained and encrypted as a log's writer does it, in bulk."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from services.appointment.events import topic as appointment
from services.evaluation.events import topic as evaluation
from services.organization.events import topic as organization
from services.personnel.events import topic as personnel
from services.planning.events import topic as planning
from services.regulation.events import topic as regulation
from services.rotation.events import topic as rotation
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX
from shared.core.clock import uuid7
from shared.core.facts import Recorded, Topic
from shared.core.partial_dates import Instant
from shared.eventlog.key_store import KeyStore, encrypt_fields_with
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.recorders.bulk_loader import BulkLoader

_TOPICS: tuple[Topic[Any], ...] = (
    regulation, organization, personnel, planning, rotation, appointment, evaluation
)  # fmt: skip
SITE = "site-generated"
EVENTS_PER_WRITE = 20_000
MORNING, STEP = 3600, 5
"""When the recording of a day begins, in seconds (UTC); milliseconds between two events."""
PER_SECOND = 1000 // STEP
_1970 = date(1970, 1, 1).toordinal()


class HistoryComplete(Exception):
    """The history has as many events as were requested."""


class GeneratedLogs:
    """The logs of a ledger that is being generated; facts are recorded on `day`, one after another."""

    def __init__(self, folder: Path, seed: int, events: int) -> None:
        self.folder, self.events, self.event_id = folder, events, 0
        self._chance = Random(f"{seed}/ids")
        self._secret = f"{seed}/key/".encode()
        self._noise = Random(f"{seed}/nonces").randbytes
        self._second = self._in_second = 0
        self._text = ""
        (folder / "site.json").write_text(json.dumps({"site": SITE}) + "\n", encoding="utf-8")
        self._keys = KeyStore(folder / "keys.db", SITE)
        self._keyless: list[str] = []
        self.logs: dict[str, LogFile] = {}

    def open(self, day: int) -> None:
        """Begin on the first day: the epoch of every log begins."""
        self.start_day(day)
        for topic in _TOPICS:
            self.logs[topic.name] = LogFile(topic, self.folder, self._now()[1], self._key, self._noise)

    def start_day(self, day: int) -> None:
        """Go to another day, in days since 1970."""
        self._second = (day - _1970) * 86_400 + MORNING - 1
        self._in_second, self._text = PER_SECOND - 1, ""

    def _now(self) -> tuple[Instant, str]:
        """The instant of the next event, and its id."""
        self._in_second += 1
        if self._in_second == PER_SECOND:
            self._in_second = 0
            self._second += 1
            self._text = datetime.fromtimestamp(self._second, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        step = self._in_second * STEP
        identity = uuid7(self._second * 1000 + step, self._chance.getrandbits(74))
        return Instant(f"{self._text}{step:03d}000Z"), identity

    def id(self) -> str:
        """A random id (UUID of version 4), the same for the same seed."""
        digits = f"{self._chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def record(self, log: str, stream: str, fact: Any, cause: str = "", by: str = "central") -> str:
        """Record a fact and return its event id. Raises HistoryComplete once the history has its size."""
        if self.event_id >= self.events:
            raise HistoryComplete
        self.event_id += 1
        now, identity = self._now()
        self.logs[log].add(identity, stream, now, IMPORT_ACTOR_PREFIX + by, fact, cause)
        return identity

    def _key(self, subject: str) -> bytes:
        """An encryption key derived from the seed, so that the same history comes out again; these people are
        invented."""
        self._keyless.append(subject)
        if len(self._keyless) >= EVENTS_PER_WRITE:
            self._provide()
        return self._made(subject)

    def _made(self, subject: str) -> bytes:
        return sha256(self._secret + subject.encode()).digest()

    def _provide(self) -> None:
        self._keys.store_keys((subject, self._made(subject)) for subject in dict.fromkeys(self._keyless))
        self._keyless.clear()

    def close(self) -> None:
        """Finish all files: indexes, and everything on disk."""
        self._provide()
        self._keys.close()
        for log in self.logs.values():
            log.close()

    def abandon(self) -> None:
        self._keys.close()
        for log in self.logs.values():
            log.loader.abandon()


class LogFile:
    """One log that is being written: its end, and the events not written yet."""

    def __init__(
        self,
        topic: Topic[Any],
        folder: Path,
        epoch: str,
        key: Callable[[str], bytes],
        noise: Callable[[int], bytes],
    ) -> None:
        self.topic, self.epoch, self._key, self._noise = topic, epoch, key, noise
        self.loader = BulkLoader(folder / f"{topic.name}.db", epoch, SITE)
        self.seq, self._chain = 0, GENESIS
        self._tags = {kind: tag for tag, kind in topic.kinds.items()}
        self._versions: dict[str, int] = {}
        self._rows: list[tuple[Any, ...]] = []

    def add(self, identity: str, stream: str, now: Instant, actor: str, fact: Any, cause: str) -> None:
        self.seq = seq = self.seq + 1
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        event: Recorded[Any] = Recorded(
            event_id=identity,
            site=SITE,
            epoch=self.epoch,
            seq=seq,
            stream=stream,
            version=version,
            recorded_at=now,
            actor=actor,
            command_id="",
            lamport=seq,
            fact=fact,
            cause=cause,
        )
        if type(fact) in self.topic.personal:
            event = encrypt_fields_with(self.topic, event, self._key(stream), self._noise)
        state = self.topic.encode(event)
        self._chain = sha256(self._chain + state).digest()
        self._rows.append((seq, stream, version, self._tags[type(fact)], state, self._chain))
        if len(self._rows) >= EVENTS_PER_WRITE:
            self.flush()

    def flush(self) -> None:
        self.loader.write(self._rows)
        self._rows.clear()

    def close(self) -> None:
        self.flush()
        self.loader.close()
