"""What sites stated is folded once: the same as all of it folded anew, however often it is asked for and reopened."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import process_time

import pytest
from msgspec.structs import replace

from services.sync.domain.receipts import SyncEvent, fold_receipts
from services.sync.events import BundleMade, Received, SyncFact, topic
from services.sync.exchange.known_statements import SAVED_AFTER, KnownStatements
from shared.core.clock import system_clock
from shared.core.partial_dates import Instant, PDate
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from shared.replica.counting import LogJudgement
from shared.replica.envelopes import Arrival
from shared.replica.runs import LogId
from shared.replica.store.folded_statements import FoldedStatements
from shared.replica.store.replica_store import ReplicaStore
from tests.replica.signed_lines import KEYS, SignedLine
from tests.sync.statements import receipt, state

ARRIVAL = Arrival(Instant("2026-05-01T00:00:00.000000Z"), 10)
DAY = PDate("2026-03-02")
HELD = SignedLine([("e1", 8)])


class Huyen:
    """A site with its own statements, and those that come of its ward."""

    def __init__(self, folder: Path, statements: int) -> None:
        self.folder, self.opened, self.stated = folder, ExitStack(), list[SyncEvent]()
        keys = self.opened.enter_context(closing(KeyStore(folder / "keys.db", "huyen")))
        log = EventLog[SyncFact](topic, folder / "sync.db", "huyen", system_clock, keys)
        self.log = self.opened.enter_context(closing(log))
        chance = random.Random(3)
        self.line = SignedLine([("e1", statements)], topic="sync")
        for at in range(statements):
            event = state("px", 0, statement(chance, at))
            day = f"2026-03-{1 + chance.randrange(28):02d}T00:00:00.{at:06d}Z"
            stamped = replace(
                event, seq=at + 1, recorded_at=Instant(day), event_id=f"px-{at}", lamport=at + 1
            )
            self.line.replace_state(at, topic.encode(stamped))
        self.come = self.known = 0
        self.open()

    def open(self) -> None:
        self.store = ReplicaStore(self.folder / "replica.db", {"sync": topic}, site="huyen")
        self.statements = KnownStatements(self.log, self.store)

    def close(self) -> None:
        self.store.close()
        self.opened.close()

    def record(self, fact: SyncFact) -> None:
        request = AppendRequest("px", self.log.version("px"), (fact,), "site:sync")
        self.log.append(request)

    def take(self, count: int) -> None:
        """The next statements of the ward come and count."""
        self.known += 1
        while count:
            end = min(self.come + min(count, 400), len(self.line.states))
            assert not self.store.import_chunk(self.line.chunk(self.come, end), KEYS, ARRIVAL).rule
            count, self.come = count - (end - self.come), end
        known = Instant(f"2026-05-02T00:00:00.{self.known:06d}Z")
        self.store.mark_known(known, lambda log: LogJudgement())

    def every(self) -> list[SyncEvent]:
        """All statements that are here, read plainly."""
        own = [event for _, event in self.log.read(0, 10_000)]
        return own + [topic.decode(raw) for raw in self.line.states[: self.come]]

    def compare(self) -> None:
        every = self.every()
        expected = fold_receipts(every)
        assert self.statements.receipts() == expected
        assert {site: self.statements.issued_by(site) for site in ("huyen", "px", "tinh")} == {
            site: expected.get(site) for site in ("huyen", "px", "tinh")
        }
        others = {event.event_id for event in every if not isinstance(event.fact, Received)}
        assert {event.event_id for event in self.statements.others()} == others


def statement(chance: random.Random, number: int) -> SyncFact:
    if chance.random() < 0.05:
        return BundleMade(number=number + 1, recipients=("huyen",), sha256="", heads=(), effective_from=DAY)
    return receipt({HELD.head(chance.randrange(8))}, source=f"line:{number}")


@pytest.fixture
def huyen(tmp_path: Path) -> Iterator[Huyen]:
    with closing(Huyen(tmp_path, 2000)) as site:
        yield site


def test_they_are_those_of_all_statements_folded_anew(huyen: Huyen) -> None:
    """Own ones and those of others, a few at a time or many, in one process and in the next."""
    chance, rows = random.Random(5), 0
    for number in range(30):
        huyen.take(chance.choice((1, 1, 5, 150)))
        for _ in range(chance.choice((0, 1, 3))):
            huyen.record(statement(chance, number))
        huyen.compare()
        rows += bool(huyen.store.statements.folded())
        if chance.random() < 0.3:
            huyen.store.close()
            huyen.open()
    assert rows > 5
    assert huyen.come > 2 * SAVED_AFTER


def test_two_processes_do_not_undo_what_the_other_has_written(huyen: Huyen) -> None:
    """Each folds for itself, and each may write."""
    others = [KnownStatements(huyen.log, huyen.store) for _ in range(3)]
    chance = random.Random(6)
    for number in range(30):
        huyen.take(60)
        huyen.record(statement(chance, number))
        chance.choice(others).receipts()
        huyen.statements = chance.choice([*others, KnownStatements(huyen.log, huyen.store)])
        huyen.compare()
    assert huyen.store.statements.folded()


def test_rows_are_not_written_over_those_of_who_has_folded_more(huyen: Huyen) -> None:
    """Another process wrote between the folding and the writing of this one."""
    rows, log = huyen.store.statements, LogId("px", "toy")
    assert rows.keep(FoldedStatements(issued={("px", log): b"1"}, folded={1: 5, 2: 3}))
    for less in ({1: 4, 2: 3}, {1: 6}, {}):
        assert not rows.keep(FoldedStatements(issued={("px", log): b"older"}, folded=less))
    assert (rows.issued_by("px"), rows.folded()) == ({log: b"1"}, {1: 5, 2: 3})
    assert rows.keep(FoldedStatements(issued={("px", log): b"2"}, folded={1: 6, 2: 3, 3: 1}))
    assert (rows.issued_by("px"), rows.folded()) == ({log: b"2"}, {1: 6, 2: 3, 3: 1})


def test_who_could_not_write_goes_on_from_the_rows_of_the_other(
    huyen: Huyen, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, keep = KnownStatements(huyen.log, huyen.store), huyen.store.statements.keep

    def keep_after_the_other(new: FoldedStatements) -> bool:
        monkeypatch.undo()
        huyen.take(300)
        other.receipts()
        return keep(new)

    huyen.take(SAVED_AFTER + 1)
    monkeypatch.setattr(huyen.store.statements, "keep", keep_after_the_other)
    huyen.statements.receipts()
    huyen.compare()
    assert huyen.store.statements.folded() != {}
    huyen.take(SAVED_AFTER + 1)
    huyen.compare()
    huyen.statements = KnownStatements(huyen.log, huyen.store)
    huyen.compare()


def test_a_log_that_is_older_than_the_rows_is_folded_anew(huyen: Huyen) -> None:
    for number in range(SAVED_AFTER + 2):
        huyen.record(receipt({HELD.head(number % 8)}))
    huyen.compare()
    assert huyen.store.statements.folded() == {0: SAVED_AFTER + 2}
    huyen.log.close()
    (huyen.folder / "sync.db").unlink()
    huyen.log = EventLog[SyncFact](topic, huyen.folder / "sync.db", "huyen", system_clock, huyen.log.keys)
    huyen.opened.callback(huyen.log.close)
    huyen.statements = KnownStatements(huyen.log, huyen.store)
    huyen.record(receipt({HELD.head(1)}))
    huyen.compare()


def test_what_is_new_costs_what_is_new(huyen: Huyen) -> None:
    """Also in a process that has just started."""
    huyen.take(2000)
    whole = cpu_of(huyen)
    huyen.record(receipt({HELD.head(1)}))
    again = cpu_of(huyen)
    huyen.statements = KnownStatements(huyen.log, huyen.store)
    started = cpu_of(huyen)
    assert max(again, started) < whole / 5, (whole, again, started)


def cpu_of(huyen: Huyen) -> float:
    began = process_time()
    assert huyen.statements.issued_by("px")
    return process_time() - began
