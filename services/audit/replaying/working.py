"""What one process does of a replay: check the seal over a segment of a log, or fold a range of its streams."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import msgspec

from services.audit.replaying.comparing import Difference, Digest, Part
from shared.clock import system_clock
from shared.facts import Recorded
from shared.keyring import Keyring, unseal
from shared.merkle import Frontier, leaf
from shared.periods import periods
from shared.projecting import following
from shared.projection import Projection
from shared.scribe import GENESIS
from shared.store import Log
from shared.tables import Tables

PAGE = 5000


class Source(Protocol):
    """A ledger, as far as a replay needs one."""

    logs: dict[str, Log[Any]]
    tables: Tables
    keys: Keyring

    def close(self) -> None: ...


@dataclass(frozen=True)
class Task:
    """`kind` seal: positions in (first, upto]; fold: streams in [first, before), their events up to a position."""

    kind: str
    log: str
    upto: int
    first: str = ""
    before: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}/{self.log}/{self.upto}/{self.first}/{self.before}"


class Worker:
    """Opens what it reads for itself. `copy` is a folder of logs that stand for those of the ledger."""

    def __init__(self, open_: Callable[[], Source], copy: Path | None = None) -> None:
        self.source = open_()
        self.logs = copied(self.source, copy) if copy else self.source.logs

    def close(self) -> None:
        if self.logs is not self.source.logs:
            for log in self.logs.values():
                log.close()
        self.source.close()

    def do(self, task: Task) -> Part:
        log = self.logs[task.log]
        return _seal(log, int(task.first), task.upto) if task.kind == "seal" else self._fold(log, task)

    def _fold(self, log: Log[Any], task: Task) -> Part:
        part, topic = Part(), log.topic.name
        projections = following(self.source.tables.projections.values(), topic)
        digests = {each.name: Digest() for each in projections}
        for histories in _histories(log, task, part, self.source.keys):
            for projection in projections:
                found = self._rows(projection, histories, log, digests[projection.name], part)
                part.rows[projection.name] = part.rows.get(projection.name, 0) + found
        part.sums = {name: digest.sums for name, digest in digests.items()}
        return part

    def _rows(
        self,
        projection: Projection[Any, Any],
        histories: Mapping[str, list[Recorded[Any]]],
        log: Log[Any],
        digest: Digest,
        part: Part,
    ) -> int:
        """Fold these streams and compare; a stream that differs is read and folded once more, for it may have grown."""
        tables = self.source.tables
        wanted = tables.wanted(projection.name, {s: periods(projection, h) for s, h in histories.items()})
        by_stream: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for key, row in wanted.items():
            by_stream[key[0]].append(row)
        for rows in by_stream.values():
            digest.add(rows)
        stands = tables.stored(projection.name, list(histories))
        if stands != wanted:
            differ = {key[0] for key in wanted.keys() | stands if wanted.get(key) != stands.get(key)}
            for stream in sorted(differ):
                part.differences += self._differences(projection, stream, histories[stream], log)
        return len(wanted)

    def _differences(
        self, projection: Projection[Any, Any], stream: str, read: list[Recorded[Any]], log: Log[Any]
    ) -> Iterator[Difference]:
        tables = self.source.tables
        grown = bool(read) and log.version(stream) > read[-1].version
        events = log.stream(stream) if grown else read
        stands = tables.stored(projection.name, [stream])
        wanted = tables.wanted(projection.name, {stream: periods(projection, events)})
        columns = tables.tables[projection.name].columns.keys()
        for key in sorted(wanted.keys() | stands):
            if wanted.get(key) != stands.get(key):
                yield Difference(
                    what="row",
                    log=log.topic.name,
                    stream=stream,
                    rows=projection.name,
                    key=key[1],
                    stands=dict(zip(columns, stands.get(key, ()), strict=False)),
                    computed=dict(zip(columns, wanted.get(key, ()), strict=False)),
                    facts=[event.event_id for event in events],
                )


def copied(source: Source, folder: Path) -> dict[str, Log[Any]]:
    """Logs that were read in from elsewhere, under the keys that are here."""
    return {
        name: Log(log.topic, folder / f"{name}.db", log.site, system_clock, source.keys)
        for name, log in source.logs.items()
    }


def _seal(log: Log[Any], after: int, upto: int) -> Part:
    """Positions without a hole, the chain over the bytes, and the roots of the subtrees over them."""
    part, tree, position, name = Part(), Frontier(), after, log.topic.name
    chain = (log.chain(after) or GENESIS) if after else GENESIS
    while position < upto and (page := log.sealed(position, min(PAGE, upto - position))):
        for at, state, sealed in page:
            chain = sha256(chain + state).digest()
            if at != position + 1:
                detail = f"position {at} follows {position}"
                part.differences.append(Difference(what="sequence", log=name, detail=detail))
            if chain != sealed:
                [(_, stream, _, _)] = log.stored(at - 1, 1)
                detail = f"the chain is broken at position {at}"
                part.differences.append(Difference(what="chain", log=name, stream=stream, detail=detail))
                chain = sealed
            position = at
        tree.extend([leaf(state) for _, state, _ in page])
    part.events = tree.size
    part.peaks = [peak.hex() for peak in tree.peaks]
    if tree.size != upto - after:
        part.differences.append(
            Difference(what="sequence", log=name, detail=f"{upto} is not the last position")
        )
    return part


def _histories(
    log: Log[Any], task: Task, part: Part, keys: Keyring
) -> Iterator[dict[str, list[Recorded[Any]]]]:
    """Whole streams, a few thousand events at a time; what their envelopes say is held against where they stand."""
    topic = log.topic
    after, found = (task.first, 0), dict[str, list[Recorded[Any]]]()
    while page := log.filed(after, task.before, task.upto, PAGE):
        for position, stream, version, state in page:
            try:
                event = topic.decode(state)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                where = f"position {position}: {error}"
                part.differences.append(
                    Difference(what="unreadable", log=topic.name, stream=stream, detail=where)
                )
                found.setdefault(stream, [])
                continue
            before = found.get(stream)
            if (event.stream, event.version) != (stream, version) or version != (
                before[-1].version + 1 if before else 1
            ):
                where = f"position {position} is version {event.version} of {event.stream}"
                part.differences.append(
                    Difference(what="envelope", log=topic.name, stream=stream, detail=where)
                )
            places = part.lives.setdefault(f"{event.site} {event.epoch}", {})
            places.setdefault(str(position - event.seq), stream)
            if type(event.fact) in topic.personal:
                event = unseal(topic, event, keys)
            found.setdefault(stream, []).append(event)
        part.events += len(page)
        after = page[-1][1], page[-1][2]
        last = found.pop(after[0], [])  # may go on in the next page
        if found:
            yield found
        found = {after[0]: last} if last else {}
    if found:
        yield found
