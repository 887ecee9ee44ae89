"""The proof of one event: a small file showing that it is in the log that a checkpoint was signed over."""

import base64
from bisect import bisect_left

import msgspec

from services.audit.sealing import Seals
from shared.core.facts import F
from shared.eventlog.event_log import EventLog
from shared.eventlog.signed_notes import Signer

_TIME = 13
"""Leading characters of an event id that encode its millisecond; in this precision ids grow along a log."""


class EventProof(msgspec.Struct, frozen=True, kw_only=True):
    """An inclusion proof of an event, to be checked with `verify.py FILE`.

    `index` counts from 0; `event` is what was stored; the hashes in `proof` are in base64.
    """

    log: str
    index: int
    event: str
    proof: list[str]
    checkpoint: str
    key: str


def prove_event(seals: Seals, signer: Signer, event_id: str) -> EventProof | None:
    """The proof of the event with this id, whichever log it is in; None when there is none."""
    for name, log in seals.logs.items():
        if found := _find_event(log, event_id):
            position, state = found
            point = seals.create_checkpoint(name)
            path = seals.update_tree(name).prove_inclusion(position - 1, point.size)
            return EventProof(
                log=name,
                index=position - 1,
                event=state.decode(),
                proof=[base64.b64encode(digest).decode() for digest in path],
                checkpoint=signer.sign(str(point)),
                key=str(signer.verifier),
            )
    return None


def _find_event(log: EventLog[F], event_id: str) -> tuple[int, bytes] | None:
    """Position and bytes of an event, by binary search."""

    def id_at(position: int) -> str:
        [(_, state, _)] = log.read_chained(position - 1, 1)
        return log.topic.decode(state).event_id

    end = log.position()
    first = bisect_left(range(1, end + 1), event_id[:_TIME], key=lambda position: id_at(position)[:_TIME])
    for position, state, _ in log.read_chained(first, 10_000):
        found = log.topic.decode(state).event_id
        if found == event_id:
            return position, state
        if found[:_TIME] != event_id[:_TIME]:
            return None
    return None
