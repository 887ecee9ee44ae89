"""What a site makes of a bundle: entries are stored chunk by chunk, then one receipt says what is accepted, and from
its instant on it is known here."""

from collections import Counter
from collections.abc import Generator, Iterable
from time import monotonic
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from services.sync.bundles.comparing import MAX_NOTE
from services.sync.bundles.faults import Fault
from services.sync.bundles.member_names import Member, MemberKind, parse_member
from services.sync.bundles.proving import MAX_CHUNK, open_chunk
from services.sync.bundles.reading import Bundle, MemberReader
from services.sync.domain.heads import to_stored
from services.sync.domain.receipts import IssuedReceipts, receipt_key
from services.sync.events import HeldRange, Received
from services.sync.exchange.clocks import (
    UNSURE,
    compare_clock,
    is_own_clock_doubted,
    measure_skew,
    newest_checkpoints,
)
from services.sync.exchange.cosigning import cosign_logs, read_cosignatures
from services.sync.exchange.forks import make_quarantines, own_forked_logs
from services.sync.exchange.heard import find_hearings, note_contact
from services.sync.exchange.partners import check_sender
from services.sync.exchange.restoring import find_restoration
from services.sync.exchange.site_replica import APPLIED, LAST_SAID, RECEIVED, SiteReplica
from services.sync.exchange.site_tree import RECEIPTS, REGISTRY, flows
from services.sync.exchange.subject_keys import MAX_KEYS, open_keys
from services.sync.exchange.witnessing import note_checkpoint
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Instant, day_of, later
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint
from shared.replica.chunks import BadChunk, Chunk
from shared.replica.counting import find_held_parts
from shared.replica.envelopes import MAX_CLOCK_AHEAD
from shared.replica.exchange import announced_heads, lost_heads, next_targets
from shared.replica.importing import Imported
from shared.replica.receipts import open_receipt, receipt_heads
from shared.replica.runs import Head, LogId
from shared.replica.store.exchange_state import MESSAGE, BundleRecord
from shared.replica.union import Outcome, count_outcomes

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Work that lets others have their turn between its steps, and what comes of it."""
ACTOR = "site:sync"
_MAX_RECEIPT = 16 * 2**20
ROWS_SECONDS = 120.0
"""So long an answer waits for the rows of what its message brought, which is stored and receipted before."""
OTHERS_SECONDS = 0.05
"""So long for those of what others brought; where more are to be made, it does not wait for its own either."""


class Applied(msgspec.Struct, frozen=True):
    """What became of a bundle."""

    sender: str
    number: int
    entries: dict[str, int]
    """How many entries had each outcome: next, duplicate, early, fork, waiting, invalid."""
    changed: int
    """How many streams have facts that count now and did not before, or the reverse."""
    faults: tuple[Fault, ...]
    """Chunks that were refused; the others were taken."""
    waiting: dict[str, int]
    """By site that is not registered here yet, how many chunks stand aside."""
    filling: tuple[str, ...]
    """Sites whose first synchronisation is not complete, so that nothing of them is shown yet."""
    cosigned: tuple[str, ...] = ()
    """Lines of logs of the sender of which this site has cosigned a checkpoint."""


def apply_bundle(replica: SiteReplica, bundle: Bundle) -> Applied:
    """Store what a bundle brings and record a receipt for it. Whatever interrupts it: applied again, the same bundle
    gives the same; what was stored without a receipt gets one with the next. Raises NotMyChild and SiteClosed; then
    nothing of it was stored."""
    steps = apply_in_steps(replica, bundle)
    with replica.ledger.import_alone():
        while True:
            try:
                next(steps)
            except StopIteration as end:
                applied: Applied = end.value
                return applied


def apply_in_steps(replica: SiteReplica, bundle: Bundle, by_line: bool = False) -> Steps[Applied]:
    """As `apply_bundle`, one chunk after another, so that others may have their turn between them. `by_line`: it has
    just been made, so its vector is the present one; where it says nothing new, nothing is written."""
    check_sender(replica.tree, replica.site, bundle.header.sender)
    return _Application(replica, bundle, by_line).run()


class _Application:
    def __init__(self, replica: SiteReplica, bundle: Bundle, by_line: bool) -> None:
        self._replica, self._bundle, self._by_line = replica, bundle, by_line
        self._sender = bundle.header.sender
        self._begun = {log.origin for log in replica.store.logs()} | {replica.site}
        self._arrival = replica.arrival()
        self._outcomes, self._faults = Counter[Outcome](), list[Fault]()
        self._unread = self._registry_grew = self._is_stored = self._saw_split_view = False
        self._is_vouched = False
        self._signed = set[LogId]()
        """Logs of which it brings a checkpoint."""
        self._checkpoints = list[LogCheckpoint]()
        """Those of logs of the sender."""
        self._is_contact_kept, self._state = True, APPLIED

    def run(self) -> Steps[Applied]:
        replica, header = self._replica, self._bundle.header
        self._set_targets()
        for name, reader in self._bundle.members():
            if member := parse_member(name):
                self._take(member, name, reader)
                yield
        self._take_registry()
        self._is_stored = True
        self._set_targets()
        self._remember_sender()
        source = f"line:{self._sender}" if self._by_line else f"bundle:{self._sender}/{header.number}"
        if self._is_vouched:
            replica.reload_tree()
        judge_all = self._registry_grew or self._saw_split_view or self._is_vouched
        is_alone = yield from _make_rows(replica, OTHERS_SECONDS)
        changed = count_received(replica, self._sender, source, judge_all=judge_all)
        cosigned = cosign_logs(replica, self._sender, sorted(self._signed))
        if not self._by_line:
            replica.ledger.project_pending()
        elif is_alone:
            yield from _make_rows(replica, ROWS_SECONDS)
        if not changed and self._is_contact_kept:
            note_contact(replica, self._sender)
        if restoration := find_restoration(replica, self._bundle.vector.heads):
            replica.state_restored(*restoration)
        if not self._by_line:
            replica.store.exchange.keep_bundle(
                BundleRecord(RECEIVED, self._sender, header.number, header.sha256, header.at, self._state)
            )
        return Applied(
            self._sender,
            header.number,
            {str(outcome): count for outcome, count in sorted(self._outcomes.items())},
            changed,
            tuple(self._faults),
            replica.store.count_waiting(),
            tuple(sorted({head.origin for head in replica.store.exchange.targets()})),
            tuple(cosigned),
        )

    def _take(self, member: Member, name: str, reader: MemberReader) -> None:
        match member.kind:
            case MemberKind.ENTRIES | MemberKind.FILL:
                if member.log and member.log.topic != REGISTRY:
                    self._take_registry()
                self._take_chunk(member, name, reader)
            case MemberKind.KEYS:
                self._take_keys(reader)
            case MemberKind.RECEIPT:
                self._take_receipt(name, reader)
            case MemberKind.CHECKPOINT:
                self._take_checkpoint(member, name, reader)
            case MemberKind.WITNESS if member.log and member.log.origin == self._replica.site:
                self._take_cosignatures(member.log, name, reader)

    def _take_chunk(self, member: Member, name: str, reader: MemberReader) -> None:
        try:
            chunk = open_chunk(member, reader.read_all(MAX_CHUNK))
        except BadChunk as error:
            self._faults.append(Fault(error.rule, name, str(error)))
            return
        imported = self._import(chunk)
        if (
            imported.rule == "UnknownKey" and self._unread
        ):  # what came of the registry before it may name the key
            self._take_registry()
            imported = self._import(chunk)
        if imported.proven and member.log and member.log.origin == self._sender:
            self._checkpoints.append(imported.proven.checkpoint)
        self._count(chunk.header.log, name, imported)

    def _import(self, chunk: Chunk) -> Imported:
        return self._replica.store.import_chunk(chunk, self._replica.tree.signing_keys(), self._arrival)

    def _count(self, log: LogId, name: str, imported: Imported) -> None:
        self._signed.add(log)
        outcomes = count_outcomes(imported.outcomes)
        self._outcomes += outcomes
        if outcomes[Outcome.INVALID]:
            self._faults.append(Fault(imported.rule, name, "its origin did not sign this"))
        self._unread |= log.topic == REGISTRY and imported.proven is not None

    def _take_registry(self) -> None:
        """Let what came of the registry say whose chunks can be proven, those that wait included."""
        while self._unread:
            self._unread, self._registry_grew = False, True
            self._replica.reload_tree()
            self._set_targets()
            keys = self._replica.tree.signing_keys()
            for chunk, imported in self._replica.store.retry_waiting(keys, self._arrival):
                self._count(chunk.header.log, f"waiting/{chunk.header.log.topic}", imported)

    def _take_checkpoint(self, member: Member, name: str, reader: MemberReader) -> None:
        """Keep what a site signed last about a log, and look whether it shows another history to somebody else."""
        note = reader.read_all(MAX_NOTE).decode("utf-8", "replace")
        keys = self._replica.tree.signing_keys()
        try:
            checkpoint = open_checkpoint(note, keys.get(member.log.origin, ()) if member.log else ())
        except UnknownKey:
            return  # its site is not registered here yet
        except (BadSignature, MalformedNote) as error:
            self._faults.append(Fault(type(error).__name__, name, str(error)))
            return
        if checkpoint.log != member.log:
            return
        if note_checkpoint(self._replica, checkpoint, note):
            self._saw_split_view = True
            return
        self._signed.add(checkpoint.log)
        if checkpoint.log.origin == self._sender:
            self._checkpoints.append(checkpoint)
        has_keys, received_at = len(keys[checkpoint.log.origin]), self._arrival.received_at
        self._is_vouched |= self._replica.store.keep_checkpoint(checkpoint, note, received_at, has_keys)

    def _take_cosignatures(self, log: LogId, name: str, reader: MemberReader) -> None:
        """Keep what a site above cosigned of a log of this one."""
        note = reader.read_all(MAX_NOTE).decode("utf-8", "replace")
        try:
            notes = read_cosignatures(self._replica, log, note)
        except (UnknownKey, BadSignature, MalformedNote) as error:
            self._faults.append(Fault(type(error).__name__, name, str(error)))
            return
        self._replica.store.exchange.keep_witnessed(notes)

    def _take_keys(self, reader: MemberReader) -> None:
        replica = self._replica
        keys = open_keys(reader.read_all(MAX_KEYS), self._sender, replica.site, replica.box_keys)
        for maker in {each.maker for each in keys}:  # its own too: a backup may be older than they are
            replica.ledger.keys.store_keys(
                ((each.subject, each.key) for each in keys if each.maker == maker), maker
            )

    def _take_receipt(self, name: str, reader: MemberReader) -> None:
        """Keep the newest receipt of each issuer: what it says over the line, else what its clock says is newer; one of
        the future, by a clock far ahead, gives way to any."""
        exchange, keys = self._replica.store.exchange, self._replica.tree.signing_keys()
        raw = reader.read_all(_MAX_RECEIPT).decode("utf-8", "replace")
        every = [key for each in keys.values() for key in each]
        try:
            receipt = open_receipt(raw, every)
            kept = self._replica.read_note_of(receipt.issuer)  # none that a thief signed
            is_present = self._by_line and receipt.issuer == self._sender
            if (
                kept is None
                or is_present
                or kept.issued_at < receipt.issued_at
                or self._is_ahead(kept.issued_at)
            ):
                exchange.keep_receipt(receipt.issuer, receipt.issued_at, raw)
        except (UnknownKey, BadSignature, MalformedNote) as error:
            self._faults.append(Fault(type(error).__name__, name, str(error)))

    def _set_targets(self) -> None:
        """Say what first synchronisations wait for. That is done before anything of a new origin is stored: a process
        that dies in between must not show a part as the whole."""
        replica, vector, exchange = self._replica, self._bundle.vector, self._replica.store.exchange
        targets, known_lost = exchange.targets(), exchange.lost()
        told = announced_heads(vector.heads, vector.targets)
        announced = [h for h in told if flows(replica.tree, h.log, self._sender, replica.site)]
        lost = known_lost | frozenset(vector.lost)
        if self._is_stored:
            asked_for = frozenset(vector.targets)
            lost = lost_heads(replica.site, lost, asked_for, replica.tree.closings(), replica.is_here)
        given_up = lost | replica.accepted_targets()
        following = next_targets(targets, announced, self._begun, replica.is_here, given_up)
        if following != targets or lost - known_lost:
            exchange.replace_targets(following, lost)

    def _remember_sender(self) -> None:
        """Remember the neighbour as it said last that it is."""
        replica, header, known = self._replica, self._bundle.header, self._replica.peer(self._sender)
        vector, exchange = frozenset(self._bundle.vector.heads), replica.store.exchange
        compare_clock(replica, self._sender, header.at, self._arrival.received_at)
        asked = frozenset(self._bundle.vector.targets)
        if asked != exchange.asked(self._sender):
            exchange.keep_asked(self._sender, asked)
        if self._by_line:
            replica.bases.note_remembered(self._sender, self._bundle.vector.known)
            vector = self._with_former_heads(vector, known.vector)
        if self._by_line and vector == known.vector:
            self._is_contact_kept = replica.note_contact(self._sender)
            return
        signed = newest_checkpoints(replica, self._sender) if self._by_line else self._checkpoints
        skew = measure_skew(replica, self._sender, header.at, self._arrival.received_at, signed)
        is_last = self._by_line or self._is_last_said()
        if is_last or skew:  # a file of before, which comes late, says nothing about the clock as it is now
            known = replace(known, clock_skew=skew)
        if is_last:
            known, self._state = replace(known, vector=vector), LAST_SAID
            for earlier in exchange.bundles(RECEIVED, self._sender):
                if earlier.state in (LAST_SAID, MESSAGE):
                    exchange.keep_bundle(replace(earlier, state=APPLIED))
        if self._by_line:
            exchange.keep_message(
                BundleRecord(RECEIVED, self._sender, header.number, header.sha256, header.at, MESSAGE)
            )
        replica.keep_peer(replace(known, last_contact=self._arrival.received_at))

    def _is_last_said(self) -> bool:
        """Whether the neighbour has said nothing later. Its clock says so, unless what it said last was made in the
        future, by a clock that was far ahead: then what comes later is later. Where that errs, what it has is sent
        again; where what was said in the future were believed, a neighbour restored since would never get it."""
        last = self._replica.last_message(self._sender)
        return last is None or self._bundle.header.at >= last.at or self._is_ahead(last.at)

    def _is_ahead(self, at: Instant) -> bool:
        return at > later(self._arrival.received_at, MAX_CLOCK_AHEAD)

    def _with_former_heads(self, vector: frozenset[Head], former: frozenset[Head]) -> frozenset[Head]:
        """The vector, and with each head that is unknown here the last one of its epoch that was known before: up to
        there the neighbour still has it, for whoever is restored begins another epoch."""
        replica = self._replica
        unknown = {
            (head.log, head.epoch): head.seq
            for head in vector - replica.all_heads()
            if not replica.is_here(head)
        }
        last = dict[tuple[LogId, str], Head]()
        for head in former - vector if unknown else ():
            key = head.log, head.epoch
            if head.seq <= unknown.get(key, 0) and replica.is_here(head):
                last[key] = max(last.get(key, head), head, key=lambda each: each.seq)
        return vector | frozenset(last.values())


def _make_rows(replica: SiteReplica, seconds: float) -> Steps[bool]:
    """Make the rows of what counts, in slices, unless that takes too long. Whether all are made."""
    until = monotonic() + seconds
    while replica.ledger.project_slice():
        if monotonic() > until:
            return False
        yield
    return True


def record_receipt(replica: SiteReplica, sender: str, source: str, judge_all: bool = False) -> int:
    """As `count_received`, and make the rows."""
    changed = count_received(replica, sender, source, judge_all)
    replica.ledger.project_pending()
    return changed


def count_received(replica: SiteReplica, sender: str, source: str, judge_all: bool = False) -> int:
    """Record what is accepted of the logs that changed, and which forks are in them, and let it count from then on.
    Where nothing changed nothing is recorded. `source`: as in the receipt; `judge_all`: the registry has changed, and
    with it perhaps what counts of any log. Returns the number of streams whose facts changed."""
    store, ledger = replica.store, replica.ledger
    unmarked, forked = store.unmarked_logs(), own_forked_logs(replica)
    judge_all = judge_all or any(log.topic == REGISTRY for log in unmarked)  # of an application cut short
    stamp = replica.tree.judging_stamp()
    judge_all = judge_all or stamp != store.exchange.judged_by()  # stated here, by whichever process
    if not unmarked and not judge_all and not forked:
        return 0
    last = replica.issued_by(replica.site)
    quarantines = make_quarantines(replica, store.logs() if judge_all else unmarked)
    judged = [log for log in unmarked if log.topic != RECEIPTS]
    if judge_all and last:
        judged += [log for log in last.by_log if log not in unmarked and _is_judged_anew(replica, log, last)]
    heads, held = _accepted(replica, judged)
    origin = Origin(actor=ACTOR, command_id=receipt_key(heads, last.last if last else "", sender))
    today = day_of(replica.clock())
    clock = UNSURE if is_own_clock_doubted(store.exchange.peers()) else ""
    fact = Received(
        source=source, heads=to_stored(heads), held=tuple(held), clock=clock, effective_from=today
    )
    hearings = find_hearings(replica, {sender, *(log.origin for log in unmarked)})
    with ledger.count_foreign_events() as known:
        for fork in quarantines:
            [event] = ledger.apps[RECEIPTS].handle(replica.site, fork, Origin(actor=ACTOR)).events
            known = event.recorded_at
        if heads or held:
            [event] = ledger.apps[RECEIPTS].handle(sender, fact, origin).events
            # recorded in an earlier life of this site perhaps: what is known again is so now
            known = max(known, event.recorded_at)
        logs = store.logs() if judge_all else sorted({*unmarked, *forked})
        streams = store.mark_known(known, replica.judge, logs)
        store.exchange.note_hearings(known, hearings)
        if judge_all:
            store.exchange.keep_judged_by(stamp)
    if LogId(replica.site, RECEIPTS) in unmarked:
        # receipts of before a restore came back, and may be the newest
        count_received(replica, sender, source, judge_all=True)
    return len(streams)


def _is_judged_anew(replica: SiteReplica, log: LogId, last: IssuedReceipts) -> bool:
    """Whether what is accepted of another site's log is no longer what the last receipt about it says."""
    if log.origin == replica.site:
        return False
    heads = receipt_heads(replica.store.load_log(log), replica.judge(log), replica.store.root_reader(log))
    return heads != last.by_log[log].heads


def judge_again(replica: SiteReplica) -> int:
    """Let what this site itself stated in the registry decide what counts here, from now on. Returns the number of
    streams whose facts changed."""
    replica.reload_tree()
    return record_receipt(replica, replica.site, f"line:{replica.site}", judge_all=True)


def _accepted(replica: SiteReplica, logs: Iterable[LogId]) -> tuple[frozenset[Head], list[HeldRange]]:
    """What a receipt says of these logs: their last accepted entries, and what is here and does not count."""
    heads, held = set[Head](), list[HeldRange]()
    targets = replica.store.exchange.targets()
    for log in logs:
        runs, roots, says = replica.store.load_log(log), replica.store.root_reader(log), replica.judge(log)
        heads |= receipt_heads(runs, says, roots)
        for (run, first, last), why in find_held_parts(runs, says, targets, roots):
            held.append(HeldRange(log.origin, log.topic, run.epoch, first, last, str(why)))
    return frozenset(heads), held
