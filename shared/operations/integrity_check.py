"""Checks a whole installation: nothing lost, nothing doubled, and every row equal to a fold of all facts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.bitemporal import fold_periods
from shared.core.chunks import chunked
from shared.core.facts import AnyEvent, F, Recorded
from shared.database.failures import is_failure, name_failure
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.union import UnionReader
from shared.messaging.inbox import Inbox
from shared.operations.store_check import KeyCheck, find_unknown_causes
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore

_PAGE = 5000
CommandFact = tuple[str, int, str]
"""(stream, version, event id) of one fact of a command."""


class AcknowledgedCommand(msgspec.Struct, frozen=True):
    """A command that a caller saw acknowledged: its topic, its idempotency key, and the ids of its facts."""

    topic: str
    key: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class TopicSnapshot:
    """All records of a Kafka topic as (key, value), and the log position up to which a relay has seen them
    acknowledged.

    Reading the records raises ConnectionError where the topic cannot be read.
    """

    upto: int
    records: Iterable[tuple[str, bytes]]


ProblemKind = Literal["lost", "doubled", "broken", "differing"]
"""A missing event; one too many; a log out of order; rows that do not follow from their facts."""


class IntegrityReport(msgspec.Struct):
    """The result of an integrity check: what was checked, and every problem in words and counted by kind."""

    events: dict[str, int] = {}
    rows: dict[str, int] = {}
    commands: dict[str, int] = {}
    records: dict[str, int] = {}
    """Records of each topic that was read, repeats included."""
    promises: int = 0
    complaints: list[str] = []
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    differing: int = 0

    def add_problem(self, kind: ProblemKind, text: str) -> None:
        """Add a problem."""
        self.complaints.append(text)
        setattr(self, kind, getattr(self, kind) + 1)


def check_integrity(
    logs: dict[str, EventLog[Any]],
    tables: RowStore,
    inbox: Inbox | None = None,
    acknowledged: Sequence[AcknowledgedCommand] = (),
    snapshots: Mapping[str, TopicSnapshot] | None = None,
    damages: Iterable[str] = (),
    foreign: ForeignEvents = NO_FOREIGN_EVENTS,
) -> IntegrityReport:
    """Read every log from its first event, recompute its chain and all rows, and compare them with what is stored.

    `inbox` and `snapshots` are compared too, where they are given. `damages` are what the files were found to have.
    Rows are those of the logs and of `foreign` events together.
    """
    report = IntegrityReport(promises=len(acknowledged))
    for damage in damages:
        report.add_problem("broken", damage)
    causes: dict[str, tuple[str, int]] = {}
    for name, log in logs.items():
        facts_by_command: dict[str, list[CommandFact]] = defaultdict(list)
        with _reported(name, report):
            _check_log(log, report, facts_by_command, causes)
        with _reported(name, report):
            report.commands[name] = _check_commands(log, facts_by_command, report)
        for command in acknowledged:
            stored = tuple(fact[2] for fact in facts_by_command.get(command.key, ()))
            if command.topic == name and stored != command.facts:
                is_doubled = set(command.facts) < set(stored)
                report.add_problem(
                    "doubled" if is_doubled else "lost",
                    f"{name}: {command.key} was acknowledged, its facts are not {'only ' * is_doubled}those here",
                )
        if inbox is not None:
            with _reported(name, report):
                _check_inbox(name, log, inbox, report)
        if snapshots:
            with _reported(name, report):
                _check_topic(name, log, snapshots[name], report)
        with _reported(name, report):
            _check_rows(UnionReader(log, foreign), tables, report)
    with _reported("causes", report):
        for unknown in find_unknown_causes(logs, causes, foreign):
            report.add_problem("lost", unknown)
    return report


@contextmanager
def _reported(name: str, report: IntegrityReport) -> Iterator[None]:
    """Report what a store fails with, and go on with the next check."""
    try:
        yield
    except Exception as error:
        if not is_failure(error):
            raise
        failure = str(name_failure(error, name))
        if failure not in report.complaints:
            report.add_problem("broken", failure)


def _check_log(
    log: EventLog[F],
    report: IntegrityReport,
    facts_by_command: dict[str, list[CommandFact]],
    causes: dict[str, tuple[str, int]],
) -> None:
    """Positions and seq without holes or repeats, versions 1, 2, 3, … in every stream, and the chain unbroken.

    Every event is of the epoch that was open at its position, `seq` after the first of it.
    """
    position, chain, name = 0, GENESIS, log.topic.name
    epochs = dict(log.read_epochs())
    open_, first = "", 1
    versions: dict[str, int] = {}
    keys = KeyCheck(log.topic, log.keys, partial(report.add_problem, "broken"))
    report.events[name] = 0
    while page := log.read_chained(position, _PAGE):
        decoded: list[AnyEvent] = []
        for at, state, stored_chain in page:
            if at != position + 1:
                report.add_problem("broken", f"{name}: position {at} follows {position}")
            position = at
            chain = sha256(chain + state).digest()
            if chain != stored_chain:
                report.add_problem("broken", f"{name}: the chain is broken at position {at}")
                chain = stored_chain
            if at in epochs:
                open_, first = epochs[at], at
            try:
                event = log.topic.decode(state)
            except DECODE_ERRORS as error:
                report.add_problem("broken", f"{name}: the event at position {at} cannot be read: {error}")
                continue
            decoded.append(event)
            if event.cause:
                causes.setdefault(event.cause, (name, at))
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
                facts_by_command[event.command_id].append((event.stream, event.version, event.event_id))
        report.events[name] = position
        keys.check(decoded)


def _check_commands(
    log: EventLog[Any], facts_by_command: dict[str, list[CommandFact]], report: IntegrityReport
) -> int:
    """Every command with a key has all its facts, one after another in one stream, and no fact lacks its command."""
    name, number, commands = log.topic.name, 0, set()
    for key, stream, version, facts in log.read_commands(_PAGE):
        number += 1
        commands.add(key)
        stored = [fact[:2] for fact in facts_by_command.get(key, ())]
        if stored != [(stream, version + n) for n in range(1, facts + 1)]:
            kind: ProblemKind = (
                "lost" if len(stored) < facts else "doubled" if len(stored) > facts else "broken"
            )
            report.add_problem(kind, f"{name}: the facts of command {key} are not those it was answered with")
    for key in facts_by_command.keys() - commands:
        report.add_problem("broken", f"{name}: command {key} has facts and no answer")
    return number


def _check_inbox(name: str, log: EventLog[F], inbox: Inbox, report: IntegrityReport) -> None:
    """Every stored event is in the inbox, byte for byte, and nothing else is."""
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


def _check_topic(name: str, log: EventLog[F], snapshot: TopicSnapshot, report: IntegrityReport) -> None:
    """The topic holds every event up to the acknowledged position, byte for byte, under the key of its stream."""
    report.records[name] = position = 0
    in_topic = set()
    try:
        for key, value in snapshot.records:
            in_topic.add((key, sha256(value).digest()))
            report.records[name] += 1
    except ConnectionError as error:
        report.add_problem("lost", f"{name}: its topic could not be read: {error}")
        return
    while page := log.read_stored(position, _PAGE):
        for at, stream, _, state in page:
            position = at
            if at <= snapshot.upto and (stream, sha256(state).digest()) not in in_topic:
                report.add_problem(
                    "lost", f"{name}: position {at} is not in its topic; `cadre republish {name}`"
                )


def _check_rows(union: UnionReader[F], tables: RowStore, report: IntegrityReport) -> None:
    """The rows of every projection are those that a fold of each stream gives, and no others."""
    for projection in projections_of(tables.projections.values(), union.log.topic.name):
        stored = tables.count(projection.name)
        report.rows[projection.name] = stored
        expected = 0
        for histories in _read_histories(union):
            folded = {stream: fold_periods(projection, events) for stream, events in histories.items()}
            expected += sum(map(len, folded.values()))
            for stream in tables.differing(projection.name, folded):
                report.add_problem(
                    "differing", f"{projection.name}: the rows of {stream} are not what its facts say"
                )
        if stored != expected:
            report.add_problem("differing", f"{projection.name}: {stored} rows, the facts say {expected}")


def _read_histories(union: UnionReader[F]) -> Iterator[Mapping[str, Sequence[Recorded[F]]]]:
    """All streams, many at a time: those of the log, and those that only other sites have events of."""
    for chunk in chunked(union.log.iterate_streams(), 1000):
        yield union.complete({events[0].stream: events for events in chunk})
    for streams in union.iterate_foreign_streams(1000):
        yield union.complete({stream: [] for stream in streams})
