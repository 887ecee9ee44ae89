"""The record of access in a cluster: every process notes, and the one that writes the log of identity records."""

from typing import Any

import msgspec

from services.identity.access_events import AccessDenied, DataExported, SensitiveFieldsRead
from services.identity.access_record.entries import AccessKey
from services.identity.access_record.recorder import AccessRecorder
from services.identity.credentials.access_notes import AccessNotes
from shared.core.clock import Clock
from shared.core.errors import StoreUnavailable
from shared.eventlog.event_log import EventLog

_KINDS: dict[str, type[SensitiveFieldsRead] | type[DataExported] | type[AccessDenied]] = {
    "read": SensitiveFieldsRead,
    "exported": DataExported,
    "denied": AccessDenied,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class _Note(msgspec.Struct, frozen=True):
    """A note as it is kept: its names are for ever, because a process of the version before may have written it."""

    kind: str
    principal: str
    actor: str
    subject: str
    quarter: str
    rule: str
    questions: tuple[str, ...]
    emergency: str = ""


class NotingRecorder(AccessRecorder):
    """Of a process that may not write the log: what it notes is durable in the table, and recorded by another one."""

    def __init__(self, log: EventLog[Any], clock: Clock, notes: AccessNotes, **options: float) -> None:
        super().__init__(log, clock, **options)
        self._notes = notes

    def _append(self, taken: dict[AccessKey, set[str]]) -> None:
        try:
            self._notes.add(msgspec.Raw(_encode(key, questions)) for key, questions in taken.items())
        except StoreUnavailable as error:
            self._fail(error)
        else:
            self._done(taken)


class CollectingRecorder(AccessRecorder):
    """Of the process that writes the log: it records what the others noted, too. What it records and does not come to
    remove, because it ends in between, is recorded twice."""

    def __init__(self, log: EventLog[Any], clock: Clock, notes: AccessNotes, **options: float) -> None:
        super().__init__(log, clock, **options)
        self._notes = notes

    def flush(self) -> None:
        try:
            found = self._notes.read()
            kept = [(id_, *_decode(note)) for id_, note in found]
            self._take_in((key, questions) for _, key, questions in kept)
            super().flush()
            if recorded := [id_ for id_, key, _ in kept if self._is_recorded(key)]:
                self._notes.remove(recorded)
        except StoreUnavailable as error:
            self._fail(error)


def _encode(key: AccessKey, questions: set[str]) -> bytes:
    note = _Note(
        _NAMES[key.kind],
        key.principal,
        key.actor,
        key.subject,
        key.quarter,
        key.rule,
        tuple(sorted(questions)),
        key.emergency,
    )
    return msgspec.json.encode(note)


def _decode(stored: bytes) -> tuple[AccessKey, set[str]]:
    note = msgspec.json.decode(stored, type=_Note)
    about = note.principal, note.actor, note.subject, note.quarter, note.rule, note.emergency
    return AccessKey(_KINDS[note.kind], *about), set(note.questions)
