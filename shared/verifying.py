"""The oracle: nothing lost, nothing doubled, and every row what a fold from zero says."""

from collections.abc import Iterable
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import select

from shared.inbox import Inbox
from shared.periods import periods
from shared.projecting import following
from shared.scribe import GENESIS
from shared.store import Log
from shared.tables import Tables

PAGE = 5000


class Verdict(msgspec.Struct):
    """What was looked at, and every complaint in words. No complaint: the ledger is whole."""

    events: dict[str, int] = {}
    rows: dict[str, int] = {}
    complaints: list[str] = []


def verify(logs: dict[str, Log[Any]], tables: Tables, inbox: Inbox | None = None) -> Verdict:
    """Read every log from its first event, recompute its chain and all rows, and compare with what is stored."""
    verdict = Verdict()
    for name, log in logs.items():
        verdict.events[name] = _log(log, verdict)
        if inbox is not None:
            _received(name, log, inbox, verdict)
        _rows(name, log, tables, verdict)
    return verdict


def _log(log: Log[Any], verdict: Verdict) -> int:
    """Positions and seq without holes or repeats, versions 1, 2, 3, … in every stream, and the chain unbroken."""
    position, chain, name = 0, GENESIS, log.topic.name
    seqs: dict[tuple[str, str], int] = {}
    versions: dict[str, int] = {}
    while page := log.sealed(position, PAGE):
        for at, state, sealed in page:
            if at != position + 1:
                verdict.complaints.append(f"{name}: position {at} follows {position}")
            position = at
            chain = sha256(chain + state).digest()
            if chain != sealed:
                verdict.complaints.append(f"{name}: the chain is broken at position {at}")
                chain = sealed
            event = log.topic.decode(state)
            life = (event.site, event.epoch)
            if event.seq != seqs.get(life, 0) + 1:
                verdict.complaints.append(f"{name}: seq {event.seq} follows {seqs.get(life, 0)} in {life}")
            seqs[life] = event.seq
            if event.version != versions.get(event.stream, 0) + 1:
                verdict.complaints.append(f"{name}: version {event.version} of {event.stream} is out of turn")
            versions[event.stream] = event.version
    return position


def _received(name: str, log: Log[Any], inbox: Inbox, verdict: Verdict) -> None:
    """Every stored event is in the inbox, byte for byte, and nothing else is."""
    facts = inbox.facts
    with inbox.tables.engine.connect() as connection:
        query = select(facts.c.site, facts.c.epoch, facts.c.seq, facts.c.state).where(facts.c.topic == name)
        here = {tuple(row[:3]): bytes(row[3]) for row in connection.execute(query)}
    position = 0
    while page := log.stored(position, PAGE):
        for at, _, _, state in page:
            position = at
            event = log.topic.decode(state)
            if here.pop((event.site, event.epoch, event.seq), None) != state:
                verdict.complaints.append(f"{name}: position {at} was not received as it is stored")
    verdict.complaints += [f"{name}: received what no log holds: {key}" for key in here]


def _rows(name: str, log: Log[Any], tables: Tables, verdict: Verdict) -> None:
    for projection in following(tables.projections.values(), name):
        stored = tables.count(projection.name)
        verdict.rows[projection.name] = stored
        expected = 0
        for chunk in _chunks(log.streams(), 1000):
            wanted = {events[0].stream: periods(projection, events) for events in chunk}
            expected += sum(map(len, wanted.values()))
            for stream in tables.differing(projection.name, wanted):
                verdict.complaints.append(
                    f"{projection.name}: the rows of {stream} are not what its facts say"
                )
        if stored != expected:
            verdict.complaints.append(f"{projection.name}: {stored} rows, the facts say {expected}")


def _chunks(streams: Iterable[list[Any]], size: int) -> Iterable[list[list[Any]]]:
    iterator = iter(streams)
    while chunk := list(islice(iterator, size)):
        yield chunk
