"""The import rule, row by row of the table in the design: what is stored, what counts, what is told."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from shared.core.facts import Fact, Topic, event_tag
from shared.core.partial_dates import Instant
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.chunks import Chunk
from shared.replica.counting import (
    Closing,
    FactPlace,
    HeldWhy,
    LogJudgement,
    counted_coverage,
    find_held_parts,
    parked_parts,
    sort_for_folding,
)
from shared.replica.coverage import Coverage, is_solid
from shared.replica.envelopes import (
    MAX_PAYLOAD,
    Arrival,
    EntryFlag,
    inspect_entry,
    read_envelope,
)
from shared.replica.exchange import next_targets
from shared.replica.importing import Imported, import_chunk
from shared.replica.parted_lines import (
    Gap,
    Settlement,
    coverage_without_forks,
    find_branches,
    find_forks,
    find_gaps,
    find_two_writers,
)
from shared.replica.runs import Head, LogId, LogRuns, RootNotKnown, RootReader, Run
from shared.replica.union import Outcome, count_outcomes
from tests.replica.signed_lines import KEYS, SignedLine, make_state, with_header

TOY = LogId("px", "toy")
ALL = LogJudgement()


class Site:
    """One log at a receiver: the roots of all lines that ever came, by place, as its trees would give them."""

    def __init__(self, *lines: SignedLine) -> None:
        self.log = LogRuns(TOY)
        self.lines = lines

    def roots(self, run: Run, seq: int) -> bytes:
        at = run.position + seq - run.first
        for line in self.lines:
            end = run.end
            if len(line.states) >= end and line.root(end) == run.root:
                return line.root(at + 1)
        raise AssertionError(f"nobody holds {run}")

    def take(self, chunk: Chunk) -> Imported:
        imported = import_chunk(self.log, chunk, KEYS, self.roots)
        self.log = imported.log
        return imported

    def take_all(self, chunks: Iterable[Chunk]) -> list[Outcome]:
        return [outcome for chunk in chunks for _, _, outcome in self.take(chunk).outcomes]


def entries(coverage: Coverage) -> set[tuple[str, int]]:
    return {(run.epoch, seq) for run, last in coverage.items() for seq in range(run.first, last + 1)}


def counted(
    site: Site, says: LogJudgement = ALL, targets: frozenset[Head] = frozenset()
) -> set[tuple[str, int]]:
    return entries(counted_coverage(site.log, says, targets, site.roots))


def named(epoch: str, *seqs: int) -> set[tuple[str, int]]:
    return {(epoch, seq) for seq in seqs}


def test_row_1_what_is_not_genuine_changes_nothing() -> None:
    """sync case 6. Nothing of the chunk is stored, not even linked; the next chunk goes on."""
    line = SignedLine([("e1", 6), ("e2", 2)])
    site = Site(line)
    site.take(line.chunk(0, 3))
    before = site.log
    chunk = line.chunk(3, 6)
    py = Signer("py", bytes(32))
    keys = KEYS | {"py": (py.verifier,)}
    forged = with_header(chunk, checkpoint=py.sign(str(line.checkpoint(8))))
    assert import_chunk(before, forged, KEYS, site.roots).rule == "UnknownKey"
    assert import_chunk(before, forged, keys, site.roots).rule == "WrongSigner"
    wrong = site.take(with_header(line.chunk(6, 8), previous=("e1", 5)))
    assert (wrong.rule, wrong.proven, site.log) == (
        "",
        wrong.proven,
        wrong.log,
    )  # nobody here knows better yet
    site.log = before
    site.take(chunk)
    held = site.log
    for bad in (
        with_header(line.chunk(6, 8), previous=("e1", 5)),
        with_header(line.chunk(6, 8), previous=("e0", 6)),
        with_header(chunk, first=5, previous=("e1", 4)),
        Chunk(chunk.header, (*chunk.payloads[:2], chunk.payloads[2].replace(b"fact 5", b"fact 6"))),
    ):
        refused = site.take(bad)
        assert refused.rule
        assert (refused.proven, site.log) == (None, held)
        assert {outcome for _, _, outcome in refused.outcomes} == {Outcome.INVALID}
    assert site.take_all([line.chunk(6, 8)]) == [Outcome.NEXT]


def test_row_2_an_origin_that_is_not_in_the_registry_waits() -> None:
    line = SignedLine([("e1", 3)])
    waiting = import_chunk(LogRuns(TOY), line.chunk(0, 3), {}, Site(line).roots)
    assert waiting.outcomes == ((1, 3, Outcome.WAITING),)
    assert (waiting.log, waiting.proven) == (LogRuns(TOY), None)
    assert import_chunk(LogRuns(TOY), line.chunk(0, 3), KEYS, Site(line).roots).outcomes == (
        (1, 3, Outcome.NEXT),
    )


def test_row_3_a_repeat_is_a_duplicate_and_brings_payloads_for_stubs() -> None:
    """sync cases 4 and 7."""
    line = SignedLine([("e1", 6)])
    site = Site(line)
    assert site.take_all([line.chunk(0, 6, 6, {2, 3})]) == [Outcome.NEXT]
    again = site.take(line.chunk(1, 5))
    assert again.outcomes == ((2, 5, Outcome.DUPLICATE),)
    assert again.proven
    assert again.proven.payloads()[3] == line.states[2]
    assert site.log.runs == (replace(line.run(0, 6), solid=True),)


def test_row_3_what_parts_inside_a_run_of_stubs_waits_for_hashes() -> None:
    """The root where a line parts is not among the hashes that are held: nothing is guessed, it is asked for."""
    line, other = fork_at(5)
    site = Site(line, other)
    site.take(line.chunk(0, 9, 9, {2, 3, 4, 5, 6}))

    def no_hashes(run: Run, seq: int) -> bytes:
        raise RootNotKnown

    waiting = import_chunk(site.log, other.chunk(4, 7), KEYS, no_hashes)
    assert (waiting.outcomes, waiting.rule) == (((5, 7, Outcome.WAITING),), "HashesNeeded")
    assert (waiting.log, waiting.proven) == (site.log, None)
    assert site.take(other.chunk(4, 7)).outcomes == ((5, 7, Outcome.FORK),)


def test_row_4_what_follows_counts() -> None:
    line = SignedLine([("e1", 4), ("e2", 3)])
    site = Site(line)
    assert site.take_all([line.chunk(0, 2), line.chunk(2, 4), line.chunk(4, 7)]) == [Outcome.NEXT] * 3
    assert counted(site) == named("e1", 1, 2, 3, 4) | named("e2", 1, 2, 3)
    assert len(site.log.runs) == 2


def test_row_5_what_comes_early_counts_when_the_gap_closes() -> None:
    """sync case 5: the gap has a name."""
    line = SignedLine([("e1", 20), ("e2", 5)])
    site = Site(line)
    assert site.take_all([line.chunk(10, 20)]) == [Outcome.EARLY]
    assert find_gaps(site.log) == {Gap("e1", 1, 10)}
    assert counted(site) == set()
    assert site.take_all([line.chunk(2, 4), line.chunk(22, 25)]) == [Outcome.EARLY, Outcome.EARLY]
    assert find_gaps(site.log) == {Gap("e1", 1, 2), Gap("e1", 5, 10), Gap("e2", 1, 2)}
    site.take(line.chunk(20, 22))
    assert find_gaps(site.log) == {Gap("e1", 1, 2), Gap("e1", 5, 10)}
    assert site.take_all([line.chunk(0, 10)]) == [Outcome.NEXT, Outcome.DUPLICATE, Outcome.NEXT]
    assert find_gaps(site.log) == frozenset()
    assert len(counted(site)) == 25


def test_row_5_a_gap_before_an_epoch_is_counted_along_the_line() -> None:
    """What an early epoch follows is the sender's word, so it is not believed, only counted."""
    line = SignedLine([("e1", 7), ("e2", 2), ("e3", 3)])
    site = Site(line)
    site.take_all([line.chunk(0, 4), line.chunk(9, 12)])
    assert find_gaps(site.log) == {Gap("", 5, 9)}


def fork_at(seq: int) -> tuple[SignedLine, SignedLine]:
    line = SignedLine([("e1", seq + 4), ("e2", 2)])
    other = SignedLine([("e1", 3)], after=line, shared=seq - 1, salt=1000)
    return line, other


@pytest.mark.parametrize("other_first", [False, True])
def test_row_6_a_fork_quarantines_both_sides_from_the_fork_on(other_first: bool) -> None:
    """sync case 14."""
    line, other = fork_at(5)
    site, (chunk, rest, rival) = Site(line, other), (line.chunk(0, 9), line.chunk(9, 11), other.chunk(4, 7))
    order = [rival, chunk, rest] if other_first else [chunk, rest, rival]
    outcomes = site.take_all(order)
    assert outcomes.count(Outcome.FORK) == 1
    assert find_forks(site.log) == {"e1": 5}
    assert counted(site) == named("e1", 1, 2, 3, 4)
    assert all(is_solid(site.log, each.head(6), site.roots) for each in (line, other))
    held = find_held_parts(site.log, ALL, (), site.roots)
    assert {why for _, why in held} == {HeldWhy.FORK}
    assert sum(last - first + 1 for (_, first, last), _ in held) == 5 + 2 + 3


def test_row_6_a_gap_on_the_other_side_of_a_fork_is_the_entry_that_is_missing() -> None:
    """Of the other side only its end is here; the entry before that has the coordinates of one that is held."""
    line, other = fork_at(5)
    site = Site(line, other)
    site.take_all([line.chunk(0, 9), other.chunk(6, 7)])
    assert find_gaps(site.log) == {Gap("e1", 6, 6)}
    assert find_forks(site.log) == {"e1": 7}
    site.take(other.chunk(4, 6))
    assert (find_gaps(site.log), find_forks(site.log)) == (frozenset(), {"e1": 5})


@pytest.mark.parametrize("keep", ["none", "one", "both"])
def test_row_6_an_authority_settles_a_fork(keep: str) -> None:
    line, other = fork_at(5)
    site = Site(line, other)
    site.take_all([line.chunk(0, 9), line.chunk(9, 11), other.chunk(4, 7)])
    roots = {"none": frozenset[bytes](), "one": frozenset({line.root(5)})}
    roots["both"] = roots["one"] | {other.root(5)}
    says = LogJudgement(settled=(Settlement("e1", 5, roots[keep]),))
    expected = {
        "none": named("e1", 1, 2, 3, 4),
        "one": named("e1", *range(1, 10)) | named("e2", 1, 2),
        "both": named("e1", *range(1, 10)) | named("e2", 1, 2),
    }
    assert counted(site, says) == expected[keep]
    both = coverage_without_forks(site.log, site.roots, says.settled)
    sides = {run.root for run in both}
    assert (other.root(7) in sides) == (keep == "both")
    assert find_forks(site.log, says.settled) == {}


def test_row_7_an_epoch_after_a_restore_is_a_branch_and_both_lines_count() -> None:
    """sync case 12."""
    line = SignedLine([("e2", 20)])
    restored = SignedLine([("e3", 3)], after=line, shared=15)
    site = Site(line, restored)
    outcomes = site.take_all([line.chunk(0, 20), restored.chunk(15, 18)])
    assert outcomes == [Outcome.NEXT, Outcome.NEXT]
    assert find_branches(site.log) == {"e3"}
    assert find_forks(site.log) == {}
    assert len(counted(site)) == 23
    assert len(site.log.runs) == 3


def test_row_8_two_lines_that_both_go_on_are_two_writers() -> None:
    """sync case 15; a restore is not one: its first line ends before the second begins."""
    line = SignedLine([("e2", 20), ("e4", 2)])
    restored = SignedLine([("e3", 3)], after=line, shared=15)
    site = Site(line, restored)
    site.take_all([line.chunk(0, 20), line.chunk(20, 22), restored.chunk(15, 18)])

    def recorded(*instants: tuple[str, int, str, str]) -> dict[Run, tuple[Instant, Instant]]:
        spans = {(epoch, first): (Instant(began), Instant(ended)) for epoch, first, began, ended in instants}
        return {run: spans[run.epoch, run.first] for run in site.log.runs}

    backup = recorded(
        ("e2", 1, "01", "15"), ("e2", 16, "16", "20"), ("e4", 1, "21", "22"), ("e3", 1, "30", "33")
    )
    assert find_two_writers(site.log, backup) == frozenset()
    cloned = recorded(
        ("e2", 1, "01", "15"), ("e2", 16, "16", "20"), ("e4", 1, "41", "42"), ("e3", 1, "30", "33")
    )
    assert find_two_writers(site.log, cloned) == {frozenset({"e2", "e3"})}
    assert len(counted(site)) == 25


def test_row_9_what_a_closed_site_wrote_late_is_parked_until_it_is_admitted() -> None:
    """sync case 27."""
    line = SignedLine([("e1", 4), ("e2", 2)])
    site = Site(line)
    site.take_all([line.chunk(0, 4), line.chunk(4, 6)])
    closed = Closing("px", "tinh", frozenset({line.head(3)}))
    says = LogJudgement(closings=(closed,))
    assert counted(site, says) == named("e1", 1, 2, 3, 4)
    [(run, first, last)] = parked_parts(site.log, says.closings, site.roots)
    assert (run.epoch, first, last) == ("e2", 1, 2)
    assert {why for _, why in find_held_parts(site.log, says, (), site.roots)} == {HeldWhy.PARKED}
    extended = replace(says, closings=(closed, Closing("px", "tinh", frozenset({line.head(5)}))))
    assert len(counted(site, extended)) == 6
    nothing = LogJudgement(closings=(Closing("px", "tinh", frozenset()),))
    assert counted(site, nothing) == set()


def test_row_10_what_a_replaced_key_signed_beyond_its_trust_is_held() -> None:
    """sync case 45: the honest site goes on in a new epoch under its new key."""
    honest = SignedLine([("e2", 20), ("e3", 2)])
    forged = SignedLine([("e2", 2)], after=honest, shared=20, salt=1000)
    site = Site(honest, forged)
    site.take_all([forged.chunk(0, 22), honest.chunk(20, 22)])
    says = LogJudgement(trusted=frozenset({honest.head(19), honest.head(21)}))
    assert counted(site, says) == named("e2", *range(1, 21)) | named("e3", 1, 2)
    held = find_held_parts(site.log, says, (), site.roots)
    assert [(run.epoch, first, last, why) for (run, first, last), why in held] == [
        ("e2", 21, 22, HeldWhy.KEY)
    ]


class ToyFact(Fact, frozen=True, kw_only=True, tag=event_tag("toy")):
    """What every fact of this topic is."""


class Noted(ToyFact, frozen=True, kw_only=True):
    """Something was noted."""

    text: str


toys: Topic[Noted] = Topic("toy", Noted)
ARRIVAL = Arrival(Instant("2026-03-01T01:00:00.000000Z"), 100)


def test_row_11_an_entry_that_is_too_large_or_unreadable_is_poison() -> None:
    """sync case 21."""
    assert inspect_entry(make_state("e1", 2, 1), toys, ARRIVAL) == frozenset()
    big = make_state("e1", 2, 1, note="x" * MAX_PAYLOAD)
    assert inspect_entry(big, toys, ARRIVAL) == {EntryFlag.TOO_LARGE}
    for bad in (b"", b"{", b"[]", b"\xff", b"[" * 100_000, make_state("e1", 2, 1, lamport="2")):
        assert inspect_entry(bad, toys, ARRIVAL) == {EntryFlag.UNREADABLE}


def test_row_12_a_kind_or_a_value_of_a_later_version_is_kept_and_counts_later() -> None:
    """sync cases 21 and 46."""
    later = make_state("e1", 2, 1, fact={"type": "toy.weighed", "grams": 3})
    assert inspect_entry(later, toys, ARRIVAL) == {EntryFlag.LATER_VERSION}
    assert inspect_entry(make_state("e1", 2, 1), None, ARRIVAL) == {EntryFlag.LATER_VERSION}
    more = make_state("e1", 2, 1, fact={"type": "toy.noted", "text": "a", "colour": "red"})
    assert inspect_entry(more, toys, ARRIVAL) == {EntryFlag.LATER_VERSION}
    assert inspect_entry(make_state("e1", 2, 1, unknown=1), toys, ARRIVAL) == frozenset()
    envelope = read_envelope(later)
    assert envelope
    assert (envelope.stream, envelope.fact.type) == ("S-1", "toy.weighed")


def test_rows_11_and_12_a_stream_waits_for_what_cannot_be_read_and_no_other_does() -> None:
    facts = [
        FactPlace(1, "px", "e1", 1, "toy", "A"),
        FactPlace(2, "px", "e1", 2, "toy", "B", readable=False),
        FactPlace(3, "px", "e1", 3, "toy", "B"),
        FactPlace(3, "huyen", "e9", 1, "toy", "A"),
        FactPlace(1, "huyen", "e8", 9, "toy", "B"),
    ]
    folded, waiting = sort_for_folding(reversed(facts))
    assert [(fact.lamport, fact.origin, fact.stream) for fact in folded] == [
        (1, "huyen", "B"),
        (1, "px", "A"),
        (3, "huyen", "A"),
    ]
    assert waiting == {("toy", "B")}


def test_row_13_an_impossible_lamport_is_poison() -> None:
    for lamport in (2**53 + 1, 10**9 + 101, 0, -1):
        state = make_state("e1", 2, 1, lamport=lamport)
        assert inspect_entry(state, toys, ARRIVAL) == {EntryFlag.LAMPORT}
    near = replace(ARRIVAL, lamport=2**53)
    assert inspect_entry(make_state("e1", 2, 1, lamport=2**53), toys, near) == frozenset()
    assert inspect_entry(make_state("e1", 2, 1, lamport=2**53 + 1), toys, near) == {EntryFlag.LAMPORT}


def test_row_14_a_clock_that_is_wrong_is_flagged_and_nothing_is_held() -> None:
    """sync cases 34 and 35."""
    for at, flagged in (
        ("2026-03-01T01:05:00.000000Z", False),
        ("2026-03-01T01:05:00.000001Z", True),
        ("2036-05-01T00:00:00.000000Z", True),
        ("2016-05-01T00:00:00.000000Z", False),
    ):
        state = make_state("e1", 2, 1, recorded_at=at)
        assert (EntryFlag.CLOCK in inspect_entry(state, toys, ARRIVAL)) == flagged
    closed = replace(ARRIVAL, closed_until=Instant("2026-02-01T00:00:00.000000Z"))
    early = make_state("e1", 2, 1, recorded_at="2026-02-01T00:00:00.000000Z")
    assert inspect_entry(early, toys, closed) == {EntryFlag.CLOCK}


def test_row_15_a_first_synchronisation_is_not_shown_before_all_its_topics_are_there() -> None:
    """sync cases 18 and 19."""
    line, plans = SignedLine([("e1", 5)]), SignedLine([("p1", 2)], topic="planning")
    site = Site(line)
    site.take(line.chunk(0, 3))
    announced = {line.head(4), plans.head(1)}
    roots: RootReader = site.roots

    def is_here(head: Head) -> bool:
        return is_solid(site.log, head, roots)

    targets = next_targets(frozenset(), announced, {"huyen"}, is_here, ())
    assert targets == announced
    assert counted(site, targets=targets) == set()
    site.take(line.chunk(3, 5))
    targets = next_targets(targets, announced, {"huyen", "px"}, is_here, ())
    assert targets == {plans.head(1)}
    assert counted(site, targets=targets) == set()
    given_up = next_targets(targets, announced, {"huyen", "px"}, is_here, {plans.head(1)})
    assert len(counted(site, targets=given_up)) == 5
    assert next_targets(frozenset(), announced, {"px"}, is_here, ()) == frozenset()


def test_what_its_origin_signed_out_of_order_never_counts() -> None:
    """An origin that skips a seq inside an epoch: its entries are kept and named, and follow nothing."""
    line = SignedLine([("e0", 5), ("e1", 3)])
    line.places.append(("e1", 7))
    line.states.append(make_state("e1", 7, 9))
    line.leaves.append(hash_leaf(line.states[-1]))
    site = Site(line)
    before, chunk = (
        [line.chunk(0, 5, 5), line.chunk(5, 8, 8)],
        with_header(line.chunk(8, 9), previous=("e1", 6)),
    )
    assert site.take_all([*before, chunk]) == [Outcome.NEXT, Outcome.NEXT, Outcome.INVALID]
    site.log = LogRuns(TOY)
    assert site.take_all([chunk, *before]) == [Outcome.EARLY, Outcome.NEXT, Outcome.NEXT]
    assert counted(site) == named("e0", 1, 2, 3, 4, 5) | named("e1", 1, 2, 3)


def test_outcomes_are_counted_by_entry() -> None:
    line = SignedLine([("e1", 9)])
    site = Site(line)
    site.take(line.chunk(3, 5))
    assert count_outcomes(site.take(line.chunk(0, 9)).outcomes) == {Outcome.NEXT: 7, Outcome.DUPLICATE: 2}
