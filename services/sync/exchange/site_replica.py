"""The replica of a site over its open ledger: what it holds of all logs, and what of that counts."""

from collections.abc import Callable, Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.sync.domain.receipts import IssuedReceipts, SyncEvent, fold_receipts
from services.sync.exchange.site_tree import RECEIPTS, SiteTree
from services.sync.exchange.statements import read_statements
from shared.core.clock import Clock
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import BadSignature, MalformedNote, Signer, UnknownKey
from shared.replica.checkpoints import open_checkpoint
from shared.replica.counting import LogJudgement
from shared.replica.coverage import is_solid
from shared.replica.envelopes import Arrival
from shared.replica.exchange import vector_of
from shared.replica.receipts import Receipt, open_receipt
from shared.replica.runs import Head, LogId
from shared.replica.store.exchange_state import BundleRecord, Peer
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger

REGISTRY = "sites"
"""Topic of the registry: its facts say whose chunks can be proven."""
RECEIVED = "in"
"""Direction of bundles that came."""
APPLIED, LAST_SAID = "applied", "last"
"""What became of a bundle that came; of one that was the last word of its sender when it came, `last`."""


class SiteReplica:
    """`load_tree`: makes the tree of sites from the registry facts of other sites that are here, in any order, and
    those of this one. `box_keys`: the private keys that open what is sealed to this site, the present one first."""

    def __init__(
        self,
        site: str,
        ledger: EmbeddedLedger,
        store: ReplicaStore,
        load_tree: Callable[[Sequence[bytes]], SiteTree],
        signer: Signer,
        box_keys: Sequence[X25519PrivateKey],
        clock: Clock,
    ) -> None:
        self.site, self.ledger, self.store, self.signer = site, ledger, store, signer
        self.box_keys, self.clock, self._load_tree = box_keys, clock, load_tree
        self.tree = load_tree(self.read_registry())

    def reload_tree(self) -> None:
        """Take what has come of the registry into account."""
        self.tree = self._load_tree(self.read_registry())

    def read_registry(self) -> list[bytes]:
        """The facts of the registry that other sites recorded, as stored."""
        return [
            item
            for log in self.store.logs()
            if log.topic == REGISTRY
            for run in self.store.load_log(log).runs
            for item in self.store.read_entries(log, (run, run.first, run.last))
            if isinstance(item, bytes)
        ]

    def vector(self, log: LogId) -> frozenset[Head]:
        """The last head of every line of a log that is here."""
        return vector_of(self.store.load_log(log), self.store.root_reader(log))

    def all_heads(self) -> frozenset[Head]:
        """The vector of this site: the last heads of all logs."""
        return frozenset(head for log in self.store.logs() for head in self.vector(log))

    def peer(self, site: str) -> Peer:
        """What is known of a neighbour; nothing where it was never heard of."""
        return next((each for each in self.store.exchange.peers() if each.site == site), Peer(site))

    def is_here(self, head: Head) -> bool:
        """Whether an entry is here, with everything before it."""
        return is_solid(self.store.load_log(head.log), head, self.store.root_reader(head.log))

    def arrival(self) -> Arrival:
        """What is known here when an entry comes."""
        return Arrival(self.clock(), max(self.store.highest_lamport(), *self._own_lamports()))

    def _own_lamports(self) -> Iterator[int]:
        yield 0
        for log in self.ledger.logs.values():
            for _, event in log.read(max(log.position() - 1, 0), 1):
                yield event.lamport

    def read_statements(self) -> Iterator[SyncEvent]:
        """What all sites, this one included, stated about exchanging, as far as it counts here."""
        return read_statements(self.ledger.logs[RECEIPTS], self.store)

    def receipts(self) -> dict[str, IssuedReceipts]:
        """The newest receipts of every site that are here as facts."""
        return fold_receipts(self.read_statements())

    def read_note_of(self, site: str) -> Receipt | None:
        """The newest receipt of a neighbour that came as a note: those of a site above do not come as facts."""
        note = self.store.exchange.receipts().get(site)
        return open_receipt(note, self.tree.signing_keys().get(site, ())) if note else None

    def last_message(self, site: str) -> BundleRecord | None:
        """The bundle that says last what a neighbour has."""
        bundles = self.store.exchange.bundles(RECEIVED, site)
        said = [each for each in bundles if each.state == LAST_SAID] or bundles
        return max(said, key=lambda each: each.at, default=None)

    def heads_signed_for(self, site: str) -> frozenset[Head]:
        """What a neighbour has last said that it has: the vector of its last message, which it signed, and receipts of
        it that are newer. An older receipt says nothing any more: the site may have been restored since."""
        last = self.last_message(site)
        since = last.at if last else Instant("")
        heads = set(self.peer(site).vector)
        issued, note = self.receipts().get(site), self.read_note_of(site)
        for receipt in (issued.receipt if issued else None, note):
            if receipt and receipt.issued_at > since:
                heads |= receipt.heads
        return frozenset(heads)

    def judge(self, log: LogId) -> LogJudgement:
        """What the registry says about a log."""
        if log.origin not in self.tree.signing_keys():
            return LogJudgement()
        return self.tree.judge(log, self._receipted(log), self._signed_now(log))

    def _receipted(self, log: LogId) -> Iterator[Head]:
        """What the parent of a log's site has signed for; read only where it is asked for."""
        issued = self.receipts().get(self.tree.parent(log.origin))
        yield from issued.receipt.heads if issued else ()

    def _signed_now(self, log: LogId) -> Iterator[Head]:
        keys = self.tree.present_keys()[log.origin]
        for note in self.store.read_checkpoints(log):
            try:
                yield open_checkpoint(note, keys).head
            except (UnknownKey, BadSignature, MalformedNote):
                continue
