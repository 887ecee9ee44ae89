"""Witnessing: what is cosigned, and how one sees that a site shows two histories (C2SP tlog-witness).

A witness cosigns only what continues all that it has cosigned of a log; so two notes of one size and different roots
cannot both be cosigned by it, and whoever holds both has proof.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import msgspec

from shared.eventlog.merkle import HASH_SIZE, verify_consistency
from shared.eventlog.signed_notes import MalformedNote, decode_base64, parse_number
from shared.replica.checkpoints import LogCheckpoint

MAX_PROOF_LINES = 63
"""Hashes in the proof of a request."""


class CosignRequest(msgspec.Struct, frozen=True, gc=False):
    """The body of `add-checkpoint`."""

    old: int
    """Size of the latest checkpoint that the witness cosigned, as the sender knows it."""
    proof: tuple[bytes, ...]
    """Consistency proof from there to the new checkpoint."""
    note: str
    """The new checkpoint, signed."""


class Verdict(IntEnum):
    """What a witness answers, as the status of HTTP."""

    COSIGN = 200
    BAD_REQUEST = 400
    """The old size is beyond the new one."""
    CONFLICT = 409
    """The witness has cosigned another size, or another root of this size. The body is the size it has."""
    NOT_CONSISTENT = 422
    """The proof does not show that the new tree continues the old one."""


def parse_cosign_request(body: str) -> CosignRequest:
    """The request in a body. Raises MalformedNote."""
    head, separator, note = body.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, size = first.partition(" ")
    number = parse_number(size)
    if not separator or word != "old" or number is None or len(lines) > MAX_PROOF_LINES:
        raise MalformedNote(f"{body[:60]!r} is no request to cosign a checkpoint")
    proof = tuple(map(decode_base64, lines))
    if any(len(each) != HASH_SIZE for each in proof):
        raise MalformedNote("a line of a consistency proof is one hash")
    return CosignRequest(number, proof, note)


def judge_checkpoint(
    cosigned: LogCheckpoint | None, old: int, proof: Sequence[bytes], new: LogCheckpoint
) -> Verdict:
    """Whether a witness cosigns a checkpoint whose signature is right. `cosigned`: the latest that it cosigned of the
    same line of the log; None: none. Asking and storing the answer are one transaction."""
    if old > new.size:
        return Verdict.BAD_REQUEST
    if old != (cosigned.size if cosigned else 0):
        return Verdict.CONFLICT
    if cosigned is None:
        return Verdict.NOT_CONSISTENT if proof else Verdict.COSIGN
    if old == new.size and cosigned.root != new.root:
        return Verdict.CONFLICT
    if not verify_consistency(old, cosigned.root, new.size, new.root, proof):
        return Verdict.NOT_CONSISTENT
    return Verdict.COSIGN


def find_split_views(
    one: Iterable[LogCheckpoint], other: Iterable[LogCheckpoint]
) -> list[tuple[LogCheckpoint, LogCheckpoint]]:
    """Pairs of checkpoints of one line and one size with different roots: their origin shows two histories. Whoever
    finds a pair gives both signed notes on."""
    seen = {(each.origin_line, each.size): each for each in one}
    pairs = ((seen.get((each.origin_line, each.size)), each) for each in other)
    return [(before, each) for before, each in pairs if before and before.root != each.root]
