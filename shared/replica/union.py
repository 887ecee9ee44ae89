"""Adds a proven run to a log: set union, so that order, repetition and route cannot change what is held."""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from shared.replica.runs import LogRuns, RootNotKnown, RootReader, Run, follows, root_at


class Outcome(StrEnum):
    """What became of an entry that came."""

    NEXT = "next"
    """Everything before it is here."""
    DUPLICATE = "duplicate"
    """It was here."""
    EARLY = "early"
    """Something before it is not here yet."""
    FORK = "fork"
    """Its origin signed another entry with the same epoch and seq."""
    INVALID = "invalid"
    """It does not prove into its checkpoint: nothing of its chunk is stored."""
    WAITING = "waiting"
    """Its origin is not in the registry yet, or hashes inside a run of stubs are missing."""


class Added(msgspec.Struct, frozen=True, gc=False):
    """A log with a run added, and what became of the entries: (first, last, outcome) in order of seq."""

    log: LogRuns
    outcomes: tuple[tuple[int, int, Outcome], ...]


def add_run(log: LogRuns, new: Run, roots: RootReader) -> Added:
    """The union of what is held and a run whose entries are all proven.

    `log` may be less than all of the log: the runs that `concerns` names. `roots` is asked about the new run and about
    these.
    """
    shared = _shared_ranges(log.runs, new, roots)
    pieces = [_cut(new, first, last, new, roots) for first, last in _complement(new, shared)]
    runs = {part for run in log.runs for part in _cut_where(run, pieces, run, roots)}
    runs = _mark_solid(runs.union(*(_cut_where(piece, log.runs, new, roots) for piece in pieces)))
    solid_ends = {run.root for run in runs if run.solid}
    outcomes = [(first, last, Outcome.DUPLICATE) for first, last in shared]
    for piece in pieces:
        clashes = _clashes(log.runs, piece)
        outcomes += [(first, last, Outcome.FORK) for first, last in clashes]
        outcome = Outcome.NEXT if piece.root in solid_ends else Outcome.EARLY
        outcomes += [(first, last, outcome) for first, last in _complement(piece, clashes)]
    joined = _join(runs, new.position, new.end)
    return Added(LogRuns(log.id, tuple(sorted(joined))), tuple(sorted(outcomes)))


def concerns(run: Run, new: Run) -> bool:
    """Whether adding a run needs to know of one that is held: those that share a position with it or touch it, those of
    its epoch, and those that are not solid."""
    touches = run.position <= new.end and new.position <= run.end
    return touches or run.epoch == new.epoch or not run.solid


def count_outcomes(outcomes: Iterable[tuple[int, int, Outcome]]) -> Counter[Outcome]:
    """How many entries had each outcome."""
    counts: Counter[Outcome] = Counter()
    for first, last, outcome in outcomes:
        counts[outcome] += last - first + 1
    return counts


def _shared_ranges(held: Iterable[Run], new: Run, roots: RootReader) -> list[tuple[int, int]]:
    """(first, last) seq of the entries of the new run that are in held runs.

    Lines that part never meet again: where the roots are equal at a place, all is equal up to it.
    """
    shared = []
    for run in held:
        low, high = max(run.first, new.first), min(run.last, new.last)
        if run.epoch != new.epoch or run.offset != new.offset or low > high:
            continue
        if _is_same_at(run, new, high, roots):
            root_at(run, low - 1, roots)  # so that no part of a run of stubs is taken for the whole
            shared.append((low, high))
            continue
        if root_at(run, low, roots) != root_at(new, low, roots):
            continue
        first = low
        while low < high:  # the last place at which the roots are equal
            middle = (low + high + 1) // 2
            if root_at(run, middle, roots) == root_at(new, middle, roots):
                low = middle
            else:
                high = middle - 1
        shared.append((first, low))
    return sorted(shared)


def _is_same_at(run: Run, new: Run, seq: int, roots: RootReader) -> bool:
    """Whether two runs are one line up to an entry; False where that is not known inside a run of stubs."""
    try:
        return root_at(run, seq, roots) == root_at(new, seq, roots)
    except RootNotKnown:
        return False


def _clashes(held: Iterable[Run], piece: Run) -> list[tuple[int, int]]:
    """(first, last) seq of the entries of a new piece whose coordinates other entries have."""
    taken = sorted(
        (max(run.first, piece.first), min(run.last, piece.last)) for run in held if run.epoch == piece.epoch
    )
    merged: list[tuple[int, int]] = []
    for first, last in taken:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        elif first <= last:
            merged.append((first, last))
    return merged


def _complement(run: Run, ranges: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """(first, last) seq of what is in the run and in none of the sorted ranges."""
    start = run.first
    for first, last in ranges:
        if start < first:
            yield start, first - 1
        start = max(start, last + 1)
    if start <= run.last:
        yield start, run.last


def _cut(run: Run, first: int, last: int, whole: Run, roots: RootReader) -> Run:
    """Entries `first` to `last` of a run. `whole`: the run of which `roots` knows that it has these entries."""
    before = run.before if first == run.first else root_at(whole, first - 1, roots)
    root = run.root if last == run.last else root_at(whole, last, roots)
    return Run(run.epoch, first, last, run.offset + first, before, root, run.solid)


def _cut_where(run: Run, others: Iterable[Run], whole: Run, roots: RootReader) -> Iterator[Run]:
    """The parts of a run, cut after each entry that one of the others follows."""
    ends = {
        after.position - 1 - run.offset
        for after in others
        if run.position < after.position < run.end
        and root_at(whole, after.position - 1 - run.offset, roots) == after.before
    }
    first = run.first
    for last in (*sorted(ends), run.last):
        yield _cut(run, first, last, whole, roots)
        first = last + 1


def _mark_solid(runs: Iterable[Run]) -> set[Run]:
    """The runs, each solid where it begins the log or follows a solid one."""
    marked, ends = set[Run](), dict[bytes, Run]()
    for run in sorted(runs, key=lambda run: run.position):
        solid = run.solid or follows(ends.get(run.before), run)
        each = replace(run, solid=True) if solid and not run.solid else run
        marked.add(each)
        if solid:
            ends[each.root] = each
    return marked


def _join(runs: set[Run], start: int, end: int) -> set[Run]:
    """The runs, those joined that need not be apart: one epoch, and nothing else follows the first. Only places
    between two positions are looked at."""
    followers = Counter(run.before for run in runs)
    ends = {run.root: run for run in sorted(runs)}
    for run in sorted(runs, key=lambda run: run.position):
        before = ends.get(run.before)
        if before is None or not start <= run.position <= end or followers[run.before] > 1:
            continue
        if before.epoch == run.epoch and before.solid == run.solid and follows(before, run):
            runs -= {before, run}
            ends[run.root] = replace(before, last=run.last, root=run.root)
            runs.add(ends[run.root])
    return runs
