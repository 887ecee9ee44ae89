"""Recomputes the seal over a segment of a log: positions without holes, the chain, and roots of subtrees."""

from collections.abc import Sequence
from hashlib import sha256

from services.audit.replay.comparison import ReplayDifference, ReplayPart
from shared.core.facts import F
from shared.eventlog.event_log import EventLog
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.merkle import Frontier, hash_leaf

_PAGE = 5000
ChainedEvent = tuple[int, bytes, bytes]
"""Position, bytes, chain hash."""


def check_segment(log: EventLog[F], after: int, upto: int) -> ReplayPart:
    """Check the positions after `after` and up to `upto`."""
    part, tree, position = ReplayPart(), Frontier(), after
    chain = (log.chain_hash(after) or GENESIS) if after else GENESIS
    while position < upto and (page := log.read_chained(position, min(_PAGE, upto - position))):
        hashes = compute_chain(chain, [state for _, state, _ in page])
        last, _, last_chain = page[-1]
        if hashes != [sealed for _, _, sealed in page] or last != position + len(page):
            _broken(log, position, chain, page, part)
        position, chain = last, last_chain
        tree.extend([hash_leaf(state) for _, state, _ in page])
    part.events = tree.size
    part.peaks = [peak.hex() for peak in tree.peaks]
    if tree.size != upto - after:
        detail = f"{upto} is not the last position"
        part.add_difference(ReplayDifference(what="sequence", log=log.topic.name, detail=detail))
    return part


def compute_chain(chain: bytes, states: Sequence[bytes]) -> list[bytes]:
    """The chain hash at each of these events, which follow one whose hash is `chain`."""
    return [chain := sha256(chain + state).digest() for state in states]


def _broken(
    log: EventLog[F], position: int, chain: bytes, page: Sequence[ChainedEvent], part: ReplayPart
) -> None:
    """Report every break on this page."""
    name = log.topic.name
    for at, state, sealed in page:
        if at != position + 1:
            detail = f"position {at} follows {position}"
            part.add_difference(ReplayDifference(what="sequence", log=name, detail=detail))
        if sha256(chain + state).digest() != sealed:
            [(_, stream, _, _)] = log.read_stored(at - 1, 1)
            detail = f"the chain is broken at position {at}"
            part.add_difference(ReplayDifference(what="chain", log=name, stream=stream, detail=detail))
        position, chain = at, sealed
