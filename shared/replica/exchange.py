"""What to send and what to ask for: functions of two vectors, never of what was sent before."""

from collections.abc import Callable, Collection, Iterable

from shared.replica.counting import Closing
from shared.replica.coverage import (
    RunPart,
    coverage_of,
    is_solid,
    last_heads,
    parts_beyond,
    solid_coverage,
)
from shared.replica.runs import Head, LogRuns, RootReader


def vector_of(log: LogRuns, roots: RootReader) -> frozenset[Head]:
    """The last head of every line of a log: what a site says that it has."""
    return last_heads(log, solid_coverage(log), roots)


def missing_heads(vector: Iterable[Head], log: LogRuns, roots: RootReader) -> frozenset[Head]:
    """Heads of another's vector of this log that are not here: what to ask it for."""
    return frozenset(head for head in vector if head.log == log.id and not is_solid(log, head, roots))


def parts_to_send(
    log: LogRuns, receiver: Iterable[Head], wanted: Iterable[Head] | None, roots: RootReader
) -> list[RunPart]:
    """What leads from the receiver's vector to what is here, or to those of our heads that it wants.

    Its heads that are unknown here say nothing: it may be ahead, or on the other side of a fork. Only its present
    vector decides, never an old receipt: a parent that was restored gets again what it lost.
    """
    path = solid_coverage(log) if wanted is None else coverage_of(log, wanted, roots)
    return parts_beyond(path, coverage_of(log, receiver, roots))


def announced_heads(vector: Iterable[Head], targets: Collection[Head]) -> frozenset[Head]:
    """What a site says that there is: all it has, and of origins that it is itself filling, its own targets."""
    filling = {target.origin for target in targets}
    return frozenset(targets) | {head for head in vector if head.origin not in filling}


def next_targets(
    targets: frozenset[Head],
    announced: Iterable[Head],
    begun: Collection[str],
    is_here: Callable[[Head], bool],
    lost: Collection[Head],
) -> frozenset[Head]:
    """What first synchronisations must reach before their origins are shown: of an origin that was new here (not
    `begun` before this message, nor this site), all that the sender announced. A target goes when it is reached, or
    lost for good."""
    begun = {*begun, *(target.origin for target in targets)}
    wanted = targets | {head for head in announced if head.origin not in begun}
    return frozenset(head for head in wanted if head not in lost and not is_here(head))


def lost_heads(
    site: str,
    known_lost: frozenset[Head],
    asked: frozenset[Head],
    closings: Iterable[Closing],
    is_here: Callable[[Head], bool],
) -> frozenset[Head]:
    """Of the heads that another site waits for, and of those known to be lost, what nobody can give any more: their
    origin, or the custodian of its logs, has not got them, nor has this site."""
    answered_for = {site} | {each.origin for each in closings if each.custodian == site}
    return frozenset(
        head
        for head in known_lost | asked
        if not is_here(head) and (head in known_lost or head.origin in answered_for)
    )
