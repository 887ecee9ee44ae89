"""Sites in memory over the product's core: what a store hands in is computed here from plain sets of entries.

Nothing here decides anything: which entries are taken, sent, counted or delivered is what `shared.replica` says. Only
the writer of a site's own log is played (`append_fact`); in the product that is `shared.eventlog.log_writer`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

import msgspec

from shared.core.partial_dates import Instant
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import EMPTY_ROOT, hash_leaf
from shared.eventlog.signed_notes import BadSignature, Signer, UnknownKey
from shared.replica import exchange, importing, parted_lines, receipts, scope
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.chunks import Chunk, ChunkHeader, Stubs
from shared.replica.counting import (
    Closing,
    FactPlace,
    LogJudgement,
    counted_coverage,
    parked_parts,
    sort_for_folding,
)
from shared.replica.coverage import (
    Coverage,
    coverage_of,
    is_covered,
    parts_beyond,
    solid_coverage,
)
from shared.replica.envelopes import EntryEnvelope, raise_lamport, read_envelope
from shared.replica.receipts import Receipt
from shared.replica.runs import Head, LogId, LogRuns, RootReader, Run
from shared.replica.union import Outcome, add_run, count_outcomes

SIGNERS = {site: Signer(site, hash_leaf(site.encode())) for site in ("W", "D", "C", "X")}
KEYS = {site: (signer.verifier,) for site, signer in SIGNERS.items()}
TOPIC = "appointment"
ALL = LogJudgement()
CHECKPOINTS: dict[bytes, str] = {}
"""By root, the checkpoint that an origin signs after each entry; everybody gets them all."""


class Entry(NamedTuple):
    """An entry as a store would keep it: `before` is the root before it, the checkpoint proves it."""

    head: Head
    position: int
    before: bytes
    leaf: bytes
    checkpoint: str


class Replica(NamedTuple):
    """What one site keeps."""

    site: str
    parent: str = ""
    entries: frozenset[Entry] = frozenset()
    logs: tuple[LogRuns, ...] = ()
    payloads: frozenset[tuple[Head, bytes]] = frozenset()
    own: Head | None = None
    """The last entry of the line that it writes."""
    epoch: str = ""
    """Empty from a start of the process to its first write."""
    targets: frozenset[Head] = frozenset()
    lost: frozenset[Head] = frozenset()
    receipts: frozenset[Receipt] = frozenset()
    scope: int = 0
    closings: frozenset[Closing] = frozenset()


class Message(NamedTuple):
    """What travels, by line or as a bundle file. A closing is a fact of the registry, which flows everywhere."""

    chunks: tuple[Chunk, ...] = ()
    fills: tuple[Chunk, ...] = ()
    """Payloads of entries that the receiver holds as stubs."""
    announced: frozenset[Head] = frozenset()
    receipt: str = ""
    scope: int = 0
    withheld: frozenset[Head] = frozenset()
    lost: frozenset[Head] = frozenset()
    closings: frozenset[Closing] = frozenset()


@cache
def make_state(text: str, site: str, epoch: str, seq: int, lamport: int) -> bytes:
    """A stored fact: all that importing reads of it, and a field that it does not know."""
    return msgspec.json.encode(
        {
            "event_id": f"{text}-{epoch}-{seq}",
            "site": site,
            "epoch": epoch,
            "seq": seq,
            "stream": text,
            "recorded_at": instant(lamport),
            "lamport": lamport,
            "fact": {"type": "toy.noted"},
            "of a later version": text,
        }
    )


def instant(number: int) -> Instant:
    return Instant(f"2026-01-01T00:00:{number:02d}.000000Z")


@cache
def read_state(state: bytes) -> EntryEnvelope:
    envelope = read_envelope(state)
    assert envelope
    return envelope


@cache
def by_root(entries: frozenset[Entry]) -> Mapping[bytes, Entry]:
    return {entry.head.root: entry for entry in entries}


def roots_of(entries: frozenset[Entry]) -> RootReader:
    """The root at an entry inside a run: back from the last entry of the run, link by link."""
    found = by_root(entries)

    def read_root(run: Run, seq: int) -> bytes:
        root = run.root
        for _ in range(run.last - seq):
            root = found[root].before
        return root

    return read_root


@cache
def heads_in(entries: frozenset[Entry], part: tuple[Run, int, int]) -> tuple[Head, ...]:
    """The entries of a part of a run."""
    run, first, last = part
    found, root = by_root(entries), roots_of(entries)(run, last)
    heads = []
    for _ in range(last - first + 1):
        heads.append(found[root].head)
        root = found[root].before
    return tuple(heads[::-1])


def heads_of(replica: Replica, coverage: Coverage) -> frozenset[Head]:
    return frozenset(h for part in parts_beyond(coverage, {}) for h in heads_in(replica.entries, part))


# What a site writes


@cache
def make_entry(site: str, epoch: str, own: Entry | None, leaves: tuple[bytes, ...], state: bytes) -> Entry:
    """The next entry of a line, with a checkpoint over the line that its origin signs."""
    seq = own.head.seq + 1 if own and own.head.epoch == epoch else 1
    leaf = hash_leaf(state)
    root = range_of_leaves(0, (*leaves, leaf)).root()
    log = LogId(site, TOPIC)
    checkpoint = LogCheckpoint(log, len(leaves) + 1, root, epoch, seq, instant(len(leaves) + 1))
    note = sign_checkpoint(checkpoint, SIGNERS[site])
    before = own.head.root if own else EMPTY_ROOT
    CHECKPOINTS[root] = note
    return Entry(Head(site, TOPIC, epoch, seq, root), len(leaves), before, leaf, note)


def leaves_before(entries: frozenset[Entry], root: bytes) -> tuple[bytes, ...]:
    """The leaves of a line up to the entry with this root."""
    found, leaves = by_root(entries), []
    while root != EMPTY_ROOT:
        leaves.append(found[root].leaf)
        root = found[root].before
    return tuple(leaves[::-1])


def append_fact(replica: Replica, text: str, new_epoch: str) -> Replica:
    """Record a fact. A process that has not written yet opens an epoch, which begins at the end of its own line."""
    epoch = replica.epoch or new_epoch
    own = by_root(replica.entries)[replica.own.root] if replica.own else None
    seq = own.head.seq + 1 if own and own.head.epoch == epoch else 1
    lamport = 1
    for _, state in replica.payloads:
        lamport = raise_lamport(lamport, read_state(state).lamport + 1)
    state = make_state(text, replica.site, epoch, seq, lamport)
    leaves = leaves_before(replica.entries, own.head.root if own else EMPTY_ROOT)
    entry = make_entry(replica.site, epoch, own, leaves, state)
    written = take_chunk(replica, make_chunk(entry, own and own.head, leaves, state))[0]
    return written._replace(payloads=replica.payloads | {(entry.head, state)}, own=entry.head, epoch=epoch)


@cache
def make_chunk(entry: Entry, previous: Head | None, leaves: tuple[bytes, ...], state: bytes | None) -> Chunk:
    """A chunk of one entry, with its payload or as a stub."""
    header = ChunkHeader(
        origin=entry.head.origin,
        topic=entry.head.topic,
        epoch=entry.head.epoch,
        previous=(previous.epoch, previous.seq) if previous else None,
        first=entry.head.seq,
        start=entry.position,
        items=(Stubs(1, (entry.leaf,)) if state is None else len(state),),
        left=range_of_leaves(0, leaves).hashes,
        right=(),
        checkpoint=entry.checkpoint,
    )
    return Chunk(header, () if state is None else (state,))


def chunk_of(replica: Replica, head: Head, state: bytes | None) -> Chunk:
    entries = by_root(replica.entries)
    entry = entries[head.root]
    previous = entries[entry.before].head if entry.before in entries else None
    return make_chunk(entry, previous, leaves_before(replica.entries, entry.before), state)


@cache
def logs_made_again(entries: frozenset[Entry]) -> tuple[LogRuns, ...]:
    """The runs of the same entries when they come one by one, the last of each line first."""
    logs: dict[LogId, LogRuns] = {}
    for entry in sorted(entries, key=lambda entry: (-entry.position, entry)):
        log, head = entry.head.log, entry.head
        run = Run(head.epoch, head.seq, head.seq, entry.position, entry.before, head.root)
        logs[log] = add_run(logs.get(log, LogRuns(log)), run, roots_of(entries)).log
    return tuple(sorted(logs.values(), key=lambda log: log.id))


# What is exchanged


def version_vector(replica: Replica) -> frozenset[Head]:
    roots = roots_of(replica.entries)
    return frozenset[Head]().union(*(exchange.vector_of(log, roots) for log in replica.logs))


def log_of(replica: Replica, log: LogId) -> LogRuns:
    return next((each for each in replica.logs if each.id == log), LogRuns(log))


def missing_heads(replica: Replica, vector: Iterable[Head]) -> frozenset[Head]:
    roots, vector = roots_of(replica.entries), frozenset(vector)
    missing = (exchange.missing_heads(vector, log_of(replica, log), roots) for log in {h.log for h in vector})
    return frozenset[Head]().union(*missing)


def with_predecessors(replica: Replica, heads: frozenset[Head]) -> frozenset[Head]:
    roots = roots_of(replica.entries)
    return frozenset[Head]().union(
        *(heads_of(replica, coverage_of(log, heads, roots)) for log in replica.logs)
    )


def is_here(replica: Replica, head: Head) -> bool:
    log = log_of(replica, head.log)
    return is_covered(log, solid_coverage(log), head, roots_of(replica.entries))


def export_message(
    replica: Replica,
    receiver: frozenset[Head],
    wanted: frozenset[Head] | None = None,
    targets: frozenset[Head] = frozenset(),
    bare: frozenset[Head] = frozenset(),
    visible: Callable[[str, bytes], bool] = lambda origin, state: True,
    scope_revision: int = 0,
) -> Message:
    """What leads from the receiver's vector to ours, or to those of our heads that it wants."""
    roots, states = roots_of(replica.entries), dict(replica.payloads)
    solid = {head for log in replica.logs for head in heads_of(replica, solid_coverage(log))}
    invisible = {h for h in solid if h in states and not visible(scope.owner_of(h), states[h])}
    sent = [
        head
        for log in replica.logs
        for part in exchange.parts_to_send(log, receiver, wanted, roots)
        for head in heads_in(replica.entries, part)
    ]
    filled = sorted(head for head in bare & states.keys() if head not in invisible and head not in sent)
    return Message(
        chunks=tuple(
            chunk_of(replica, head, None if head in invisible else states.get(head)) for head in sent
        ),
        fills=tuple(chunk_of(replica, head, states[head]) for head in filled if head in solid),
        announced=exchange.announced_heads(version_vector(replica), replica.targets),
        scope=scope_revision,
        withheld=scope.withdrawals(scope_revision, invisible),
        lost=exchange.lost_heads(
            replica.site, replica.lost, targets, replica.closings, lambda head: is_here(replica, head)
        ),
        closings=replica.closings,
    )


def take_chunk(replica: Replica, chunk: Chunk) -> tuple[Replica, Counter[Outcome], Mapping[Head, bytes]]:
    """The replica with what is stored of a chunk, what became of its entries, and the payloads in it."""
    log = log_of(replica, chunk.header.log)
    imported = importing.import_chunk(log, chunk, KEYS, roots_of(replica.entries))
    outcomes = count_outcomes(imported.outcomes)
    proven = imported.proven
    if proven is None:
        return replica, outcomes, {}
    run, entries, before = proven.run, set[Entry](), proven.run.before
    for seq in range(run.first, run.last + 1):
        root = proven.root_at(seq)
        head, leaf = imported.log.head(run, seq, root), proven.items[seq - run.first].hashes[0]
        if root not in by_root(replica.entries):
            note = CHECKPOINTS.get(root, chunk.header.checkpoint)
            entries.add(Entry(head, run.offset + seq, before, leaf, note))
        before = root
    payloads = {imported.log.head(run, s, proven.root_at(s)): raw for s, raw in proven.payloads().items()}
    others = [each for each in replica.logs if each.id != log.id]
    logs = tuple(sorted([*others, imported.log], key=lambda each: each.id))
    return replica._replace(entries=replica.entries | entries, logs=logs), outcomes, payloads


def import_message(replica: Replica, message: Message) -> tuple[Replica, Counter[Outcome]]:
    """Chunk by chunk; then what the message says of targets, payloads and receipts."""
    outcomes, payloads = Counter[Outcome](), dict[Head, bytes]()
    begun = {replica.site} | {log.id.origin for log in replica.logs if any(run.solid for run in log.runs)}
    imported = replica
    for chunk in message.chunks:
        imported, met, sent = take_chunk(imported, chunk)
        outcomes += met
        payloads |= sent
    for chunk in message.fills:
        imported, _, sent = take_chunk(imported, chunk)
        payloads |= sent
    closed = imported._replace(
        targets=exchange.next_targets(
            replica.targets, message.announced, begun, lambda head: is_here(imported, head), message.lost
        ),
        lost=replica.lost | message.lost,
        closings=replica.closings | message.closings,
    )
    if scope.takes_payloads(replica.scope, message.scope):
        gone = scope.allowed_withdrawals(replica.site, replica.scope, message.scope, message.withheld)
        kept = dict(replica.payloads) | payloads
        closed = closed._replace(
            payloads=frozenset((head, state) for head, state in kept.items() if head not in gone),
            scope=scope.next_revision(replica.scope, message.scope),
        )
    return (keep_receipt(closed, message.receipt) if message.receipt else closed), outcomes


# Receipts


@cache
def sign_receipt(receipt: Receipt) -> str:
    return receipts.sign_receipt(receipt, SIGNERS[receipt.issuer])


@cache
def open_receipt(note: str) -> Receipt:
    return receipts.open_receipt(note, [key for keys in KEYS.values() for key in keys])


def issue_receipt(replica: Replica, now: int) -> str:
    roots = roots_of(replica.entries)
    heads = frozenset[Head]().union(*(receipts.receipt_heads(log, ALL, roots) for log in replica.logs))
    return sign_receipt(Receipt(replica.site, instant(now), heads))


def keep_receipt(replica: Replica, note: str) -> Replica:
    try:
        new = open_receipt(note)
    except (UnknownKey, BadSignature):
        return replica
    roots = roots_of(replica.entries)
    kept = {each.issuer: each for each in replica.receipts}

    def covers(old: Receipt, new: Receipt) -> bool:
        logs = [log_of(replica, log) for log in {head.log for head in new.heads}]
        return all(receipts.covers_heads(log, old.heads, new.heads, roots) for log in logs)

    chosen = receipts.newer_receipt(kept.get(new.issuer), new, covers)
    return replica._replace(receipts=frozenset({**kept, new.issuer: chosen}.values()))


def signed_by(replica: Replica, issuer: str) -> frozenset[Head]:
    return with_predecessors(replica, receipts.signed_heads(replica.receipts, issuer))


def delivered_heads(replica: Replica) -> frozenset[Head]:
    log, roots = log_of(replica, LogId(replica.site, TOPIC)), roots_of(replica.entries)
    return heads_of(replica, receipts.delivered_coverage(log, replica.receipts, replica.parent, roots, ALL))


def lost_by(replica: Replica, peer: str, vector: frozenset[Head]) -> frozenset[Head]:
    log, roots = log_of(replica, LogId(replica.site, TOPIC)), roots_of(replica.entries)
    parts = receipts.parts_lost_by(log, replica.receipts, peer, vector, roots)
    return frozenset(head for part in parts for head in heads_in(replica.entries, part))


# What is judged


@cache
def judge(replica: Replica) -> tuple[tuple[Head, EntryEnvelope], ...]:
    """The facts that answers are made of, in the total order of folding."""
    roots, states, says = roots_of(replica.entries), dict(replica.payloads), registry(replica)
    counted = {
        place_of(head, states[head]): head
        for log in replica.logs
        for head in heads_of(replica, counted_coverage(log, says, replica.targets, roots))
        if head in states
    }
    folded, _ = sort_for_folding(counted)
    return tuple((counted[fact], read_state(states[counted[fact]])) for fact in folded)


def place_of(head: Head, state: bytes) -> FactPlace:
    envelope = read_state(state)
    return FactPlace(envelope.lamport, head.origin, head.epoch, head.seq, head.topic, envelope.stream)


def registry(replica: Replica) -> LogJudgement:
    return LogJudgement(closings=tuple(replica.closings))


def counted_facts(replica: Replica) -> tuple[tuple[Head, EntryEnvelope], ...]:
    return judge(replica._replace(own=None, epoch="", lost=frozenset(), receipts=frozenset(), scope=0))


def solid_heads(replica: Replica) -> frozenset[Head]:
    return frozenset[Head]().union(*(heads_of(replica, solid_coverage(log)) for log in replica.logs))


def quarantined_heads(replica: Replica) -> frozenset[Head]:
    roots = roots_of(replica.entries)
    kept = (heads_of(replica, parted_lines.coverage_without_forks(log, roots)) for log in replica.logs)
    return solid_heads(replica).difference(*kept)


def parked_heads(replica: Replica) -> frozenset[Head]:
    roots = roots_of(replica.entries)
    parts = [part for log in replica.logs for part in parked_parts(log, replica.closings, roots)]
    return frozenset(head for part in parts for head in heads_in(replica.entries, part))


def find_forks(replica: Replica) -> frozenset[tuple[LogId, str, int]]:
    return frozenset(
        (log.id, epoch, seq) for log in replica.logs for epoch, seq in parted_lines.find_forks(log).items()
    )


def find_branches(replica: Replica) -> frozenset[tuple[LogId, str]]:
    return frozenset((log.id, epoch) for log in replica.logs for epoch in parted_lines.find_branches(log))


def find_gaps(replica: Replica) -> frozenset[tuple[LogId, parted_lines.Gap]]:
    return frozenset((log.id, gap) for log in replica.logs for gap in parted_lines.find_gaps(log))


CACHES = (
    by_root,
    logs_made_again,
    heads_in,
    make_entry,
    make_chunk,
    sign_receipt,
    open_receipt,
    judge,
    read_state,
)


def forget_all() -> None:
    """Forget what was computed, because the core has changed or so that memory does not grow."""
    for each in CACHES:
        each.cache_clear()
