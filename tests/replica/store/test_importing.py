"""What the store keeps of a chunk, on both databases: each row of the import rule that is about storing."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from shared.core.partial_dates import Instant
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.chunks import Chunk, Stubs
from shared.replica.counting import LogJudgement
from shared.replica.envelopes import MAX_PAYLOAD, Arrival
from shared.replica.importing import Imported
from shared.replica.store.replica_store import ReplicaStore
from tests.kernel.toy import topic
from tests.replica.signed_lines import KEYS, SignedLine, make_state, with_header
from tests.replica.store.databases import new_database
from tests.replica.store.test_same_as_core import run_history

ARRIVAL = Arrival(Instant("2026-05-01T00:00:00.000000Z"), 10)
NOTED = {"type": "toy.noted", "what": "rain", "effective_from": "2025-07-01"}
TOPICS = {"toy": topic}


@pytest.fixture
def store(where: Path | str) -> Iterator[ReplicaStore]:
    with closing(ReplicaStore(where, TOPICS)) as opened:
        yield opened


def make_line(*changed: dict[str, Any], epoch: str = "e1") -> SignedLine:
    """A line with one fact for each of these; `state`: the bytes themselves."""
    line = SignedLine([(epoch, len(changed))])
    for at, each in enumerate(changed):
        given = each.get("state")
        state = (
            given if isinstance(given, bytes) else make_state(epoch, at + 1, at, **{"fact": NOTED, **each})
        )
        line.replace_state(at, state)
    return line


def take(store: ReplicaStore, chunk: Chunk, **further: bool) -> Imported:
    return store.import_chunk(chunk, KEYS, ARRIVAL, **further)


def outcomes(imported: Imported) -> list[tuple[int, int, str]]:
    return [(first, last, str(outcome)) for first, last, outcome in imported.outcomes]


def mark(store: ReplicaStore, minute: int) -> list[tuple[str, str]]:
    known = Instant(f"2026-05-02T00:{minute:02d}:00.000000Z")
    return store.mark_known(known, lambda log: LogJudgement())


def counted(store: ReplicaStore, stream: str) -> list[tuple[bytes, str, str]]:
    events = store.load_streams("toy", (stream,)).get(stream, [])
    return [(event.state, event.known[14:16], event.known_until[14:16]) for event in events]


def all_stored(store: ReplicaStore, line: SignedLine) -> list[bytes | Stubs]:
    return [
        entry
        for run in store.load_log(line.log).runs
        for entry in store.read_entries(line.log, (run, run.first, run.last))
    ]


@pytest.mark.parametrize("seed", [3, 4])
def test_both_databases_do_what_the_core_does(
    where: Path | str, request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    if isinstance(where, Path):
        run_history(seed, where, tmp_path / "on.db", 25)
        return
    with new_database(request.getfixturevalue("server")) as further:
        run_history(seed, where, further, 25)


@pytest.mark.parametrize("seed", range(6))
def test_runs_of_stubs_are_stored_sent_and_filled(where: Path | str, tmp_path: Path, seed: int) -> None:
    """Withheld entries travel as subtrees of any height, and are filled in any order by what splits them."""
    chance, line = Random(seed), SignedLine([("e1", 9), ("e2", 23)])
    withheld = {at for at in range(32) if chance.random() < 0.8} - {9, 31}
    with (
        closing(ReplicaStore(where, TOPICS)) as store,
        closing(ReplicaStore(tmp_path / "b", TOPICS)) as other,
    ):
        for start, end in ((0, 9), (9, 32)):
            take(store, line.chunk(start, end, withheld=withheld))
        again = list(store.chunks_to_send(line.log, ()))
        for chunk in again:
            assert outcomes(take(other, chunk))[0][2] == "next"
        for each in (store, other):
            assert each.load_log(line.log).runs == (
                line_run(line, 0, 9),
                line_run(line, 9, 32),
            )
        mark(store, 1)
        waited = 0
        while withheld:
            withheld -= set(chance.sample(sorted(withheld), min(6, len(withheld))))
            for _ in range(4):
                start, end = sorted(chance.sample([*range(9, 32), 32], 2))
                with suppress(StopIteration):  # of stubs alone nobody says which epoch they are of
                    next(at for at in range(start, end) if at not in withheld)
                    result = take(store, line.chunk(start, end, withheld=withheld))
                    assert outcomes(result)[0][2] in ("duplicate", "waiting")
                    waited += result.rule == "HashesNeeded"
                assert list(store.find_damage()) == []
            mark(store, 2)
        assert waited
        for start, end in ((0, 9), (9, 32)):
            result = take(store, line.chunk(start, end))
            assert outcomes(result) == [(1, end - start, "duplicate")]
        assert list(store.find_damage()) == []
        assert all_stored(store, line) == line.states
        assert all(outcomes(each)[0][2] == "duplicate" for _, each in store.retry_waiting(KEYS, ARRIVAL))
        assert all_stored(store, line) == line.states
        reader = store.root_reader(line.log)
        for run in store.load_log(line.log).runs:
            for seq in range(run.first, run.last + 1):
                assert reader(run, seq) == line.root(run.offset + seq + 1)


def line_run(line: SignedLine, start: int, end: int) -> object:
    from msgspec.structs import replace

    return replace(line.run(start, end), solid=True)


def test_payloads_that_may_not_be_taken_are_kept_as_stubs(store: ReplicaStore) -> None:
    line = make_line({}, {}, {})
    assert outcomes(take(store, line.chunk(0, 3), takes_payloads=False)) == [(1, 3, "next")]
    assert all_stored(store, line) == [Stubs(1, (hash_leaf(state),)) for state in line.states]
    assert mark(store, 1) == []
    take(store, line.chunk(0, 3))
    assert mark(store, 2) == [("toy", "S-0"), ("toy", "S-1"), ("toy", "S-2")]
    assert counted(store, "S-1") == [(line.states[1], "02", "")]


def test_a_withheld_entry_keeps_the_stream_and_class_that_are_named(store: ReplicaStore) -> None:
    line = make_line({}, {}, {})
    named = Stubs(leaf=line.leaves[1], stream="S-1", confidentiality="SECRET")
    items = (len(line.states[0]), named, len(line.states[2]))
    chunk = with_header(line.chunk(0, 3, withheld={1}), items=items)
    assert outcomes(take(store, chunk)) == [(1, 3, "next")]
    assert all_stored(store, line) == [line.states[0], named, line.states[2]]
    [sent] = store.chunks_to_send(line.log, ())
    assert sent.header.items == items


def test_of_an_invalid_chunk_nothing_is_stored(store: ReplicaStore) -> None:
    line = make_line({}, {})
    chunk = line.chunk(0, 2)
    forged = Chunk(chunk.header, (chunk.payloads[0], chunk.payloads[1].replace(b"rain", b"hail")))
    result = take(store, forged)
    assert (outcomes(result), result.rule) == ([(1, 2, "invalid")], "RootDiffers")
    assert (store.logs(), store.count_waiting(), store.unmarked_logs()) == ([], {}, [])
    assert store.read_checkpoints(line.log) == []


@pytest.mark.parametrize(
    "header",
    [
        {"topic": "to\0y"},
        {"epoch": "e\0"},
        {"origin": "p\0x"},
        {"first": 2**70, "previous": ("e1", 2**70 - 1)},
    ],
)
def test_names_and_numbers_that_no_database_takes_are_refused(
    store: ReplicaStore, header: dict[str, object]
) -> None:
    chunk = with_header(make_line({}).chunk(0, 1), **header)
    result = take(store, chunk)
    assert [(outcome, result.rule) for _, _, outcome in outcomes(result)] == [("invalid", "BadHeader")]
    assert store.logs() == []


def test_a_chunk_of_a_site_that_is_not_registered_waits(store: ReplicaStore) -> None:
    """Row 2 of the import rule: aside, not twice, retried when the registry grows, forgotten after its time."""
    line, later = make_line({}, {}), make_line({}, {}, {})
    for chunk in (line.chunk(0, 2), later.chunk(2, 3), line.chunk(0, 2)):
        assert outcomes(store.import_chunk(chunk, {}, ARRIVAL))[0][2] == "waiting"
    assert store.count_waiting() == {"px": 2}
    assert store.logs() == []
    assert store.retry_waiting({"huyen": ()}, ARRIVAL) == []
    done = store.retry_waiting(KEYS, ARRIVAL)
    assert sorted(str(result.outcomes[0][2]) for _, result in done) in (["early", "next"], ["next", "next"])
    assert store.count_waiting() == {}
    assert all_stored(store, line) == later.states
    store.import_chunk(line.chunk(0, 2), {}, ARRIVAL)
    assert store.drop_waiting(ARRIVAL.received_at) == 0
    assert store.drop_waiting(Instant("2026-06-01T00:00:00.000000Z")) == 1


def test_what_waits_and_proves_false_is_gone_once_its_origin_is_known(store: ReplicaStore) -> None:
    line = make_line({})
    store.import_chunk(line.chunk(0, 1), {}, ARRIVAL)
    stranger = {"px": (Signer("px", bytes(32)).verifier,)}
    [(_, result)] = store.retry_waiting(stranger, ARRIVAL)
    assert outcomes(result) == [(1, 1, "invalid")]
    assert (store.count_waiting(), store.logs()) == ({}, [])


def test_an_entry_inside_a_run_of_stubs_waits_for_hashes(store: ReplicaStore) -> None:
    line = SignedLine([("e1", 8)])
    take(store, line.chunk(0, 8, withheld=range(8)))
    for start, end in ((3, 5), (6, 8)):
        result = take(store, line.chunk(start, end))
        assert (outcomes(result), result.rule) == ([(start + 1, end, "waiting")], "HashesNeeded")
        assert list(store.find_damage()) == []
    later = Arrival(Instant("2026-05-20T00:00:00.000000Z"), 10)
    assert len(store.retry_waiting(KEYS, later)) == 2
    assert store.drop_waiting(later.received_at) == 2
    for start, end in ((3, 5), (6, 8)):
        take(store, line.chunk(start, end))
    take(store, line.chunk(0, 8, withheld={6, 7}))
    results = [outcomes(result) for _, result in store.retry_waiting(KEYS, ARRIVAL)]
    assert sorted(results) == [[(4, 5, "duplicate")], [(7, 8, "duplicate")]]
    assert all_stored(store, line) == line.states


@pytest.mark.parametrize(
    ("bad", "blocks"),
    [
        ({"fact": {"type": "toy.of-a-later-version"}, "stream": "S"}, True),
        ({"actor": "x" * MAX_PAYLOAD, "stream": "S"}, True),
        ({"lamport": 2**53 + 1, "stream": "S"}, False),
        ({"lamport": 2**80, "stream": "S"}, False),
        ({"lamport": -(2**80), "stream": "S"}, False),
        ({"stream": "S\0"}, False),
        ({"state": b"no envelope"}, False),
    ],
    ids=["later version", "too large", "lamport", "huge lamport", "low lamport", "stream", "unreadable"],
)
def test_an_entry_that_does_not_count_stops_its_own_stream_only(
    store: ReplicaStore, bad: dict[str, object], blocks: bool
) -> None:
    """Rows 11 to 13: kept and passed on byte for byte; what follows in its stream waits where that is named."""
    line = make_line({"stream": "S"}, bad, {"stream": "S"}, {"stream": "other"})
    for start in range(4):
        assert outcomes(take(store, line.chunk(start, start + 1)))[0][2] == "next"
    assert mark(store, 1) == [("toy", "S"), ("toy", "other")]
    following = [] if blocks else [(line.states[2], "01", "")]
    assert counted(store, "S") == [(line.states[0], "01", ""), *following]
    assert counted(store, "other") == [(line.states[3], "01", "")]
    assert store.highest_lamport() == 4
    assert all_stored(store, line) == line.states
    assert [raw for chunk in store.chunks_to_send(line.log, ()) for raw in chunk.payloads] == line.states


def test_a_stream_goes_on_when_a_later_program_can_read_it(where: Path | str) -> None:
    """Row 12: bytes as they are, counted when the program can read them. What counted before it came and is after it
    in total order counts no more from then on, and again afterwards."""
    line = make_line({"stream": "S", "lamport": 5})
    later = SignedLine([("f1", 1)])
    unknown = {"type": "toy.new", "effective_from": "2025-07-01"}
    later.replace_state(0, make_state("f1", 1, 0, stream="S", lamport=3, fact=unknown))
    with closing(ReplicaStore(where, TOPICS)) as store:
        take(store, line.chunk(0, 1))
        mark(store, 1)
        take(store, later.chunk(0, 1))
        assert mark(store, 2) == [("toy", "S")]
        assert counted(store, "S") == [(line.states[0], "01", "02")]
        assert store.stream_versions("toy", ("S",)) == {}
        assert store.inspect_again(ARRIVAL) == 0

    class Everything(type(topic)):  # type: ignore[misc]
        def __init__(self, *of: Any) -> None:
            super().__init__(*of)
            self.encode = bytes

        def decode(self, stored: bytes) -> object:
            return stored

    with closing(ReplicaStore(where, {"toy": Everything("toy", topic.proposable)})) as store:
        assert store.inspect_again(ARRIVAL) == 1
        assert mark(store, 3) == [("toy", "S")]
        spans = [(line.states[0], "01", "02"), (line.states[0], "03", "")]
        assert counted(store, "S") == [(later.states[0], "03", ""), *spans]
        assert store.stream_versions("toy", ("S",)) == {"S": 2}


def test_a_fact_recorded_before_its_origin_had_closed_counts_and_is_flagged(store: ReplicaStore) -> None:
    """Row 14: the checkpoints of SignedLine close up to 1 March; what comes later and says February is flagged."""
    line = make_line({}, {"recorded_at": "2026-02-01T00:00:00.000000Z"}, {})
    take(store, line.chunk(0, 1, size=1))
    take(store, line.chunk(1, 3))
    flags = store._db.select("SELECT seq, flags FROM entries ORDER BY seq")
    assert [tuple(row) for row in flags] == [(1, ""), (2, "clock"), (3, "")]
    assert len(mark(store, 1)) == 3


def test_changes_are_numbered_by_topic_and_stream(store: ReplicaStore) -> None:
    line = make_line({"stream": "B"}, {"stream": "A"}, {"stream": "B"})
    take(store, line.chunk(0, 2))
    assert store.unmarked_logs() == [line.log]
    mark(store, 1)
    assert (store.unmarked_logs(), mark(store, 2)) == ([], [])
    take(store, line.chunk(2, 3))
    mark(store, 3)
    assert store.read_changes("toy", 0, 10) == [(1, "A"), (2, "B"), (3, "B")]
    assert store.read_changes("toy", 1, 1) == [(2, "B")]
    assert (store.position("toy"), store.position("other")) == (3, 0)
    assert counted(store, "B") == [(line.states[0], "01", ""), (line.states[2], "03", "")]
    assert store.stream_versions("toy", ("A", "B", "C")) == {"A": 1, "B": 2}


def test_what_came_early_is_solid_once_all_before_it_is_here(store: ReplicaStore) -> None:
    """The last epoch touches no entry of the chunk that closes the gap."""
    line = SignedLine([("e1", 4), ("e2", 4), ("e3", 4)])
    for start in (8, 4):
        assert outcomes(take(store, line.chunk(start, start + 4))) == [(1, 4, "early")]
    assert outcomes(take(store, line.chunk(0, 4))) == [(1, 4, "next")]
    assert [run.solid for run in store.load_log(line.log).runs] == [True] * 3
    assert all_stored(store, line) == line.states
    assert list(store.find_damage()) == []
    assert len(mark(store, 1)) == 12


def test_both_sides_of_a_fork_go_on_entry_by_entry(store: ReplicaStore) -> None:
    """Row 6: each entry is stored after the one that it follows, though both sides have the same numbers."""
    line = SignedLine([("e1", 9)])
    other = SignedLine([("e1", 6)], after=line, shared=3, salt=100)
    take(store, line.chunk(0, 3))
    take(store, line.chunk(3, 4))
    for at in range(3, 9):
        first, second = (other, line) if at % 2 else (line, other)
        expected = ["fork", "duplicate"] if at == 3 else ["next", "fork"]
        for side, outcome in zip((first, second), expected, strict=True):
            assert outcomes(take(store, side.chunk(at, at + 1)))[0][2] == outcome
    sides = {run.root: run for run in store.load_log(line.log).runs if run.first > 3}
    for side in (line, other):
        run, reader = sides[side.root(9)], store.root_reader(line.log)
        assert list(store.read_entries(line.log, (run, 4, 9))) == side.states[3:]
        assert [reader(run, seq) for seq in range(4, 10)] == [side.root(size) for size in range(4, 10)]
    assert list(store.find_damage()) == []


def test_facts_that_a_fork_reaches_count_until_it_was_seen(store: ReplicaStore) -> None:
    """Row 6: quarantined from the fork on, known until the receipt that says so; before it nothing changes."""
    line = SignedLine([("e1", 5)])
    for at in range(5):
        line.replace_state(at, make_state("e1", at + 1, at, fact=NOTED, stream="S"))
    other = SignedLine([("e1", 2)], after=line, shared=3, salt=100)
    take(store, line.chunk(0, 5))
    mark(store, 1)
    take(store, other.chunk(3, 5))
    assert ("toy", "S") in mark(store, 2)
    assert [each[1:] for each in counted(store, "S")] == [
        ("01", ""),
        ("01", ""),
        ("01", ""),
        ("01", "02"),
        ("01", "02"),
    ]
    assert store.stream_versions("toy", ("S",)) == {"S": 3}
