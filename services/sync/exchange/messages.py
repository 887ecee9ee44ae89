"""Messages: bundles of at most 8 MiB that go over the line. A message starts at what the other side has said last that
it has, and not at what was sent or receipted before, so that whoever lost something gets it again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, NamedTuple

from msgspec.structs import replace

from services.sync.bundles.faults import MESSAGE_LIMITS, BadBundle, BundleRule
from services.sync.bundles.member_names import entries_rank
from services.sync.bundles.reading import Bundle, open_bundle
from services.sync.bundles.vector import Vector
from services.sync.exchange.receiving import Applied
from services.sync.exchange.sending import BundleContents, make_bundle
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS, flows
from shared.core.partial_dates import Instant, to_microseconds
from shared.replica.chunks import Chunk
from shared.replica.exchange import parts_to_send
from shared.replica.receipts import Receipt
from shared.replica.runs import Head, LogId, root_at

MAX_MESSAGE = MESSAGE_LIMITS.size
ROOM = 2**20
"""Bytes of entries in one message, before they are compressed: some 2,000 facts. With the keys of all that they are
about it stays far below 8 MiB, and whoever waits meanwhile, at the receiver, waits for that many."""


class Message(NamedTuple):
    """A message that is ready to be sent."""

    raw: bytes
    digest: str
    """Its SHA-256: what the answer to it names."""
    entries: int
    """How many entries it brings."""
    own: frozenset[Head]
    """Up to where it brings the logs of the sender itself."""


class MessageContents(BundleContents):
    """The members of a message for a neighbour. `room`: bytes of entries that it may have; `answered`: the request, and
    what became of it, where it is an answer; else `answer_room`: bytes of entries that the answer may have."""

    def __init__(
        self,
        replica: SiteReplica,
        recipient: str,
        room: int = ROOM,
        answered: tuple[Bundle, Applied] | None = None,
        answer_room: int = 0,
    ) -> None:
        """Raises NotANeighbour."""
        self.room, self._answered, self._answer_room = room, answered, answer_room
        self._brought_nothing = answered is not None and not any(answered[1].entries.values())
        super().__init__(replica, recipient)
        self._heads = replica.all_heads()
        self.base, self._base_heads = self._find_base()

    def _find_base(self) -> tuple[str, frozenset[Head]]:
        """The vector that the neighbour remembers of this site, and its digest, where it is known here too."""
        return self._replica.bases.find(self._recipient, self._heads)

    @cached_property
    def chunks(self) -> list[tuple[LogId, Chunk]]:
        """What it brings: as much as there is room for, and at least one chunk where there is any."""
        found, size = list[tuple[LogId, Chunk]](), 0
        for log in self._changed_logs():
            for chunk in self._replica.store.chunks_to_send(log, self._known):
                size += sum(map(len, chunk.payloads))
                if found and size > self.room:
                    return found
                found.append((log, chunk))
        return found

    def shrink(self) -> None:
        """Leave the second half of it for the next message."""
        self.chunks = self.chunks[: len(self.chunks) // 2]

    def count_ahead(self) -> int:
        """How many entries the neighbour lacks, as far as is known: what later messages bring is among them."""
        store = self._replica.store
        return sum(
            last - first + 1
            for log in self._changed_logs()
            for _, first, last in parts_to_send(
                store.load_log(log), self._known, None, store.root_reader(log)
            )
        )

    def _changed_logs(self) -> list[LogId]:
        """Those of which there is more here than the neighbour has, in the order of a bundle."""
        new = self._replica.all_heads() - self._known
        changed = {head.log for head in new}.intersection([*self.logs, *self.given_back])
        changed -= self._find_coming(changed)
        return sorted(changed, key=lambda log: (entries_rank(log), log))

    def _find_coming(self, logs: Iterable[LogId]) -> set[LogId]:
        """Of these logs, those of which the neighbour will send more than is here. Up to where it has them can be told
        once that has come; until then all of them would go back to it. So that not both wait for each other, an answer
        to a message that brought nothing leaves nothing out."""
        if self._brought_nothing:
            return set()
        replica, logs = self._replica, set(logs)
        return {
            head.log
            for head in replica.peer(self._recipient).vector
            if head.log in logs
            and flows(replica.tree, head.log, self._recipient, replica.site)
            and not replica.is_here(head)
        }

    def count_entries(self) -> int:
        """How many entries it brings."""
        return sum(_last(chunk) - chunk.header.first + 1 for _, chunk in self.chunks)

    def own_heads(self) -> frozenset[Head]:
        """Up to where it brings the logs of this site; receipts are not news of it."""
        replica, last = self._replica, defaultdict[tuple[LogId, str], int](int)
        for log, chunk in self.chunks:
            if log.origin == replica.site and log.topic != RECEIPTS:
                last[log, chunk.header.epoch] = _last(chunk)
        return frozenset(
            runs.head(run, seq, root_at(run, seq, replica.store.root_reader(log)))
            for (log, epoch), seq in last.items()
            if (runs := replica.store.load_log(log))
            for run in runs.runs
            if run.epoch == epoch and run.first <= seq <= run.last
        )

    def _load_vector(self) -> frozenset[Head]:
        """In an answer to a message that brought nothing only what that said: what is taken to be still there of heads
        that are unknown here may be the other side of a fork, and then both would wait for each other."""
        if self._answered and self._brought_nothing:
            return frozenset(self._answered[0].vector.heads)
        return super()._load_vector()

    def _load_known(self) -> frozenset[Head]:
        return self._load_vector()

    def _chunks(self, logs: Iterable[LogId]) -> Iterator[tuple[LogId, Chunk]]:
        wanted = set(logs)
        return (each for each in self.chunks if each[0] in wanted)

    def _checkpoints(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Once an hour, so that a message with nothing new has nothing in it."""
        return super()._checkpoints() if self._replica.is_contact_due(self._recipient) else iter(())

    def _cosigned(self) -> Iterable[str]:
        """What was cosigned of the logs in the request: once an hour these are all, so that a lost answer costs
        nothing."""
        lines = self._answered[1].cosigned if self._answered else ()
        notes = self._replica.store.exchange.cosigned(self._recipient) if lines else {}
        return [notes[line] for line in lines if line in notes]

    def _find_receipt(self) -> Receipt | None:
        """Where the neighbour has it already, by what it says, it is left out."""
        receipt = super()._find_receipt()
        if receipt is None:
            return None
        if self._answered:
            return receipt if receipt.issued_at != self._answered[0].vector.receipt else None
        own = self._replica.vector(LogId(self._replica.site, RECEIPTS))
        return None if own <= self._known else receipt

    def _vector(self) -> Vector:
        note, vector = self._replica.read_note_of(self._recipient), super()._vector()
        known = self._replica.bases.digest(self._replica.peer(self._recipient).vector)
        vector = replace(
            vector, receipt=note.issued_at if note else Instant(""), room=self._answer_room, known=known
        )
        here, before = self._heads, self._base_heads
        self._replica.bases.note_said(self._recipient, here)
        if self.base:
            vector = replace(vector, heads=tuple(here - before), gone=tuple(before - here))
        else:
            vector = replace(vector, heads=tuple(here))
        if not self._answered:
            return vector
        _, applied = self._answered
        return replace(vector, took=applied.entries, refused=applied.faults)


def make_message(
    replica: SiteReplica, contents: MessageContents, recipient: str, answers: str = ""
) -> Message:
    """The message with these contents, with fewer of them where it would be too large. `answers`: the digest of the
    request. Raises BadBundle (TooMuch)."""
    while True:
        out, number = (
            BytesIO(),
            to_microseconds(replica.clock()),
        )  # it counts up, and nothing has to be stored
        try:
            make_bundle(replica, contents, recipient, number, out, MESSAGE_LIMITS, answers)
        except BadBundle as error:
            if error.rule != BundleRule.TOO_MUCH or len(contents.chunks) < 2:
                raise
            contents.shrink()
            continue
        raw = out.getvalue()
        return Message(raw, sha256(raw).hexdigest(), contents.count_entries(), contents.own_heads())


def open_message(replica: SiteReplica, file: BinaryIO) -> Bundle:
    """The message in a file. Raises BadBundle."""
    box_key, *older = replica.box_keys
    tree = replica.tree
    bundle = open_bundle(
        file,
        replica.site,
        box_key,
        tree.present_keys(),
        revoked=tree.replaced_keys(),
        older_box_keys=older,
        limits=MESSAGE_LIMITS,
    )
    if base := bundle.header.base:
        before = replica.peer(bundle.header.sender).vector
        if replica.bases.digest(before) != base:
            raise BadBundle(BundleRule.UNKNOWN_BASE, "header", "the vector that it is based on is not here")
        heads = (before - frozenset(bundle.vector.gone)) | frozenset(bundle.vector.heads)
        bundle.vector = replace(bundle.vector, heads=tuple(heads), gone=())
    return bundle


def _last(chunk: Chunk) -> int:
    """The seq of the last entry of a chunk."""
    header = chunk.header
    return header.first - 1 + sum(1 if isinstance(item, int) else item.stubs for item in header.items)
