"""Six facts of three sites, each in a chunk of its own, and a site that takes them into its store and its rows.

A ward appoints A and then signs two facts at one place, as a machine image that runs twice does; restored from a backup
of before that, it ends the tenure of A. The district appoints B to the same post, the province transfers A.
"""

import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.appointment.events import Appointed, TenureEnded
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.people.career import trace_career
from services.chronicle.queries.units.org_chart import read_org_chart
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from services.rotation.events import MoveKind, Transferred
from shared.commands.command_handler import Origin
from shared.core.clock import system_clock
from shared.core.facts import Recorded
from shared.core.partial_dates import Instant, PDate, civil_day
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.readmodel.row_digests import digest_rows
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.chunks import Chunk, ChunkHeader
from shared.replica.counting import LogJudgement, find_held_parts
from shared.replica.envelopes import Arrival
from shared.replica.parted_lines import find_branches, find_forks, find_gaps
from shared.replica.runs import LogId
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger

SIGNERS = {site: Signer(site, hash_leaf(site.encode())) for site in ("tinh", "huyen", "px")}
KEYS = {site: (signer.verifier,) for site, signer in SIGNERS.items()}
CHOSEN = {name: SERVICES[name] for name in ("organization", "personnel", "appointment", "rotation")}
TOPICS = {name: service.topic for name, service in CHOSEN.items()}
BY = Origin(actor="user:lan")
DAYS = ("2024-06-01", "2025-02-01", "2025-07-01")
PEOPLE = ("A", "B", "C", "D")


class Six(NamedTuple):
    """By name, in the order in which they were recorded."""

    appointed: Chunk
    fork: Chunk
    other_fork: Chunk
    ended_after_restore: Chunk
    of_the_district: Chunk
    of_the_province: Chunk


def make_six() -> Six:
    first = _state("px", "e1", 1, "A", _appointed("t-a", "P-X", "2024-01-01"), 1)
    fork = _state("px", "e1", 2, "C", _appointed("t-c", "P-Y", "2024-02-01"), 2)
    other = _state("px", "e1", 2, "D", _appointed("t-d", "P-Y", "2024-03-01"), 2)
    ended = _state("px", "e2", 1, "A", TenureEnded(tenure="t-a", effective_from=PDate("2025-01-01")), 2)
    second = _state("huyen", "h1", 1, "B", _appointed("t-b", "P-X", "2025-03-01"), 2)
    moved = Transferred(
        move="m-a",
        kind=next(iter(MoveKind)),
        to_unit="U-Y",
        to_post="P-Y",
        from_tenure="t-a",
        effective_from=PDate("2025-06-01"),
    )
    third = _state("tinh", "t1", 1, "A", moved, 3, "rotation")
    before = (("e1", 1), first)
    return Six(
        _chunk("px", ("e1", 1), first),
        _chunk("px", ("e1", 2), fork, before),
        _chunk("px", ("e1", 2), other, before),
        _chunk("px", ("e2", 1), ended, before),
        _chunk("huyen", ("h1", 1), second),
        _chunk("tinh", ("t1", 1), third, topic="rotation"),
    )


def _appointed(tenure: str, post: str, day: str) -> Appointed:
    return Appointed(tenure=tenure, post=post, effective_from=PDate(day))


def _state(
    site: str, epoch: str, seq: int, stream: str, fact: Any, lamport: int, topic: str = "appointment"
) -> bytes:
    return TOPICS[topic].encode(
        Recorded(
            event_id=f"{site}-{epoch}-{seq}-{stream}",
            site=site,
            epoch=epoch,
            seq=seq,
            stream=stream,
            version=1,
            recorded_at=Instant(f"2026-03-01T00:00:{lamport:02d}.000000Z"),
            actor="user:lan",
            command_id="",
            lamport=lamport,
            fact=fact,
        )
    )


def _chunk(
    site: str,
    place: tuple[str, int],
    state: bytes,
    before: tuple[tuple[str, int], bytes] | None = None,
    topic: str = "appointment",
) -> Chunk:
    """One entry, proven by a checkpoint that ends with it."""
    leaves = [*([hash_leaf(before[1])] if before else []), hash_leaf(state)]
    size, (epoch, seq) = len(leaves), place
    root, until = range_of_leaves(0, leaves).root(), Instant("2026-02-01T00:00:00.000000Z")
    note = sign_checkpoint(LogCheckpoint(LogId(site, topic), size, root, epoch, seq, until), SIGNERS[site])
    header = ChunkHeader(
        origin=site,
        topic=topic,
        epoch=epoch,
        previous=before[0] if before else None,
        first=seq,
        start=size - 1,
        items=(len(state),),
        left=range_of_leaves(0, leaves[:-1]).hashes,
        right=(),
        checkpoint=note,
    )
    return Chunk(header, (state,))


class EmptySite:
    """A site that has units, posts and persons, and no fact about who holds what."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(exist_ok=True)
        self.store = ReplicaStore(home / "replica.db", TOPICS, site="py")
        self.ledger = EmbeddedLedger(CHOSEN, PROJECTIONS, home, "py", system_clock, foreign=self.store)

    def close(self) -> None:
        self.ledger.close()

    def found(self) -> None:
        since = civil_day("2020-01-01")
        record = self.ledger.apps["organization"].handle
        for name, parent in (("U-T", ""), ("U-X", "U-T"), ("U-Y", "U-T")):
            record(name, UnitEstablished(name=name, kind=Kind.WARD, parent=parent, effective_from=since), BY)
        for post, unit in (("P-X", "U-X"), ("P-Y", "U-Y")):
            record(post, PostCreated(unit=unit, title=post, effective_from=since), BY)
        for person in PEOPLE:
            self.ledger.apps["personnel"].handle(person, Registered(name=f"Người {person}"), BY)
        self.ledger.project_pending()

    def take(self, chunk: Chunk) -> Instant:
        """Import a chunk as the importer does, with its rows; the instant from which answers show it."""
        store = self.store
        assert not store.import_chunk(chunk, KEYS, Arrival(system_clock(), store.highest_lamport())).rule
        with self.ledger.count_foreign_events() as known:
            store.mark_known(known, lambda log: LogJudgement())
        self.ledger.project_pending()
        return self.ledger.watermark()

    def answers(self, known_at: Instant) -> bytes:
        """Who holds what on three days, and the careers, as known at an instant."""
        found: list[object] = []
        with self.ledger.tables.transaction() as connection:
            days = [AsOf(civil_day(day), known_at) for day in DAYS]
            found += [read_org_chart(connection, "U-T", day, depth=2) for day in days]
            when = AsOf(civil_day("2026-01-01"), known_at)
            found += [trace_career(connection, when, person) for person in PEOPLE]
        return msgspec.json.encode([_without_known(msgspec.to_builtins(each)) for each in found])

    def verdict(self) -> bytes:
        """All that is said of what is here, but since when it is known."""
        said: list[object] = []
        for log in self.store.logs():
            runs, roots = self.store.load_log(log), self.store.root_reader(log)
            held = find_held_parts(runs, LogJudgement(), (), roots)
            gaps, branches = sorted(find_gaps(runs)), sorted(find_branches(runs))
            said.append((log, runs.runs, sorted(find_forks(runs).items()), gaps, branches, sorted(held)))
        counted = [
            (topic, stream, event.state.decode())
            for topic in TOPICS
            for stream, events in sorted(self.store.load_streams(topic, PEOPLE).items())
            for event in events
            if not event.known_until
        ]
        rows = digest_rows(self.ledger.tables)
        answers = self.answers(self.ledger.watermark())
        return msgspec.json.encode([said, counted, rows, answers.decode()])


def _without_known(answer: Any) -> Any:
    """An answer but for the instant that it was asked for."""
    if isinstance(answer, Mapping):
        return {name: _without_known(value) for name, value in answer.items() if name != "known_at"}
    if isinstance(answer, Sequence) and not isinstance(answer, str | bytes):
        return [_without_known(each) for each in answer]
    return answer


def empty_sites(folder: Path) -> Generator[EmptySite, None, None]:
    """One after another, each a copy of the same."""
    with closing(EmptySite(folder / "empty")) as site:
        site.found()
    while True:
        home = folder / "site"
        shutil.copytree(folder / "empty", home)
        with closing(EmptySite(home)) as site:
            yield site
        shutil.rmtree(home)
