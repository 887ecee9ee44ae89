"""What a bundle for a neighbour has in it: what leads from what the neighbour has to what is here."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, filterfalse
from typing import BinaryIO

from services.sync.bundles.faults import FILE_LIMITS, Limits
from services.sync.bundles.header import BundleHeader
from services.sync.bundles.member_names import (
    MemberKind,
    checkpoint_name,
    entries_name,
    entries_rank,
    goes_before_keys,
    receipt_name,
    witness_name,
)
from services.sync.bundles.vector import Vector, encode_vector
from services.sync.bundles.writing import write_bundle
from services.sync.exchange.introducing import hand_over, introduce
from services.sync.exchange.partners import check_recipient
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import flows, gives_back
from services.sync.exchange.subject_keys import SubjectKey, seal_keys
from services.sync.exchange.witnessing import checkpoints_unknown_to
from shared.eventlog.key_store import KeyOwner
from shared.eventlog.signed_notes import is_signed_by, split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.chunks import Chunk, encode_chunk
from shared.replica.envelopes import read_envelope
from shared.replica.exchange import lost_heads, missing_heads
from shared.replica.receipts import Receipt, sign_receipt
from shared.replica.runs import Head, LogId


class BundleContents:
    """The members of a bundle for one site. `known`: heads that it has, beside those that it signed for."""

    base = ""
    """Digest of the vector that the recipient remembers, where only what has changed since is said."""

    def __init__(self, replica: SiteReplica, recipient: str, known: Iterable[Head] = ()) -> None:
        """Raises NotANeighbour, NotMyChild and SiteClosed."""
        self._replica, self._recipient = replica, recipient
        self._check_recipient()
        self._known = self._load_known() | frozenset(known)
        self.logs = [log for log in replica.store.logs() if self._flows(log)]
        self.given_back = self._find_given_back()

    @property
    def heads(self) -> frozenset[Head]:
        """What the recipient has once it has applied the bundle."""
        return frozenset(head for log in self.logs for head in self._replica.vector(log))

    def _check_recipient(self) -> None:
        check_recipient(self._replica.tree, self._replica.site, self._recipient)

    def _flows(self, log: LogId) -> bool:
        return flows(self._replica.tree, log, self._replica.site, self._recipient)

    def _find_given_back(self) -> list[LogId]:
        """Logs that came from the recipient, and of which it said last that it has less than is here; none with entries
        that no receipt of this site is about yet: whether they contradict what those above have, a signed checkpoint
        tells first."""
        replica, has = self._replica, self._load_vector()
        if not has:
            return []
        lacking = {head.log for head in replica.all_heads() - has}.difference(replica.store.unmarked_logs())
        return sorted(log for log in lacking if gives_back(replica.tree, log, replica.site, self._recipient))

    def _load_vector(self) -> frozenset[Head]:
        """What the recipient said last that it has."""
        return self._replica.peer(self._recipient).vector

    def _load_known(self) -> frozenset[Head]:
        return self._replica.heads_signed_for(self._recipient)

    def introductions(self) -> list[bytes]:
        """What shows the recipient the key of this site, where it may not know it."""
        return introduce(self._replica, self._known)

    def members(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """(name, content) in the order of a bundle."""
        yield MemberKind.VECTOR, [encode_vector(self._vector())]
        if (receipt := self._find_receipt()) is not None:
            yield receipt_name(self._replica.site), [sign_receipt(receipt, self._replica.signer).encode()]
        yield from self._checkpoints()
        for note in self._cosigned():
            cosigned = parse_checkpoint(split_note(note)[0])
            yield witness_name(cosigned.log, cosigned.branch, cosigned.size), [note.encode()]
        logs = sorted([*self.logs, *self.given_back], key=lambda log: (entries_rank(log), log))
        yield from self._entries(filter(goes_before_keys, logs))
        rest = list(filterfalse(goes_before_keys, logs))
        if keys := self._keys(rest):
            recipients = {self._recipient: self._replica.tree.box_key(self._recipient)}
            yield MemberKind.KEYS, [seal_keys(keys, self._replica.site, recipients)]
        yield from self._entries(rest)

    def _find_receipt(self) -> Receipt | None:
        """What this site accepted of the logs that the recipient sends. A province has those of a hundred others beside
        them, which are no news to it."""
        replica = self._replica
        issued = replica.issued_by(replica.site)
        if issued is None:
            return None
        return issued.receipt_of(lambda log: flows(replica.tree, log, self._recipient, replica.site))

    def _checkpoints(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """What the sites that the sender answers for signed last about their logs: how long those that have not grown
        are closed. Upwards those at and below the sender; downwards the sender's own, for there may be thousands. And
        of logs of which it sends no entries, so that nobody shows two neighbours two histories."""
        replica, named = self._replica, set[str]()
        goes_up = replica.tree.is_below(replica.site, self._recipient)
        for log in self.logs:
            for note in self._signed_about(log, goes_up):
                checkpoint = parse_checkpoint(split_note(note)[0])
                name = checkpoint_name(log, checkpoint.branch, checkpoint.size)
                if name not in named:
                    named.add(name)
                    yield name, [note.encode()]
        for checkpoint, note in checkpoints_unknown_to(replica, frozenset(self.logs), self._known):
            yield checkpoint_name(checkpoint.log, checkpoint.branch, checkpoint.size), [note.encode()]

    def _cosigned(self) -> Iterable[str]:
        """What this site has cosigned of the logs of the recipient."""
        return self._replica.store.exchange.cosigned(self._recipient).values()

    def _signed_about(self, log: LogId, goes_up: bool) -> Iterator[str]:
        """Notes about one log. Where a key was taken from its site, everybody is shown first what the site has signed
        with the next one: that vouches for what it had recorded before it knew."""
        replica = self._replica
        if log.origin in replica.tree.revoked_sites():
            keys = replica.tree.unrevoked_keys()[log.origin]
            yield from (note for note in replica.store.read_vouched(log) if is_signed_by(note, keys))
        if goes_up or log.origin == replica.site:
            yield from replica.store.read_checkpoints(log)

    def _vector(self) -> Vector:
        replica, exchange = self._replica, self._replica.store.exchange
        here = replica.all_heads()
        theirs = replica.peer(self._recipient).vector - here
        wanted = (
            head
            for log in {head.log for head in theirs}
            if flows(replica.tree, log, self._recipient, replica.site)  # others never come
            for head in missing_heads(theirs, replica.store.load_log(log), replica.store.root_reader(log))
        )
        lost = lost_heads(
            replica.site,
            exchange.lost(),
            exchange.asked(self._recipient),
            replica.tree.closings(),
            replica.is_here,
        )
        return Vector(
            heads=tuple(here),
            targets=tuple(
                exchange.targets() | replica.missing_accepted() | replica.asked_beyond(self._recipient)
            ),
            wanted=tuple(wanted),
            lost=tuple(lost),
        )

    def _chunks(self, logs: Iterable[LogId]) -> Iterator[tuple[LogId, Chunk]]:
        for log in logs:
            for chunk in self._replica.store.chunks_to_send(log, self._known):
                yield log, chunk

    def _entries(self, logs: Iterable[LogId]) -> Iterator[tuple[str, Iterable[bytes]]]:
        named, logs = Counter[tuple[LogId, str, int]](), list(logs)
        shown = ((log, chunk) for log in logs for chunk in hand_over(self._replica, log, self._known))
        for log, chunk in chain(shown, self._chunks(logs)):
            place = log, chunk.header.epoch, chunk.header.first
            named[place] += 1  # more than one: sides of a fork
            yield entries_name(*place, named[place] if named[place] > 1 else 0), [encode_chunk(chunk)]

    def _keys(self, logs: Iterable[LogId]) -> list[SubjectKey]:
        """The keys that are here for the subjects of the personal facts that go with the bundle; of facts of a later
        version it is not known here whether they are."""
        topics = {name: log.topic for name, log in self._replica.ledger.logs.items()}
        owners = set[KeyOwner]()
        for log, chunk in self._chunks(logs):
            topic = topics.get(log.topic)
            envelopes = map(read_envelope, chunk.payloads)
            owners |= {
                (each.stream, log.origin)
                for each in envelopes
                if each and (topic is None or topic.personal or each.fact.type not in topic.kinds)
            }
        found = self._replica.ledger.keys.find_all_keys(owners)
        return [SubjectKey(*owner, key) for owner, keys in found.items() for key in keys]


def make_bundle(
    replica: SiteReplica,
    contents: BundleContents,
    recipient: str,
    number: int,
    out: BinaryIO,
    limits: Limits = FILE_LIMITS,
    answers: str = "",
) -> BundleHeader:
    """Write the bundle. Raises BadBundle where it would be larger than one may be."""
    return write_bundle(
        out,
        contents.members(),
        replica.signer,
        {recipient: replica.tree.box_key(recipient)},
        sender=replica.site,
        number=number,
        at=replica.clock(),
        answers=answers,
        limits=limits,
        base=contents.base,
        introduces=contents.introductions(),
    )
