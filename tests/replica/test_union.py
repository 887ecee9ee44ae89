"""Adding runs is set union: any parts, in any order, any number of times, over all of a log or what concerns them."""

from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.eventlog.merkle import EMPTY_ROOT, hash_leaf
from shared.replica.coverage import coverage_of, last_heads, parts_beyond, solid_coverage
from shared.replica.parted_lines import find_branches, find_forks, find_gaps
from shared.replica.runs import LogRuns, Run, find_end
from shared.replica.union import Outcome, add_run, concerns
from tests.replica.signed_lines import SignedLine
from tests.replica.test_import_table import TOY, Site, entries

LINE = SignedLine([("e1", 6), ("e2", 5), ("e3", 4)])
RESTORED = SignedLine([("e4", 3), ("e5", 2)], after=LINE, shared=9)
FORKED = SignedLine([("e2", 3), ("e6", 2)], after=LINE, shared=8, salt=500)
FROM_NOTHING = SignedLine([("e7", 3)], salt=900)
LINES = (LINE, RESTORED, FORKED, FROM_NOTHING)


@st.composite
def parts(draw: st.DrawFn) -> Run:
    """Entries of one epoch of one of the lines."""
    line = draw(st.sampled_from(LINES))
    start = draw(st.integers(0, len(line.states) - 1))
    same = [at for at in range(start, len(line.states)) if line.places[at][0] == line.places[start][0]]
    return line.run(start, draw(st.sampled_from(same)) + 1)


def union_of(runs: list[Run]) -> LogRuns:
    site = Site(*LINES)
    for run in runs:
        site.log = add_run(site.log, run, site.roots).log
    return site.log


@settings(max_examples=300, deadline=None)
@given(st.lists(parts(), min_size=1, max_size=12), st.randoms())
def test_order_and_repetition_change_nothing(runs: list[Run], chance: object) -> None:
    expected = union_of(runs)
    shuffled = [*runs, *runs[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert union_of(shuffled) == expected
    one_by_one = [
        line.run(at, at + 1)
        for run in reversed(runs)
        for line in LINES
        if len(line.states) >= run.end and line.root(run.end) == run.root
        for at in range(run.position, run.end)
    ]
    assert union_of(one_by_one) == expected
    held = {line.root(at + 1) for run in runs for line in LINES for at in range(run.position, run.end)
            if len(line.states) >= run.end and line.root(run.end) == run.root}  # fmt: skip
    assert sum(run.last - run.first + 1 for run in expected.runs) == len(held)


@settings(max_examples=300, deadline=None)
@given(st.lists(parts(), max_size=12), parts())
def test_only_the_runs_that_concern_a_chunk_are_needed(runs: list[Run], new: Run) -> None:
    """A store hands in some rows of its runs, and gets back which of them to replace."""
    site, log = Site(*LINES), union_of(runs)
    handed = tuple(run for run in log.runs if concerns(run, new))
    some = add_run(LogRuns(TOY, handed), new, site.roots)
    whole = add_run(log, new, site.roots)
    assert some.outcomes == whole.outcomes
    assert tuple(sorted((set(log.runs) - set(handed)) | set(some.log.runs))) == whole.log.runs


@settings(max_examples=200, deadline=None)
@given(st.lists(parts(), min_size=1, max_size=12))
def test_what_is_solid_has_everything_before_it(runs: list[Run]) -> None:
    site = Site(*LINES)
    for run in runs:
        site.log = add_run(site.log, run, site.roots).log
    held = {
        root
        for run in site.log.runs
        for seq in range(run.first, run.last + 1)
        for root in [site.roots(run, seq)]
    }
    for line in LINES:
        for at in range(len(line.states)):
            whole = all(line.root(before + 1) in held for before in range(at + 1))
            covered = coverage_of(site.log, [line.head(at)], site.roots)
            assert bool(covered) == whole
            assert not whole or len(entries(covered)) == at + 1
    vector = last_heads(site.log, solid_coverage(site.log), site.roots)
    assert coverage_of(site.log, vector, site.roots) == solid_coverage(site.log)
    assert not parts_beyond(solid_coverage(site.log), coverage_of(site.log, vector, site.roots))


def test_all_lines_together() -> None:
    log = union_of([line.run(at, at + 1) for line in LINES for at in reversed(range(len(line.states)))])
    assert find_forks(log) == {"e2": 3}
    assert find_branches(log) == {"e1", "e4", "e7"}
    assert find_gaps(log) == frozenset()
    assert all(run.solid for run in log.runs)
    site = Site(*LINES)
    assert find_end(log, replace(LINE.run(8, 10), epoch="e9"), site.roots) == replace(
        LINE.run(6, 8), solid=True
    )


def test_a_chunk_costs_the_same_in_a_log_of_many_epochs() -> None:
    """14,600 epochs are five years of a ward whose program starts eight times a day."""
    runs, before = [], EMPTY_ROOT
    for number in range(14_600):
        root = hash_leaf(b"%d" % number)
        runs.append(Run(f"e{number:05d}", 1, 10, number * 10, before, root, solid=True))
        before = root
    log = LogRuns(TOY, tuple(sorted(runs)))
    new = Run("e99999", 1, 500, 146_000, before, hash_leaf(b"new"))
    handed = LogRuns(TOY, tuple(run for run in log.runs if concerns(run, new)))
    assert len(handed.runs) == 1

    def no_lookups(run: Run, seq: int) -> bytes:
        raise AssertionError("what follows the end of a run needs no root from inside one")

    began = perf_counter()
    for _ in range(100):
        added = add_run(handed, new, no_lookups)
    assert (perf_counter() - began) / 100 < 0.005
    assert added.outcomes == ((1, 500, Outcome.NEXT),)
    assert len(add_run(log, new, no_lookups).log.runs) == 14_601
