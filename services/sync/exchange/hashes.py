"""`POST /sync/hashes`: the roots that a neighbour has at places of a log, as signed notes. Two sites with different
histories of a log find the first entry that differs by them, and need not send any."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Literal, TypeVar

import msgspec

from services.sync.exchange.forks import Fork, find_split_views
from services.sync.exchange.partners import NotMyChild, check_sender
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.errors import SiteClosed
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import (
    BadSignature,
    MalformedNote,
    UnknownKey,
    encode_base64,
    is_signed_by,
    split_note,
    verify_note,
)
from shared.replica.runs import Head, LogId, RootNotKnown, root_at

MAX_SEQS = 64
"""Places in one request."""
_SPLITS = 7
"""Places that are asked for at once: each round leaves an eighth of the entries."""
Ask = Callable[[str], str]
"""Gives the answer to a request."""


class HashRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which roots somebody asks for. `from` and `to` are sites."""

    format: Literal["cadre-hashes-1"] = "cadre-hashes-1"
    sender: str = msgspec.field(name="from")
    to: str
    at: Instant
    origin: str
    topic: str
    epoch: str
    seqs: tuple[int, ...]


class Hashes(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: of each place the root in base64; empty where the entry is not here, or the log is forked there."""

    format: Literal["cadre-roots-1"] = "cadre-roots-1"
    sender: str = msgspec.field(name="from")
    answers: str
    """SHA-256 of the request."""
    roots: tuple[str, ...]


class HashesRefused(ValueError):
    """No roots are given. `rule`: why; `status`: of HTTP."""

    def __init__(self, rule: str, status: int, detail: str) -> None:
        super().__init__(detail)
        self.rule, self.status = rule, status


T = TypeVar("T", HashRequest, Hashes)


def answer_hashes(replica: SiteReplica, note: str) -> str:
    """The signed answer to a signed request of a neighbour. Raises HashesRefused."""
    try:
        request = _read(note, HashRequest)
        keys = replica.tree.present_keys().get(request.sender)
        if keys is None:
            raise HashesRefused("UnknownSite", 403, f"no site {request.sender[:40]} is registered here")
        verify_note(note, keys)
    except MalformedNote as error:
        raise HashesRefused("BadRequest", 422, str(error)) from None
    except (UnknownKey, BadSignature) as error:
        is_old = is_signed_by(note, replica.tree.replaced_keys().get(request.sender, ()))
        raise HashesRefused("RevokedKey" if is_old else type(error).__name__, 422, str(error)) from None
    if request.to != replica.site:
        raise HashesRefused("NotAddressed", 403, f"it is for {request.to[:40]}")
    if not 0 < len(request.seqs) <= MAX_SEQS:
        raise HashesRefused(
            "TooMuch", 422, f"{len(request.seqs)} places; {MAX_SEQS} may be asked for at once"
        )
    try:
        check_sender(replica.tree, replica.site, request.sender)
    except (NotMyChild, SiteClosed) as error:
        raise HashesRefused(type(error).__name__, 409, str(error)) from None
    log = LogId(request.origin, request.topic)
    if log.topic == RECEIPTS or log not in replica.store.logs():
        roots = [b""] * len(request.seqs)
    else:
        roots = [_root(replica, log, request.epoch, seq) for seq in request.seqs]
    answer = Hashes(
        sender=replica.site,
        answers=sha256(note.encode()).hexdigest(),
        roots=tuple(encode_base64(root) if root else "" for root in roots),
    )
    return replica.signer.sign(msgspec.json.encode(answer).decode() + "\n")


def find_first_difference(
    replica: SiteReplica, neighbour: str, log: LogId, epoch: str, last: int, ask: Ask
) -> int:
    """The first seq of an epoch at which a neighbour has another root than this site. 0: it has none at the last, or
    the same there. Raises HashesRefused where the answer is not the neighbour's."""
    low, high, is_known = 1, last, False
    while low < high or not is_known:
        inner = {low + (high - low) * each // (_SPLITS + 1) for each in range(1, _SPLITS + 1)}
        seqs = sorted({*inner, *([] if is_known else [last])} - {0})
        theirs = _ask_for(replica, neighbour, log, epoch, seqs, ask)
        same = {
            seq: bool(root) and root == encode_base64(_root(replica, log, epoch, seq) or b"-")
            for seq, root in zip(seqs, theirs, strict=True)
        }
        if not is_known and (same[last] or not theirs[-1]):
            return 0
        is_known = True
        low = max([low, *(seq + 1 for seq, is_same in same.items() if is_same)])
        high = min(
            seq for seq in (high, *(each for each, is_same in same.items() if not is_same)) if seq >= low
        )
    return high


def name_split_views(replica: SiteReplica, neighbour: str, ask: Ask) -> list[Fork]:
    """Find, of every log of which a signed checkpoint contradicts what is held, the first entry that differs from what
    a neighbour has, and remember it for the alarm. Returns what was found."""
    found, known = [], replica.store.exchange.parted()
    for fork, _ in find_split_views(replica):
        if (fork.log, fork.epoch, fork.seq) in known:
            continue
        first = find_first_difference(replica, neighbour, fork.log, fork.epoch, fork.seq, ask)
        if first:
            head = Head(fork.log.origin, fork.log.topic, fork.epoch, fork.seq, b"")
            replica.store.exchange.keep_parted(head, first)
            found.append(fork._replace(seq=first))
    return found


def _ask_for(
    replica: SiteReplica, neighbour: str, log: LogId, epoch: str, seqs: Sequence[int], ask: Ask
) -> tuple[str, ...]:
    request = HashRequest(
        sender=replica.site,
        to=neighbour,
        at=replica.clock(),
        origin=log.origin,
        topic=log.topic,
        epoch=epoch,
        seqs=tuple(seqs),
    )
    note = replica.signer.sign(msgspec.json.encode(request).decode() + "\n")
    answer = ask(note)
    try:
        hashes = _read(answer, Hashes)
        verify_note(answer, replica.tree.present_keys().get(neighbour, ()))
    except (MalformedNote, UnknownKey, BadSignature) as error:
        raise HashesRefused("BadAnswer", 502, str(error)) from None
    if (hashes.sender, hashes.answers) != (neighbour, sha256(note.encode()).hexdigest()):
        raise HashesRefused("BadAnswer", 502, "it does not answer this request")
    if len(hashes.roots) != len(seqs):
        raise HashesRefused("BadAnswer", 502, f"{len(hashes.roots)} roots for {len(seqs)} places")
    return hashes.roots


def _root(replica: SiteReplica, log: LogId, epoch: str, seq: int) -> bytes:
    """The root of the only line at a place; nothing where there is none, or several."""
    runs, roots = replica.store.load_log(log), replica.store.root_reader(log)
    at = [run for run in runs.runs if run.epoch == epoch and run.first <= seq <= run.last]
    try:
        return root_at(at[0], seq, roots) if len(at) == 1 else b""
    except RootNotKnown:
        return b""


def _read(note: str, kind: type[T]) -> T:
    """Raises MalformedNote."""
    try:
        return msgspec.json.decode(split_note(note)[0], type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedNote(f"this is no {kind.__name__}: {error}") from None
