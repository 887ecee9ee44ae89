"""Sites of a nation in memory over the product's core: each keeps runs, and all share one archive of entries by root.

What a site takes, sends, counts and calls delivered is what `shared.replica` says. The archive stands for the stores:
an entry is found by the root of its line, which no two lines share, so a site has an entry where its runs have it.
"""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from itertools import count
from typing import NamedTuple

import msgspec

from shared.core.partial_dates import Instant, from_microseconds
from shared.eventlog.compact_ranges import CompactRange, range_of_leaves
from shared.eventlog.merkle import EMPTY_ROOT, hash_leaf
from shared.eventlog.signed_notes import Signer, Verifier
from shared.replica import exchange, importing, receipts
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.chunks import BadChunk, Chunk, ChunkHeader, decode_chunk, encode_chunk
from shared.replica.counting import LogJudgement, counted_coverage, find_held_parts
from shared.replica.coverage import Coverage, is_solid, solid_coverage
from shared.replica.parted_lines import find_gaps
from shared.replica.receipts import Receipt
from shared.replica.runs import Head, LogId, LogRuns, Run
from shared.replica.union import Outcome, add_run, count_outcomes

TOPIC = "appointment"
NOTHING = LogJudgement()
_BEGIN = 1_780_000_000_000_000


class Entry(NamedTuple):
    """`line`: the compact range of its line up to it; `before`: the root before it."""

    head: Head
    position: int
    before: bytes
    line: CompactRange
    leaf: bytes
    state: bytes


class Nation:
    """The tree of sites, their keys, and every entry that was ever written, by root."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.signers: dict[str, Signer] = {}
        self.keys: dict[str, tuple[Verifier, ...]] = {}
        self.entries: dict[bytes, Entry] = {}
        self.travelled: set[bytes] = set()
        """Entries that were ever put into a message."""
        self._notes: dict[bytes, str] = {}
        self._epochs, self._ticks = count(1), count(1)

    def add(self, site: str, parent: str) -> "Site":
        self.parents[site] = parent
        self.signers[site] = Signer(site, hash_leaf(site.encode()))
        self.keys[site] = (self.signers[site].verifier,)
        return Site(self, site)

    def now(self) -> Instant:
        return from_microseconds(_BEGIN + next(self._ticks) * 1000)

    def new_epoch(self) -> str:
        return f"e{next(self._epochs):06d}"

    def is_below(self, site: str, above: str) -> bool:
        while site := self.parents[site]:
            if site == above:
                return True
        return False

    def flows(self, origin: str, sender: str, receiver: str) -> bool:
        """Up what was recorded at or below the sender; down what higher sites decide, and to whoever lost it, what was
        recorded at or below the receiver."""
        if origin == receiver or self.is_below(origin, receiver):
            return True
        if self.is_below(sender, receiver):
            return origin == sender or self.is_below(origin, sender)
        return origin == sender or self.is_below(sender, origin)

    def read_root(self, run: Run, seq: int) -> bytes:
        root = run.root
        for _ in range(run.last - seq):
            root = self.entries[root].before
        return root

    def part(self, run: Run, first: int, last: int) -> list[Entry]:
        """The entries of a part of a run."""
        found, root = list[Entry](), self.read_root(run, last)
        for _ in range(last - first + 1):
            found.append(self.entries[root])
            root = found[-1].before
        return found[::-1]

    def note(self, root: bytes) -> str:
        """The checkpoint that the origin signs over its line up to an entry; everybody gets them all."""
        if root not in self._notes:
            head, position = self.entries[root].head, self.entries[root].position
            until = from_microseconds(_BEGIN)
            checkpoint = LogCheckpoint(head.log, position + 1, root, head.epoch, head.seq, until)
            self._notes[root] = sign_checkpoint(checkpoint, self.signers[head.origin])
        return self._notes[root]

    def make_chunk(self, log: LogRuns, run: Run, first: int, last: int) -> bytes:
        """Entries of a run, proven by the checkpoint of the last that is held of its line."""
        sent = self.part(run, first, last)
        line, after = self._rest_of_line(log, run, last)
        before = self.entries.get(sent[0].before)
        self.travelled |= {entry.head.root for entry in sent}
        header = ChunkHeader(
            origin=log.id.origin,
            topic=log.id.topic,
            epoch=run.epoch,
            previous=(before.head.epoch, before.head.seq) if before else None,
            first=first,
            start=sent[0].position,
            items=tuple(len(entry.state) for entry in sent),
            left=before.line.hashes if before else (),
            right=range_of_leaves(sent[-1].position + 1, [entry.leaf for entry in after]).hashes,
            checkpoint=self.note(line),
        )
        return encode_chunk(Chunk(header, tuple(entry.state for entry in sent)))

    def _rest_of_line(self, log: LogRuns, run: Run, last: int) -> tuple[bytes, list[Entry]]:
        """The root of the last entry of a line that goes on from an entry, and the entries between."""
        after, followers = self.part(run, last + 1, run.last), {each.before: each for each in log.runs}
        end = run
        while following := followers.get(end.root):
            after += self.part(following, following.first, following.last)
            end = following
        return end.root, after


class Message(NamedTuple):
    """What travels: chunks as bytes, and what is said beside them."""

    sender: str
    at: Instant
    chunks: tuple[bytes, ...] = ()
    heads: frozenset[Head] = frozenset()
    targets: frozenset[Head] = frozenset()
    lost: frozenset[Head] = frozenset()
    registered: frozenset[str] = frozenset()
    receipt: str = ""


class Site:
    """One site. All that it keeps is replaced, never changed in place, so that a backup is a copy of its tables."""

    def __init__(self, nation: Nation, name: str) -> None:
        self.nation, self.name = nation, name
        self.logs: dict[LogId, LogRuns] = {}
        self._heads: frozenset[Head] | None = None
        """The vector of these logs, once it was asked for."""
        self.own, self.epoch, self.lamport = EMPTY_ROOT, "", 0
        self.targets: frozenset[Head] = frozenset()
        self.lost: frozenset[Head] = frozenset()
        self.registered: frozenset[str] = frozenset()
        self.peers: dict[str, Message] = {}
        """By neighbour, the last message that it made, without the chunks."""
        self.waiting: tuple[bytes, ...] = ()
        self.met: Counter[str] = Counter()

    def back_up(self) -> "Site":
        kept = copy(self)
        kept.logs, kept.peers = dict(self.logs), dict(self.peers)
        return kept

    def restore(self, kept: "Site") -> None:
        """Become what a backup has; the process that starts opens an epoch with its first write."""
        met = self.met
        self.__dict__.update(kept.back_up().__dict__)
        self.epoch, self.met = "", met

    def write(self, text: str) -> None:
        self.epoch = self.epoch or self.nation.new_epoch()
        entries, last = self.nation.entries, self.nation.entries.get(self.own)
        seq = last.head.seq + 1 if last and last.head.epoch == self.epoch else 1
        self.lamport += 1
        state = msgspec.json.encode(
            {
                "event_id": f"{self.name}-{self.epoch}-{seq}",
                "site": self.name,
                "epoch": self.epoch,
                "seq": seq,
                "stream": text,
                "recorded_at": self.nation.now(),
                "lamport": self.lamport,
                "fact": {"type": "toy.noted", "what": text},
            }
        )
        position, leaf = (last.position + 1 if last else 0), hash_leaf(state)
        line = (last.line if last else CompactRange(0, 0)).merge(
            CompactRange(position, position + 1, (leaf,))
        )
        root = line.root()
        head = Head(self.name, TOPIC, self.epoch, seq, root)
        entries[root] = Entry(head, position, self.own, line, leaf, state)
        run = Run(self.epoch, seq, seq, position, self.own, root)
        log = self.logs.get(head.log, LogRuns(head.log))
        self.logs[head.log] = add_run(log, run, self.nation.read_root).log
        self.own, self._heads = root, None

    # What it says

    def heads(self) -> frozenset[Head]:
        """Its version vector."""
        if self._heads is None:
            roots = self.nation.read_root
            self._heads = frozenset(h for log in self.logs.values() for h in exchange.vector_of(log, roots))
        return self._heads

    def is_here(self, head: Head) -> bool:
        return is_solid(self.logs.get(head.log, LogRuns(head.log)), head, self.nation.read_root)

    def message(self, to: str, known: frozenset[Head], most: int) -> Message:
        """What leads from what a neighbour has to what is here, as far as it goes into one message."""
        nation, chunks = self.nation, list[bytes]()
        sent = [log for log in self.logs.values() if nation.flows(log.id.origin, self.name, to)]
        theirs: dict[LogId, list[Head]] = {}
        for head in known:
            theirs.setdefault(head.log, []).append(head)
        for log in sent:
            for part in exchange.parts_to_send(log, theirs.get(log.id, ()), None, nation.read_root):
                if len(chunks) < most:
                    chunks.append(nation.make_chunk(log, *part))
        asked = self.peers[to].targets if to in self.peers else frozenset()
        return Message(
            self.name,
            nation.now(),
            tuple(chunks),
            self.heads(),
            self.targets,
            exchange.lost_heads(self.name, self.lost, asked, (), self.is_here),
            self.registered,
            self.issue_receipt(to),
        )

    def issue_receipt(self, to: str) -> str:
        """For what a neighbour below has brought."""
        nation = self.nation
        if not nation.is_below(to, self.name):
            return ""
        signed = (
            receipts.receipt_heads(log, NOTHING, nation.read_root)
            for log in self.logs.values()
            if log.id.origin == to or nation.is_below(log.id.origin, to)
        )
        receipt = Receipt(self.name, nation.now(), frozenset(head for heads in signed for head in heads))
        return receipts.sign_receipt(receipt, nation.signers[self.name])

    # What it takes

    def take(self, message: Message, killed_after: int | None = None) -> Counter[Outcome]:
        """Import a message; `killed_after` so many chunks the process dies, and nothing else of it is done."""
        outcomes = Counter[Outcome]()
        begun = {self.name} | {
            log.origin for log, held in self.logs.items() if any(r.solid for r in held.runs)
        }
        if self.registered <= message.registered:
            self.registered = message.registered  # one set for all that know the same
        elif not message.registered <= self.registered:
            self.registered |= message.registered
        waiting, self.waiting = self.waiting, ()
        for raw in waiting:
            self._take_chunk(raw)
        for raw in message.chunks[:killed_after]:
            outcomes += self._take_chunk(raw)
        if killed_after is not None:
            return outcomes
        nation = self.nation
        told = exchange.announced_heads(message.heads, message.targets)
        announced = {head for head in told if nation.flows(head.origin, message.sender, self.name)}
        self.lost |= message.lost
        self.targets = exchange.next_targets(self.targets, announced, begun, self.is_here, self.lost)
        known = self.peers.get(message.sender)
        if known is None or known.at < message.at:
            self.peers[message.sender] = message._replace(chunks=())
        return outcomes

    def _take_chunk(self, raw: bytes) -> Counter[Outcome]:
        try:
            chunk = decode_chunk(raw)
        except BadChunk:
            return Counter([Outcome.INVALID])
        keys = {site: self.nation.keys[site] for site in {chunk.header.origin} & self.registered}
        log = self.logs.get(chunk.header.log, LogRuns(chunk.header.log))
        imported = importing.import_chunk(log, chunk, keys, self.nation.read_root)
        outcomes = count_outcomes(imported.outcomes)
        if imported.proven:
            self.logs[log.id], self._heads = imported.log, None
            self.lamport = max(self.lamport, *(self._lamport(raw) for raw in chunk.payloads))
        elif outcomes[Outcome.WAITING]:
            self.waiting += (raw,)
        return outcomes

    def _lamport(self, state: bytes) -> int:
        return _LAMPORT.decode(state).lamport

    # How it stands

    def roots(self, log: LogId) -> Iterator[bytes]:
        """The root at every entry that is held of a log."""
        for run in self.logs.get(log, LogRuns(log)).runs:
            yield from (entry.head.root for entry in self.nation.part(run, run.first, run.last))

    def undelivered(self) -> int:
        """Own entries that the newest receipt of the parent does not cover."""
        parent, log = self.nation.parents[self.name], self.logs.get(LogId(self.name, TOPIC))
        if not parent or log is None:
            return 0
        note = self.peers[parent].receipt if parent in self.peers else ""
        issued = [receipts.open_receipt(note, self.nation.keys[parent])] if note else []
        covered = receipts.delivered_coverage(log, issued, parent, self.nation.read_root, NOTHING)
        return _size(solid_coverage(log)) - _size(covered)

    def dispositions(self) -> Counter[str]:
        """What is here and does not count, what is missing, and what is waited for."""
        found, roots = (
            Counter[str](waiting=len(self.waiting), targets=len(self.targets)),
            self.nation.read_root,
        )
        for log in self.logs.values():
            found["gaps"] += len(find_gaps(log))
            for (_, first, last), why in find_held_parts(log, NOTHING, self.targets, roots):
                found[str(why)] += last - first + 1
        return +found

    def counted(self) -> int:
        roots = self.nation.read_root
        return sum(_size(counted_coverage(log, NOTHING, self.targets, roots)) for log in self.logs.values())


class _Lamport(msgspec.Struct):
    lamport: int


_LAMPORT = msgspec.json.Decoder(_Lamport)


def _size(coverage: Coverage) -> int:
    return sum(last - run.first + 1 for run, last in coverage.items())
