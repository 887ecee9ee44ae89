"""The replica of a site over its open ledger: what it holds of all logs, and what of that counts."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace

from services.sync.domain.receipts import IssuedReceipts, SyncEvent, accepted_targets, read_note
from services.sync.exchange.known_statements import KnownStatements
from services.sync.exchange.registry_judge import RegistryJudge
from services.sync.exchange.site_tree import RECEIPTS, REGISTRY, SiteTree
from services.sync.exchange.vector_bases import VectorBases
from shared.core.clock import Clock
from shared.core.partial_dates import Instant, later
from shared.eventlog.signed_notes import Signer, UnknownKey
from shared.replica.counting import LogJudgement
from shared.replica.coverage import is_solid
from shared.replica.envelopes import MAX_CLOCK_AHEAD, Arrival
from shared.replica.exchange import vector_of
from shared.replica.receipts import Receipt, open_receipt, receipt_heads
from shared.replica.runs import Head, LogId, LogRuns
from shared.replica.store.exchange_state import MESSAGE, BundleRecord, Peer
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.ledger import SiteLedger

RECEIVED = "in"
"""Direction of bundles that came."""
_CONTACT_STORED = 3600 * 1_000_000
"""Microseconds after which it is stored again when a neighbour was last heard of."""
APPLIED, LAST_SAID = "applied", "last"
"""What became of a bundle that came; of one that was the last word of its sender when it came, `last`."""


class SiteReplica:
    """`load_tree`: as for RegistryJudge. `box_keys`: the private keys that open what is sealed to this site, the
    present one first.
    `refresh_closed`: lets new checkpoints of the own logs say up to which instant these are complete."""

    def __init__(
        self,
        site: str,
        ledger: SiteLedger,
        store: ReplicaStore,
        load_tree: Callable[[Sequence[bytes], Collection[bytes]], SiteTree],
        signer: Signer,
        box_keys: Sequence[X25519PrivateKey],
        clock: Clock,
        refresh_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.site, self.ledger, self.store, self.signer = site, ledger, store, signer
        self.box_keys, self.clock = box_keys, clock
        self._statements = KnownStatements(ledger.logs[RECEIPTS], store)
        self._judging = RegistryJudge(store, load_tree, self.issued_by)
        self._peers: dict[str, Peer] | None = None
        self._refresh_closed = refresh_closed
        self._closed_at: tuple[int, ...] = ()
        self._contacts: dict[str, Instant] = {}
        """When each neighbour was last heard of, where that is not stored yet."""
        self._vector: tuple[object, frozenset[Head]] = (None, frozenset())
        self.bases = VectorBases()
        self.state_restored: Callable[[str, frozenset[Head]], None] = lambda key, lost: None
        """Records in the registry that this site was restored: an idempotency key, and what nobody can give back."""
        self.read_handovers: Callable[[], list[str]] = list
        """Reads the notes over the own log of the registry that each former key signed together with the next."""
        self._caught_up: object = None
        self._registry: list[LogRuns] = []
        """What was here of the registry when it was last compared."""
        self._logs: tuple[object, frozenset[LogId]] = (None, frozenset())
        self._lamport: tuple[object, int] = None, 0
        self._accepted: tuple[object, frozenset[Head]] = (None, frozenset())
        self._given_back: tuple[object, list[LogId]] = (None, [])
        self.tree: SiteTree
        self.reload_tree()

    def reload_tree(self) -> None:
        """Take what has come of the registry into account. What is forged says nothing."""
        self._judging.reload()
        self.tree = self._judging.tree

    def read_registry(self) -> list[bytes]:
        """The facts of the registry that other sites recorded, as stored."""
        return self._judging.read_facts()

    def vector(self, log: LogId) -> frozenset[Head]:
        """The last head of every line of a log that is here."""
        return vector_of(self.store.load_log(log), self.store.root_reader(log))

    def all_heads(self) -> frozenset[Head]:
        """The vector of this site: the last heads of all logs. It is computed anew where something was written."""
        stamp = self.stamp()
        if self._vector[0] != stamp:
            found = frozenset(head for log in self.store.logs() for head in self.vector(log))
            self._vector = stamp, found
        return self._vector[1]

    def stamp(self) -> object:
        """Changes with everything that is written to the own logs or, by this process, to the store."""
        return self.store.transactions, *self._own_positions()

    def refresh_closed(self) -> None:
        """Let the checkpoints of own logs that have grown say until when they are complete. Not to be called while
        events of other sites come to count: it waits for that."""
        if (positions := self._own_positions()) != self._closed_at:
            self._refresh_closed()
            self._closed_at = positions

    def _own_positions(self) -> tuple[int, ...]:
        return self.ledger.read_positions()

    def catch_up(self) -> None:
        """Take in what other processes of this site have written, where there are any."""
        if self.ledger.is_shared and (stamp := self.stamp()) != self._caught_up:
            self._peers = None
            registry = [self.store.load_log(log) for log in self.store.logs() if log.topic == REGISTRY]
            if registry != self._registry:
                self.reload_tree()
                self._registry = registry
            self._caught_up = stamp

    def peer(self, site: str) -> Peer:
        """What is known of a neighbour; nothing where it was never heard of."""
        return self._load_peers().get(site, Peer(site))

    def _load_peers(self) -> dict[str, Peer]:
        if self._peers is None:
            self._peers = {each.site: each for each in self.store.exchange.peers()}
        return self._peers

    def keep_peer(self, peer: Peer) -> None:
        """Remember a neighbour as it is now."""
        self.store.exchange.keep_peer(peer)
        self._load_peers()[peer.site] = peer
        self._contacts.pop(peer.site, None)

    def is_contact_due(self, site: str) -> bool:
        """Whether it is an hour since it was stored when a neighbour was heard of, or never was."""
        now, stored = self.clock(), self.peer(site).last_contact
        return not stored or now >= later(stored, _CONTACT_STORED) or now < stored

    def note_contact(self, site: str) -> bool:
        """Remember that a neighbour was heard of, which is stored once an hour and when this process ends. Whether it
        is stored now."""
        now, is_due = self.clock(), self.is_contact_due(site)
        if is_due:
            self.keep_peer(replace(self.peer(site), last_contact=now))
        else:
            self._contacts[site] = now
        return is_due

    def last_contacts(self) -> dict[str, Instant]:
        """When each neighbour was last heard of."""
        return {site: peer.last_contact for site, peer in self._load_peers().items()} | self._contacts

    def store_contacts(self) -> None:
        """Store when neighbours were last heard of, at the end of this process."""
        for site, at in list(self._contacts.items()):
            self.keep_peer(replace(self.peer(site), last_contact=at))

    def is_here(self, head: Head) -> bool:
        """Whether an entry is here, with everything before it."""
        stamp = self.stamp()
        if self._logs[0] != stamp:
            self._logs = stamp, frozenset(self.store.logs())
        if head.log not in self._logs[1]:
            return False
        return is_solid(self.store.load_log(head.log), head, self.store.root_reader(head.log))

    def arrival(self) -> Arrival:
        """What is known here when an entry comes."""
        stamp = self.stamp()
        if self._lamport[0] != stamp:
            self._lamport = stamp, max(self.store.highest_lamport(), *self._own_lamports())
        return Arrival(self.clock(), self._lamport[1])

    def _own_lamports(self) -> Iterator[int]:
        yield 0
        own = (self.ledger.logs[log.topic] for log in self.store.logs() if log.origin == self.site)
        for log in own:  # those that go to other sites; what stays here orders nothing there
            for _, event in log.read(max(log.position() - 1, 0), 1):
                yield event.lamport

    def read_statements(self) -> list[SyncEvent]:
        """What all sites, this one included, stated about exchanging, as far as it counts here; but for receipts, of
        which only the newest are asked for."""
        return self._statements.others()

    def receipts(self) -> dict[str, IssuedReceipts]:
        """The newest receipts of every site that are here as facts."""
        return self._statements.receipts()

    def issued_by(self, site: str) -> IssuedReceipts | None:
        """Those of one site."""
        return self._statements.issued_by(site)

    def read_note_of(self, site: str) -> Receipt | None:
        """The newest receipt of a neighbour that came as a note: those of a site above do not come as facts."""
        note = self.store.exchange.receipts().get(site)
        try:
            return open_receipt(note, self.tree.unrevoked_keys().get(site, ())) if note else None
        except (
            UnknownKey
        ):  # signed with a key that was taken from it: whoever stole that could say "delivered"
            return None

    def last_message(self, site: str) -> BundleRecord | None:
        """The bundle or message that says last what a neighbour has."""
        bundles = self.store.exchange.bundles(RECEIVED, site)
        said = [each for each in bundles if each.state in (LAST_SAID, MESSAGE)] or bundles
        return max(said, key=lambda each: each.at, default=None)

    def last_message_at(self, site: str) -> Instant:
        """When a neighbour made it, by its own clock; empty: none came."""
        last = self.last_message(site)
        return last.at if last else Instant("")

    def heads_signed_for(self, site: str) -> frozenset[Head]:
        """What a neighbour has last said that it has: the vector of its last message, which it signed, and receipts of
        it that are newer. An older receipt says nothing any more: the site may have been restored since. Nor does one
        of the future, by a clock far ahead, which may be older than the message."""
        since, until = self.last_message_at(site), later(self.clock(), MAX_CLOCK_AHEAD)
        heads, issued, note = set(self.peer(site).vector), self.issued_by(site), self.read_note_of(site)
        for said in (issued, read_note(note) if note else None):
            for each in said.by_log.values() if said else ():
                if since < each.issued_at <= until:
                    heads |= each.heads
        return frozenset(heads)

    def accepted_targets(self) -> frozenset[Head]:
        """What an operator here decided to do without, of first synchronisations."""
        stamp = self.stamp()
        if self._accepted[0] != stamp:
            self._accepted = stamp, accepted_targets(self.read_statements(), self.site)
        return self._accepted[1]

    def missing_accepted(self) -> frozenset[Head]:
        """What of it is not here yet: others that take it from here still wait for it."""
        accepted = self.accepted_targets()
        lost = self.store.exchange.lost() if accepted else frozenset()
        return frozenset(head for head in accepted - lost if not self.is_here(head))

    def asked_beyond(self, neighbour: str) -> frozenset[Head]:
        """What other neighbours wait for that is not here and that this neighbour, or a site beyond it, recorded: it
        may have lost it, and whoever waits learns that from nobody else."""
        tree, site = self.tree, self.site
        goes_down = tree.is_below(neighbour, site)

        def is_beyond(origin: str) -> bool:
            below = tree.is_below(origin, neighbour if goes_down else site)
            return origin == neighbour or below if goes_down else origin != site and not below

        asked = self.store.exchange.asked_by_others(neighbour) - self.store.exchange.lost()
        return frozenset(head for head in asked if is_beyond(head.origin) and not self.is_here(head))

    def given_back_logs(self) -> list[LogId]:
        """The own logs of which other sites gave back what the event log lacks, or has otherwise; mostly none."""
        stamp = self.stamp()
        if self._given_back[0] != stamp:
            self._given_back = stamp, self.store.given_back_logs()
        return self._given_back[1]

    def judge(self, log: LogId) -> LogJudgement:
        """What the registry says about a log."""
        return self._judging.judge(log)

    def has_signed_anew(self, logs: Iterable[LogId]) -> bool:
        """Whether one of these logs is signed with a key that nobody took from its site."""
        return any(True for log in logs for _ in self._judging.signed_now(log))

    def receipted(self, log: LogId) -> frozenset[Head]:
        """Up to where a log is receipted by the parent of its site, or one that it had before; of statements about
        exchanging, which nobody receipts, up to where they are accepted here."""
        if log.topic == RECEIPTS:
            return receipt_heads(self.store.load_log(log), self.judge(log), self.store.root_reader(log))
        return frozenset(head for head in self._judging.receipted(log) if head.log == log)
