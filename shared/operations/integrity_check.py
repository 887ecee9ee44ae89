"""The integrity check: nothing is lost or doubled, and every row is what a fold of its log from zero gives."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from shared.core.bitemporal import fold_periods
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.messaging.inbox import Inbox
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore

_PAGE = 5000


class AcknowledgedCommand(msgspec.Struct, frozen=True):
    """A command that a caller saw acknowledged: its topic, its idempotency key, and the ids of its facts."""

    topic: str
    key: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class TopicSnapshot:
    """A topic as its readers find it: the position up to which a relay has seen it acknowledged, and (key, value) of
    all its records. Reading them raises ConnectionError where the topic cannot be read."""

    upto: int
    records: Iterable[tuple[str, bytes]]


ProblemKind = Literal["lost", "doubled", "broken", "differing"]
"""A fact that is not where it must be; one too many; a log out of order; rows that are not the fold of their facts."""


class IntegrityReport(msgspec.Struct):
    """How much was checked, and every complaint as text and counted by kind. None: the ledger is whole."""

    events: dict[str, int] = {}
    rows: dict[str, int] = {}
    commands: dict[str, int] = {}
    records: dict[str, int] = {}
    """The records of each topic, repeats included."""
    promises: int = 0
    complaints: list[str] = []
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    differing: int = 0

    def add_problem(self, kind: ProblemKind, text: str) -> None:
        self.complaints.append(text)
        setattr(self, kind, getattr(self, kind) + 1)


def check_integrity(
    logs: dict[str, EventLog[Any]],
    tables: RowStore,
    inbox: Inbox | None = None,
    promised: Sequence[AcknowledgedCommand] = (),
    copies: Mapping[str, TopicSnapshot] | None = None,
) -> IntegrityReport:
    """Read every log from its first event, recompute its chain and all rows, and compare them with what is stored and
    with what was sent to others."""
    report = IntegrityReport(promises=len(promised))
    for name, log in logs.items():
        by_command: dict[str, list[CommandFact]] = defaultdict(list)
        report.events[name] = _check_log(log, report, by_command)
        report.commands[name] = _check_commands(log, by_command, report)
        for promise in promised:
            stored = tuple(each[2] for each in by_command.get(promise.key, ()))
            if promise.topic == name and stored != promise.facts:
                more = set(promise.facts) < set(stored)
                report.add_problem(
                    "doubled" if more else "lost",
                    f"{name}: {promise.key} was acknowledged, its facts are not {'only ' * more}those here",
                )
        if inbox is not None:
            _check_inbox(name, log, inbox, report)
        if copies:
            _check_topic(name, log, copies[name], report)
        _check_rows(name, log, tables, report)
    return report


CommandFact = tuple[str, int, str]
"""(stream, version, event id) of one fact of a command."""


def _check_log(log: EventLog[Any], report: IntegrityReport, by_command: dict[str, list[CommandFact]]) -> int:
    """Check that positions and seq have no holes or repeats, that versions are 1, 2, 3, … in every stream, that the
    chain is unbroken, and that every event is of the epoch that was open at its position. Returns the last position."""
    position, chain, name = 0, GENESIS, log.topic.name
    epochs = dict(log.read_epochs())
    open_, first = "", 1
    versions: dict[str, int] = {}
    while page := log.read_chained(position, _PAGE):
        for at, state, sealed in page:
            if at != position + 1:
                report.add_problem("broken", f"{name}: position {at} follows {position}")
            position = at
            chain = sha256(chain + state).digest()
            if chain != sealed:
                report.add_problem("broken", f"{name}: the chain is broken at position {at}")
                chain = sealed
            event = log.topic.decode(state)
            if at in epochs:
                open_, first = epochs[at], at
            if (event.epoch, event.seq) != (open_, at - first + 1):
                report.add_problem(
                    "broken", f"{name}: position {at} is not {event.seq} of epoch {event.epoch}"
                )
            if event.version != versions.get(event.stream, 0) + 1:
                report.add_problem(
                    "broken", f"{name}: version {event.version} of {event.stream} is out of turn"
                )
            versions[event.stream] = event.version
            if event.command_id:
                by_command[event.command_id].append((event.stream, event.version, event.event_id))
    return position


def _check_commands(
    log: EventLog[Any], by_command: dict[str, list[CommandFact]], report: IntegrityReport
) -> int:
    """Check that every command with a key has all its facts, one after another in one stream, and that no fact lacks
    its command. Returns the number of commands."""
    name, number, keys = log.topic.name, 0, set()
    for key, stream, version, facts in log.read_commands(_PAGE):
        number += 1
        keys.add(key)
        stored = [each[:2] for each in by_command.get(key, ())]
        if stored != [(stream, version + n) for n in range(1, facts + 1)]:
            kind: ProblemKind = (
                "lost" if len(stored) < facts else "doubled" if len(stored) > facts else "broken"
            )
            report.add_problem(kind, f"{name}: the facts of command {key} are not those it was answered with")
    for key in by_command.keys() - keys:
        report.add_problem("broken", f"{name}: command {key} has facts and no answer")
    return number


def _check_inbox(name: str, log: EventLog[Any], inbox: Inbox, report: IntegrityReport) -> None:
    """Check that every stored event is in the inbox, byte for byte, and nothing else is."""
    facts = inbox.facts
    with inbox.tables.engine.connect() as connection:
        query = select(facts.c.site, facts.c.epoch, facts.c.seq, facts.c.state).where(facts.c.topic == name)
        received = {tuple(row[:3]): bytes(row[3]) for row in connection.execute(query)}
    position = 0
    while page := log.read_stored(position, _PAGE):
        for at, _, _, state in page:
            position = at
            event = log.topic.decode(state)
            if received.pop((event.site, event.epoch, event.seq), None) != state:
                report.add_problem("lost", f"{name}: position {at} was not received as it is stored")
    for key in received:
        report.add_problem("doubled", f"{name}: received what no log holds: {key}")


def _check_topic(name: str, log: EventLog[Any], copy: TopicSnapshot, report: IntegrityReport) -> None:
    """Check that the topic has every event up to its acknowledged position, byte for byte, with its stream as key."""
    report.records[name] = position = 0
    records = set()
    try:
        for key, value in copy.records:
            records.add((key, sha256(value).digest()))
            report.records[name] += 1
    except ConnectionError as error:
        report.add_problem("lost", f"{name}: its topic could not be read: {error}")
        return
    while page := log.read_stored(position, _PAGE):
        for at, stream, _, state in page:
            position = at
            if at <= copy.upto and (stream, sha256(state).digest()) not in records:
                report.add_problem(
                    "lost", f"{name}: position {at} is not in its topic; `cadre republish {name}`"
                )


def _check_rows(name: str, log: EventLog[Any], tables: RowStore, report: IntegrityReport) -> None:
    """Check that the stored rows of each projection are what a fold of every stream gives."""
    for projection in projections_of(tables.projections.values(), name):
        stored = tables.count(projection.name)
        report.rows[projection.name] = stored
        expected = 0
        for chunk in _chunks(log.iterate_streams(), 1000):
            folded = {events[0].stream: fold_periods(projection, events) for events in chunk}
            expected += sum(map(len, folded.values()))
            for stream in tables.differing(projection.name, folded):
                report.add_problem(
                    "differing", f"{projection.name}: the rows of {stream} are not what its facts say"
                )
        if stored != expected:
            report.add_problem("differing", f"{projection.name}: {stored} rows, the facts say {expected}")


def _chunks(streams: Iterable[list[Any]], size: int) -> Iterator[list[list[Any]]]:
    iterator = iter(streams)
    while chunk := list(islice(iterator, size)):
        yield chunk
