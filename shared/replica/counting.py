"""What counts: which entries answers are made of, and why the others are kept aside."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from shared.replica.coverage import (
    Coverage,
    RunPart,
    coverage_of,
    intersect,
    parts_beyond,
    solid_coverage,
)
from shared.replica.parted_lines import Settlement, coverage_without_forks, find_forks
from shared.replica.runs import Head, LogRuns, RootReader


class Closing(msgspec.Struct, frozen=True, gc=False):
    """The registry closed a site: its logs end with these heads, unless another closing admits more."""

    origin: str
    custodian: str
    """The site that answers for its logs since."""
    last: frozenset[Head]


class HeldWhy(StrEnum):
    """Why entries that are here do not count."""

    EARLY = "early"
    """Something before them is not here yet."""
    FORK = "fork"
    """Their origin signed two entries with the same epoch and seq, there or before."""
    PARKED = "parked"
    """A closed site wrote them after its last heads."""
    KEY = "key"
    """They are signed with a key that was replaced, beyond what it is trusted for."""
    FILLING = "filling"
    """The first synchronisation of their origin is not complete."""


class LogJudgement(msgspec.Struct, frozen=True, gc=False):
    """What the registry says about one log."""

    settled: tuple[Settlement, ...] = ()
    closings: tuple[Closing, ...] = ()
    trusted: frozenset[Head] | None = None
    """How far a replaced key is believed; None: its key was not replaced."""


def trusted_coverage(log: LogRuns, says: LogJudgement, roots: RootReader) -> Coverage | None:
    """What is signed with a key that is believed; None: no key was taken from the origin."""
    return None if says.trusted is None else coverage_of(log, says.trusted, roots)


def uncontested_coverage(log: LogRuns, says: LogJudgement, roots: RootReader) -> Coverage:
    """What is solid and in no fork. Whoever stole a key can make none: what he signed beyond what it is trusted for is
    not of the origin."""
    return coverage_without_forks(log, roots, says.settled, trusted_coverage(log, says, roots))


def open_forks(log: LogRuns, says: LogJudgement, roots: RootReader) -> Mapping[str, int]:
    """By epoch, the first seq at which the origin itself signed two entries and nobody has settled it."""
    return find_forks(log, says.settled, trusted_coverage(log, says, roots))


def accepted_coverage(log: LogRuns, says: LogJudgement, roots: RootReader) -> Coverage:
    """What is solid, in no fork, not parked and signed with a trusted key."""
    covered = uncontested_coverage(log, says, roots)
    if any(closing.origin == log.id.origin for closing in says.closings):
        covered = intersect(covered, admitted_coverage(log, says.closings, roots))
    if says.trusted is not None:
        covered = intersect(covered, coverage_of(log, says.trusted, roots))
    return covered


def admitted_coverage(log: LogRuns, closings: Iterable[Closing], roots: RootReader) -> Coverage:
    """What the closings of a site admit of one of its logs."""
    last = {head for closing in closings if closing.origin == log.id.origin for head in closing.last}
    return coverage_of(log, last, roots)


def parked_parts(log: LogRuns, closings: Iterable[Closing], roots: RootReader) -> list[RunPart]:
    """What a closed site wrote beyond its last heads: kept and named, counted once a closing admits it."""
    closings = [closing for closing in closings if closing.origin == log.id.origin]
    return parts_beyond(solid_coverage(log), admitted_coverage(log, closings, roots)) if closings else []


def counted_coverage(
    log: LogRuns, says: LogJudgement, targets: Iterable[Head], roots: RootReader
) -> Coverage:
    """The entries that answers are made of, where their payloads are here and can be read."""
    return accepted_coverage(log, says, roots) if is_complete(targets, log.id.origin) else {}


def is_complete(targets: Iterable[Head], origin: str) -> bool:
    """Whether the first synchronisation of an origin has reached all its targets."""
    return all(target.origin != origin for target in targets)


def find_held_parts(
    log: LogRuns, says: LogJudgement, targets: Iterable[Head], roots: RootReader
) -> list[tuple[RunPart, HeldWhy]]:
    """What is here and does not count, with the first reason why."""
    solid = solid_coverage(log)
    found = [((run, run.first, run.last), HeldWhy.EARLY) for run in log.runs if not run.solid]
    covered = uncontested_coverage(log, says, roots)
    found += [(part, HeldWhy.FORK) for part in parts_beyond(solid, covered)]
    if any(closing.origin == log.id.origin for closing in says.closings):
        admitted = intersect(covered, admitted_coverage(log, says.closings, roots))
        found += [(part, HeldWhy.PARKED) for part in parts_beyond(covered, admitted)]
        covered = admitted
    if says.trusted is not None:
        trusted = intersect(covered, coverage_of(log, says.trusted, roots))
        found += [(part, HeldWhy.KEY) for part in parts_beyond(covered, trusted)]
        covered = trusted
    if not is_complete(targets, log.id.origin):
        found += [(part, HeldWhy.FILLING) for part in parts_beyond(covered, {})]
    return found


class FactPlace(msgspec.Struct, frozen=True, gc=False):
    """What of a counted entry decides the order of folding, and whether it can be folded."""

    lamport: int
    origin: str
    epoch: str
    seq: int
    topic: str
    stream: str
    readable: bool = True
    """Whether this program can read it."""


def sort_for_folding(facts: Iterable[FactPlace]) -> tuple[list[FactPlace], frozenset[tuple[str, str]]]:
    """The facts in the one total order, and the (topic, stream) that wait: from a fact on that cannot be read, its
    stream is not folded; no other stream waits for it."""
    folded, waiting = list[FactPlace](), set[tuple[str, str]]()
    for fact in sorted(facts, key=total_order):
        if not fact.readable:
            waiting.add((fact.topic, fact.stream))
        if (fact.topic, fact.stream) not in waiting:
            folded.append(fact)
    return folded, frozenset(waiting)


def total_order(fact: FactPlace) -> tuple[int, str, str, int, str]:
    """Sorts facts the same at every site, each after all that its origin had seen; never by a clock."""
    return fact.lamport, fact.origin, fact.epoch, fact.seq, fact.topic
