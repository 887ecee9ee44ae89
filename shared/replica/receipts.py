"""Receipts: what a site has signed that it accepted. Nothing else may be called delivered."""

from collections.abc import Callable, Iterable

import msgspec

from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import MalformedNote, Signer, Verifier, key_name, split_note, verify_note
from shared.replica.counting import LogJudgement, accepted_coverage, uncontested_coverage
from shared.replica.coverage import (
    Coverage,
    RunPart,
    coverage_of,
    intersect,
    is_covered,
    is_solid,
    last_heads,
    parts_beyond,
)
from shared.replica.runs import Head, LogRuns, RootReader


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A site's statement of what it has accepted, at an instant of its own clock."""

    issuer: str
    issued_at: Instant
    heads: frozenset[Head]


def receipt_heads(log: LogRuns, says: LogJudgement, roots: RootReader) -> frozenset[Head]:
    """What a receipt states about a log: never what is early, in quarantine or held for its key."""
    return last_heads(log, accepted_coverage(log, LogJudgement(says.settled, (), says.trusted), roots), roots)


def sign_receipt(receipt: Receipt, signer: Signer) -> str:
    """The receipt as a signed note: one line of JSON, heads sorted."""
    heads = [msgspec.to_builtins(head) for head in sorted(receipt.heads)]
    line = msgspec.json.encode({"issuer": receipt.issuer, "issued_at": receipt.issued_at, "heads": heads})
    return signer.sign(line.decode() + "\n")


def open_receipt(note: str, keys: Iterable[Verifier]) -> Receipt:
    """The receipt that its issuer signed with one of these keys. Raises UnknownKey, BadSignature or MalformedNote."""
    try:
        receipt = msgspec.json.decode(split_note(note)[0], type=Receipt)
    except msgspec.MsgspecError as error:
        raise MalformedNote(f"this is not a receipt: {error}") from None
    verify_note(note, [key for key in keys if key.name == key_name(receipt.issuer)])
    return receipt


def newer_receipt(old: Receipt | None, new: Receipt, covers: Callable[[Receipt, Receipt], bool]) -> Receipt:
    """The one of two receipts of a site that counts: the later one; of one instant, that which covers more."""
    if old is None or old.issued_at < new.issued_at:
        return new
    if old.issued_at > new.issued_at or covers(old, new):
        return old
    return new


def covers_heads(log: LogRuns, old: Iterable[Head], new: Iterable[Head], roots: RootReader) -> bool:
    """Whether what the old heads of a log cover has all the new heads of it in it."""
    new = frozenset(head for head in new if head.log == log.id)
    covered = coverage_of(log, old, roots)
    return all(is_covered(log, covered, head, roots) for head in new)


def delivered_coverage(
    log: LogRuns, receipts: Iterable[Receipt], parent: str, roots: RootReader, says: LogJudgement
) -> Coverage:
    """Entries of a site's own log that its present parent has signed for, root for root."""
    signed = coverage_of(log, signed_heads(receipts, parent), roots)
    return intersect(signed, uncontested_coverage(log, says, roots))


def signed_heads(receipts: Iterable[Receipt], issuer: str) -> frozenset[Head]:
    """The heads in the kept receipt of a site."""
    return frozenset(head for receipt in receipts if receipt.issuer == issuer for head in receipt.heads)


def parts_lost_by(
    log: LogRuns, receipts: Iterable[Receipt], peer: str, vector: Iterable[Head], roots: RootReader
) -> list[RunPart]:
    """Entries of a site's own log that a neighbour signed for and no longer has: it was restored from a backup.

    Nothing is said where the neighbour's vector has heads of this log that are unknown here, for then it is this site
    that was restored or cloned.
    """
    own = [head for head in vector if head.log == log.id]
    if not all(is_solid(log, head, roots) for head in own):
        return []
    return parts_beyond(coverage_of(log, signed_heads(receipts, peer), roots), coverage_of(log, own, roots))
