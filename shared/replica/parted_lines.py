"""Where the lines of a log part, and where something is missing: forks, branches, two writers, gaps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from shared.core.partial_dates import Instant
from shared.replica.coverage import Coverage
from shared.replica.runs import LogRuns, RootReader, Run, root_at


class Gap(msgspec.Struct, frozen=True, order=True, gc=False):
    """Entries that are not here and must exist, because later ones are here."""

    epoch: str
    """Their epoch. Empty: it is not known, and `first` and `last` count the entries of the line from 1."""
    first: int
    last: int


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """An authority's decision on a fork: the entries at its place, by root, that count."""

    epoch: str
    seq: int
    keep: frozenset[bytes]


def find_gaps(log: LogRuns) -> frozenset[Gap]:
    """What is missing before what came early."""
    ends = {run.root for run in log.runs}
    return frozenset(_gap_before(log, run) for run in log.runs if not run.solid and run.before not in ends)


def _gap_before(log: LogRuns, early: Run) -> Gap:
    """What is missing before a run: at least the entry that it follows, and back to what is held. Of a line that parts
    from one that is held, it is not known how much they share."""
    if missing := early.first - 1:
        same = (run for run in log.runs if run.epoch == early.epoch and run.first <= missing)
        return Gap(early.epoch, max((min(run.last, missing - 1) for run in same), default=0) + 1, missing)
    before = (run for run in log.runs if run.solid and run.position < early.position)
    return Gap("", max((min(run.end, early.position - 1) for run in before), default=0) + 1, early.position)


def find_forks(
    log: LogRuns, settled: Iterable[Settlement] = (), trusted: Coverage | None = None
) -> Mapping[str, int]:
    """By epoch, the first seq at which the origin signed two entries and no authority has settled it. `trusted`: what
    is signed with a key that is believed, where one was taken from the origin; whatever else is there, it did not
    sign."""
    places = {(each.epoch, each.seq) for each in settled}
    forks: dict[str, int] = {}
    for epoch, seq in _find_clashes(log, trusted):
        if (epoch, seq) not in places:
            forks[epoch] = min(seq, forks.get(epoch, seq))
    return forks


def _find_clashes(log: LogRuns, trusted: Coverage | None) -> set[tuple[str, int]]:
    """(epoch, seq) of the first entries at which lines part inside an epoch. Of what came early it is not known where
    its line parts: at the latest where both have an entry."""
    by_epoch = defaultdict(list)
    for run in log.runs:
        by_epoch[run.epoch].append(run)
    clashes = set()
    for epoch, runs in by_epoch.items():
        for number, one in enumerate(runs):
            for other in runs[number + 1 :]:
                seq = max(one.first, other.first)
                if seq > min(one.last, other.last):
                    continue
                if trusted is not None and seq > min(trusted.get(one, 0), trusted.get(other, 0)):
                    continue
                if not (one.solid and other.solid) or _are_sides(one, other):
                    clashes.add((epoch, seq))
    return clashes


def _are_sides(one: Run, other: Run) -> bool:
    """Whether two solid runs of an epoch are the first of lines that part, and not a later part of such lines."""
    return one.first == other.first and (one.before == other.before or one.first == 1)


def find_branches(log: LogRuns) -> frozenset[str]:
    """Epochs that begin where another line goes on too: their origin was restored from a backup, or cloned."""
    epochs = defaultdict(set)
    for run in log.runs:
        epochs[run.before].add(run.epoch)
    return frozenset(run.epoch for run in log.runs if run.first == 1 and len(epochs[run.before]) > 1)


def find_two_writers(
    log: LogRuns, recorded: Mapping[Run, tuple[Instant, Instant]]
) -> frozenset[frozenset[str]]:
    """The epochs with which the lines of a branch begin, where each line has entries recorded after the other began:
    the origin was cloned, and both copies write. `recorded`: when the first and last entry of each run were."""
    followers = defaultdict(list)
    for run in log.runs:
        if run in recorded:
            followers[run.before].append(run)
    found = set()
    for lines in followers.values():
        spans = [(recorded[run][0], _last_recorded(run, followers, recorded)) for run in lines]
        for number, (began, ended) in enumerate(spans):
            for other in range(number):
                both_go_on = ended > spans[other][0] and spans[other][1] > began
                if both_go_on and lines[number].epoch != lines[other].epoch:
                    found.add(frozenset({lines[number].epoch, lines[other].epoch}))
    return frozenset(found)


def _last_recorded(
    run: Run, followers: Mapping[bytes, list[Run]], recorded: Mapping[Run, tuple[Instant, Instant]]
) -> Instant:
    """When the last entry of a run, or of what follows it, was recorded."""
    last, waiting = recorded[run][1], [run]
    while waiting:
        for each in followers.get(waiting.pop().root, ()):
            last = max(last, recorded[each][1])
            waiting.append(each)
    return last


def coverage_without_forks(
    log: LogRuns,
    roots: RootReader,
    settled: Iterable[Settlement] = (),
    trusted: Coverage | None = None,
) -> Coverage:
    """What is solid and not in quarantine: no side of a fork from the fork on, nor anything after it, until an
    authority says which sides count. `trusted`: see `find_forks`."""
    settled = tuple(settled)
    forks, kept = find_forks(log, settled, trusted), {(each.epoch, each.seq): each.keep for each in settled}
    covered: dict[Run, int] = {}
    ends: set[bytes] = set()
    for run in sorted(log.runs, key=lambda run: run.position):
        if not run.solid or (run.position and run.before not in ends):
            continue
        last = min(run.last, forks.get(run.epoch, run.last + 1) - 1)
        keep = kept.get((run.epoch, run.first))
        if keep is not None and root_at(run, run.first, roots) not in keep and _has_other_side(log, run):
            last = run.first - 1
        if last >= run.first:
            covered[run] = last
        if last == run.last:
            ends.add(run.root)
    return covered


def _has_other_side(log: LogRuns, run: Run) -> bool:
    return any(each != run and each.epoch == run.epoch and _are_sides(each, run) for each in log.runs)
