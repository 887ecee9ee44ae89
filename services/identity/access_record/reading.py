"""Reads the record of access, for the auditor, for the command line, and for whoever asks what they did themselves."""

from collections.abc import Iterator
from typing import Any

from services.identity.access_events import (
    AccessDenied,
    DataExported,
    EmergencyAccessStarted,
    SensitiveFieldsRead,
)
from services.identity.access_record.entries import AccessLine, access_stream
from shared.core.facts import Recorded
from shared.eventlog.event_log import EventLog

KINDS: dict[type[Any], str] = {
    SensitiveFieldsRead: "READ",
    DataExported: "EXPORTED",
    AccessDenied: "DENIED",
    EmergencyAccessStarted: "EMERGENCY",
}
TAGS = tuple(str(kind.__struct_config__.tag) for kind in KINDS)
PAGE = 1000
END = 2**62


def read_access(
    log: EventLog[Any], of: str = "", by: str = "", after: int = 0
) -> Iterator[tuple[int, AccessLine]]:
    """(position, line) of what was done about a person or unit, by an account or token, or of all of it, `after` a
    position of the log. Of one person it reads their own stream, else the whole record."""
    stream = access_stream(of) if of else ""
    while True:
        page = log.read_feed(after, END, PAGE, TAGS, stream)
        for position, _, state, _ in page:
            event = log.topic.decode(bytes(state))
            if by in ("", event.fact.principal):
                yield position, _line(event)
        if len(page) < PAGE:
            return
        after = page[-1][0]


def list_access(log: EventLog[Any], of: str = "", by: str = "", after: int = 0) -> list[AccessLine]:
    """The same as a list."""
    return [line for _, line in read_access(log, of, by, after)]


def _line(event: Recorded[Any]) -> AccessLine:
    fact = event.fact
    return AccessLine(
        recorded_at=event.recorded_at,
        quarter=fact.quarter,
        what=KINDS[type(fact)],
        by=fact.principal,
        name=event.actor,
        of=getattr(fact, "subject", ""),
        questions=getattr(fact, "questions", ()),
        rule=getattr(fact, "rule", ""),
        reason=getattr(fact, "reason", ""),
        until=getattr(fact, "until", ""),
        id=event.event_id,
        emergency=getattr(fact, "emergency", ""),
    )
