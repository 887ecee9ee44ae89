"""A service of two facts, for tests of the kernel."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from shared.commands.command_handler import Application, Service
from shared.core.clock import Clock, system_clock
from shared.core.decider import Decider, Rejected
from shared.core.facts import PERSONAL, Fact, Recorded, Topic, event_tag
from shared.core.projection import Changes, Projection, Row, Rows
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from shared.testing import on


class ToyFact(Fact, frozen=True, kw_only=True, tag=event_tag("toy")): ...


class Noted(ToyFact, frozen=True, kw_only=True):
    what: str
    number: int = 0


class Signed(ToyFact, frozen=True, kw_only=True):
    name: Annotated[str, PERSONAL]
    place: str = ""


topic: Topic[ToyFact] = Topic("toy", Noted | Signed)


class NotedAlready(Rejected):
    """This was noted already."""

    title_vi = "Đã ghi"


def decide(state: frozenset[str], proposed: ToyFact) -> tuple[ToyFact, ...]:
    if isinstance(proposed, Noted) and proposed.what in state:
        raise NotedAlready(field="what")
    return (proposed,)


def evolve(state: frozenset[str], fact: ToyFact) -> frozenset[str]:
    return state | {fact.what} if isinstance(fact, Noted) else state


decider = Decider[frozenset[str], ToyFact](initial=frozenset(), decide=decide, evolve=evolve)
service = Service(topic=topic, decider=decider)


class NoteRow(Row, frozen=True, kw_only=True):
    what: str
    number: int


def step(rows: Rows[NoteRow], event: Recorded[ToyFact]) -> Changes[NoteRow]:
    match event.fact:
        case Noted(what=what, number=number):
            return {event.event_id: NoteRow(what=what, number=number)}
        case Signed(name=name):
            return {event.event_id: NoteRow(what=name, number=len(rows))}
    return {}


notes = Projection[ToyFact, NoteRow](name="notes", follows=topic, row=NoteRow, step=step)


@contextmanager
def log_in(home: Path, clock: Clock = system_clock, site: str = "here") -> Iterator[EventLog[ToyFact]]:
    """A log and its keys in a folder; open as often as a process would."""
    keys = KeyStore(home / "keys.db", site)
    log = EventLog(topic, home / "toy.db", site, clock, keys)
    try:
        yield log
    finally:
        log.close()
        keys.close()


def application(log: EventLog[ToyFact]) -> Application[frozenset[str], ToyFact]:
    return Application(service, log)


def note(what: str = "rain", number: int = 0) -> Noted:
    return Noted(what=what, number=number, effective_from=on("2025-07-01"))


def append_request(
    stream: str, expected: int, *facts: ToyFact, key: str = "", digest: bytes = b""
) -> AppendRequest[ToyFact]:
    return AppendRequest(stream, expected, facts or (note(),), "tester", key, digest)
