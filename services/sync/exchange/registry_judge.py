"""Which facts of the registry are believed, and what the registry says about the logs that are here: one definition for
those who exchange and for commands that only read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from services.sync.domain.receipts import IssuedReceipts
from services.sync.exchange.site_tree import REGISTRY, SiteTree
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, is_signed_by
from shared.replica.checkpoints import open_checkpoint
from shared.replica.chunks import BadChunk, Chunk, decode_chunk
from shared.replica.counting import LogJudgement, trusted_coverage
from shared.replica.proof import ProvenChunk, prove_chunk
from shared.replica.runs import Head, LogId
from shared.replica.store.replica_store import ReplicaStore

MAX_CHUNK = 2**16
"""Bytes of a chunk in the header of a bundle."""


class RegistryJudge:
    """What is signed with a key that was taken from a site, beyond what it is trusted for, says nothing: else whoever
    stole a key could go on deciding with it. Sites above come first, for what they said may have been forged too.

    `load_tree`: makes the tree of sites from the registry facts of other sites that are here, in any order, and those
    of this one, but for some that are forged. `issued_by`: the newest receipts of a site."""

    def __init__(
        self,
        store: ReplicaStore,
        load_tree: Callable[[Sequence[bytes], Collection[bytes]], SiteTree],
        issued_by: Callable[[str], IssuedReceipts | None],
    ) -> None:
        self._store, self._load_tree, self._issued_by = store, load_tree, issued_by
        self._introduced = list[ProvenChunk]()
        self.forged = set[bytes]()
        """The stored facts that say nothing."""
        self.tree: SiteTree

    def reload(self) -> None:
        """Take what has come of the registry into account."""
        facts, judged = self.read_facts(), set[str]()
        self.forged = set()
        self.tree = self._load_tree(facts, self.forged)
        while site := next((each for each in self.tree.revoked_sites() if each not in judged), ""):
            judged.add(site)
            if beyond := self._read_distrusted(LogId(site, REGISTRY)):
                self.forged |= beyond
                self.tree = self._load_tree(facts, self.forged)

    def read_facts(self) -> list[bytes]:
        """The facts of the registry that other sites recorded, as stored, forged ones too; those that bundles
        introduced last."""
        held = read_registry(self._store)
        return [*held, *(state for each in self._introduced for state in each.chunk.payloads)]

    def take_introduced(self, introduces: Iterable[bytes]) -> bool:
        """Read what the header of a bundle shows of the registry, for as long as this object is there; nothing is
        stored. Whether any of it is proven."""
        before = len(self._introduced)
        for raw in introduces:
            chunk = decode_introduced(raw)
            if chunk and (keys := self.tree.signing_keys().get(chunk.header.origin)):
                try:
                    proven = prove_chunk(chunk, keys)
                except BadChunk:
                    continue
                self._introduced.append(proven)
                self.reload()
        return len(self._introduced) > before

    def judge(self, log: LogId) -> LogJudgement:
        """What the registry says about a log."""
        if log.origin not in self.tree.signing_keys():
            return LogJudgement()
        return self.tree.judge(log, self.receipted(log), self.signed_now(log))

    def receipted(self, log: LogId) -> Iterator[Head]:
        """What the parent of a log's site has signed for, or one that it had before: what counted by its receipts goes
        on counting when the site is re-homed. Read only where it is asked for."""
        for parent in self.tree.parents(log.origin):
            if issued := self._issued_by(parent):
                yield from issued.receipt.heads

    def signed_now(self, log: LogId) -> Iterator[Head]:
        """The heads of checkpoints that are signed with a key that nobody took from the log's site."""
        keys = self.tree.unrevoked_keys()[log.origin]
        for note in (*self._store.read_vouched(log), *self._store.read_checkpoints(log)):
            try:
                yield open_checkpoint(note, keys).head
            except (UnknownKey, BadSignature, MalformedNote):
                continue

    def _read_distrusted(self, log: LogId) -> set[bytes]:
        """The stored entries of a log that are not trusted: a key was taken from its site."""
        runs, roots, says = self._store.load_log(log), self._store.root_reader(log), self.judge(log)
        trusted = trusted_coverage(runs, says, roots) or {}
        held = {
            item
            for run in runs.runs
            for item in self._store.read_entries(log, (run, run.first, run.last))
            if isinstance(item, bytes)
        }
        believed = {
            item
            for run, last in trusted.items()
            for item in self._store.read_entries(log, (run, run.first, last))
            if isinstance(item, bytes)
        }
        for each in self._introduced:
            if each.chunk.header.log == log:
                held.update(each.chunk.payloads)
                if self._is_vouched(each, says.trusted or frozenset()):
                    believed.update(each.chunk.payloads)
        return held - believed

    def _is_vouched(self, proven: ProvenChunk, trusted: Collection[Head]) -> bool:
        """Whether a key that nobody took from the site signed a chunk that is not stored, or the registry names its
        end."""
        header, run = proven.chunk.header, proven.run
        keys = self.tree.unrevoked_keys()[header.origin]
        end = Head(header.origin, header.topic, run.epoch, run.last, run.root)
        return end in trusted or is_signed_by(header.checkpoint, keys)


def read_registry(store: ReplicaStore) -> list[bytes]:
    """The facts of the registry that other sites recorded, as stored."""
    return [
        item
        for log in store.logs()
        if log.topic == REGISTRY
        for run in store.load_log(log).runs
        for item in store.read_entries(log, (run, run.first, run.last))
        if isinstance(item, bytes)
    ]


def decode_introduced(raw: bytes) -> Chunk | None:
    """A chunk of the registry from the header of a bundle; None where it is none."""
    if len(raw) > MAX_CHUNK:
        return None
    try:
        chunk = decode_chunk(raw)
    except BadChunk:
        return None
    return chunk if chunk.header.topic == REGISTRY else None
