"""What signed checkpoints alone say: whether one contradicts what is held, and whether this site cosigns it (C2SP
tlog-witness)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.eventlog.cosignatures import cosign
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, split_note
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint, parse_checkpoint
from shared.replica.runs import Head, LogId
from shared.replica.witnessing import Verdict, judge_checkpoint, parse_cosign_request

UNKNOWN_LOG, WRONG_SIGNATURE = 404, 403


class WitnessAnswer(NamedTuple):
    """What a witness answers to `add-checkpoint`: a status of HTTP and a body."""

    status: int
    body: str = ""


def add_checkpoint(replica: SiteReplica, body: str) -> WitnessAnswer:
    """Cosign a checkpoint that continues all that was cosigned of its line, and contradicts nothing that is held."""
    try:
        request = parse_cosign_request(body)
        log = parse_checkpoint(split_note(request.note)[0]).log
    except MalformedNote as error:
        return WitnessAnswer(Verdict.BAD_REQUEST, f"{error}\n")
    keys = replica.tree.signing_keys().get(log.origin)
    if keys is None:
        return WitnessAnswer(UNKNOWN_LOG, f"no site {log.origin} is registered here\n")
    try:
        checkpoint = open_checkpoint(request.note, keys)
    except (UnknownKey, BadSignature) as error:
        return WitnessAnswer(WRONG_SIGNATURE, f"{error}\n")
    contradicts = note_checkpoint(replica, checkpoint, request.note)
    answer = WitnessAnswer(Verdict.COSIGN)

    def decide(kept: str | None) -> LogCheckpoint | None:
        nonlocal answer
        cosigned = parse_checkpoint(split_note(kept)[0]) if kept else None
        verdict = judge_checkpoint(cosigned, request.old, request.proof, checkpoint)
        if verdict is Verdict.COSIGN and contradicts:
            verdict = Verdict.CONFLICT
        size = f"{cosigned.size if cosigned else 0}\n" if verdict is Verdict.CONFLICT else ""
        answer = WitnessAnswer(verdict, size)
        return checkpoint if verdict is Verdict.COSIGN else None

    seconds = int(datetime.fromisoformat(replica.clock()).timestamp())
    note = replica.store.exchange.cosign(
        checkpoint.origin_line, decide, lambda: cosign(request.note, replica.signer, seconds)
    )
    return WitnessAnswer(Verdict.COSIGN, f"{note.splitlines()[-1]}\n") if note else answer


def note_checkpoint(replica: SiteReplica, checkpoint: LogCheckpoint, note: str) -> bool:
    """Keep a checkpoint, whose signature is right, where it contradicts what is held; whether it does."""
    contradicts = replica.store.contradicts(checkpoint)
    if contradicts:
        replica.store.exchange.keep_split_view(checkpoint.head, note)
    return contradicts


def checkpoints_unknown_to(
    replica: SiteReplica, sent: frozenset[LogId], known: frozenset[Head]
) -> Iterator[tuple[LogCheckpoint, str]]:
    """The newest checkpoints of logs that a neighbour is not sent, where it lacks their last entry: should their
    origin show it another history, it learns of it. `sent`: the others. Receipts flow up only, and are left out."""
    unknown = {head.log for head in replica.all_heads() - known if head.log.topic != RECEIPTS}
    for log in sorted(unknown - sent):
        for note in replica.store.read_checkpoints(log):
            checkpoint = parse_checkpoint(split_note(note)[0])
            if checkpoint.head not in known:
                yield checkpoint, note
