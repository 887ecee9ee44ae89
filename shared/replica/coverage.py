"""Sets of entries that hold, with each entry, all before it: by run, up to which seq.

Everything a site says about a log is such a set or the difference of two: what is solid, what a receipt covers, what
counts. So it is computed over runs, of which there is about one an epoch, and never over entries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from shared.replica.runs import Head, LogRuns, RootReader, Run, root_at

Coverage = Mapping[Run, int]
"""Of each run that is covered at all, the last seq that is."""
RunPart = tuple[Run, int, int]
"""Entries of a run: (run, first seq, last seq)."""


def solid_coverage(log: LogRuns) -> Coverage:
    """All entries with everything before them."""
    return {run: run.last for run in log.runs if run.solid}


def coverage_of(log: LogRuns, heads: Iterable[Head], roots: RootReader) -> Coverage:
    """The entries at these heads and all before them; heads that are not held, or not solid, say nothing."""
    solid = [run for run in log.runs if run.solid]
    by_epoch, ends = defaultdict(list), {run.root: run for run in solid}
    for run in solid:
        by_epoch[run.epoch].append(run)
    covered: dict[Run, int] = {}
    for head in heads:
        if head.log != log.id:
            continue
        for run in by_epoch[head.epoch]:
            if run.first <= head.seq <= run.last and root_at(run, head.seq, roots) == head.root:
                covered[run] = max(head.seq, covered.get(run, 0))
                _cover_before(run, ends, covered)
    return covered


def _cover_before(run: Run, ends: Mapping[bytes, Run], covered: dict[Run, int]) -> None:
    """Cover the runs before this one."""
    before = ends.get(run.before)
    while before and covered.get(before) != before.last:
        covered[before] = before.last
        before = ends.get(before.before)


def intersect(one: Coverage, other: Coverage) -> Coverage:
    """What both cover."""
    return {run: min(last, other[run]) for run, last in one.items() if run in other}


def keep_runs(log: LogRuns, coverage: Coverage) -> LogRuns:
    """The runs of a log of which something is covered."""
    return LogRuns(log.id, tuple(run for run in log.runs if run in coverage))


def parts_beyond(coverage: Coverage, base: Coverage) -> list[RunPart]:
    """What is covered and not in the base, each entry after all that are before it."""
    parts = [(run, base.get(run, run.first - 1) + 1, last) for run, last in coverage.items()]
    return sorted((each for each in parts if each[1] <= each[2]), key=lambda each: (each[0].position, each))


def last_heads(log: LogRuns, coverage: Coverage, roots: RootReader) -> frozenset[Head]:
    """The last head of every line of a coverage: one per log, one more for each restore or fork it ever had."""
    followed = {run.before for run in coverage}
    return frozenset(
        log.head(run, last, root_at(run, last, roots))
        for run, last in coverage.items()
        if last < run.last or run.root not in followed
    )


def is_solid(log: LogRuns, head: Head, roots: RootReader) -> bool:
    """Whether the entry is here with everything before it."""
    return bool(coverage_of(log, (head,), roots))


def is_covered(log: LogRuns, coverage: Coverage, head: Head, roots: RootReader) -> bool:
    """Whether a coverage has this entry in it."""
    return any(
        run.epoch == head.epoch
        and run.first <= head.seq <= last
        and root_at(run, head.seq, roots) == head.root
        for run, last in coverage.items()
        if head.log == log.id
    )
