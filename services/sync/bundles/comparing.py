"""Compares two bundles: whether a site that signed what is in both shows two histories of one log.

An entry has one place, and the root up to it says all that is before. So two roots at one epoch and seq are two
histories, and the two signed notes prove it to everybody. A restored site that goes on in a new epoch has one root at
each place.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from services.sync.bundles.header import Keys
from services.sync.bundles.member_names import Member, MemberKind, parse_member
from services.sync.bundles.proving import MAX_CHUNK, open_chunk
from services.sync.bundles.reading import Bundle
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint
from shared.replica.chunks import BadChunk
from shared.replica.proof import ProvenChunk, prove_chunk
from shared.replica.runs import LogId, RootNotKnown

MAX_NOTE = 2**16
"""Bytes of a checkpoint with its cosignatures."""


class SplitView(msgspec.Struct, frozen=True):
    """Two histories of one log, both signed by its origin."""

    origin: str
    topic: str
    epoch: str
    seq: int
    """The place where both roots are known."""
    notes: tuple[str, str]
    """The signed checkpoints that prove them, one of each bundle."""
    first_epoch: str = ""
    first_seq: int = 0
    """The first entry that is known to differ; 0: the bundles do not hold it."""


class Place(NamedTuple):
    """Of an entry."""

    log: LogId
    epoch: str
    seq: int


class Statement(NamedTuple):
    """The root at a place, and the note that proves it."""

    root: bytes
    note: str


def find_split_views(one: Bundle, other: Bundle, keys: Keys) -> list[SplitView]:
    """The logs of which the two bundles show two histories, one view each. What is not proven says nothing. `keys`:
    all that a site ever signed with."""
    stated = _checkpoints(one, keys), _checkpoints(other, keys)
    found = dict[LogId, tuple[Place, str, str]]()
    for mine, theirs, is_swapped in ((0, other, False), (1, one, True)):
        for place, here, there in _contradictions(stated[mine], theirs, keys):
            notes = (there, here) if is_swapped else (here, there)
            if place.log not in found or place.seq < found[place.log][0].seq:
                found[place.log] = place, *notes
    views = []
    for log, (place, first, second) in sorted(found.items()):
        differing = _first_difference(log, one, other, keys)
        views.append(
            SplitView(log.origin, log.topic, place.epoch, place.seq, (first, second), *(differing or ("", 0)))
        )
    return views


def _contradictions(
    stated: Mapping[Place, Statement], bundle: Bundle, keys: Keys
) -> Iterator[tuple[Place, str, str]]:
    """Places at which a bundle proves another root, with both notes."""
    by_epoch = dict[tuple[LogId, str], list[int]]()
    for place in stated:
        by_epoch.setdefault((place.log, place.epoch), []).append(place.seq)
    for place, statement in _checkpoints(bundle, keys).items():
        if place in stated and stated[place].root != statement.root:
            yield place, stated[place].note, statement.note
    for log, proven in _chunks(bundle, keys):
        for seq in by_epoch.get((log, proven.run.epoch), ()):
            place = Place(log, proven.run.epoch, seq)
            if proven.run.first <= seq <= proven.run.last and _root(proven, seq) not in (
                None,
                stated[place].root,
            ):
                yield place, stated[place].note, proven.chunk.header.checkpoint


def _root(proven: ProvenChunk, seq: int) -> bytes | None:
    try:
        return proven.root_at(seq)
    except RootNotKnown:
        return None


def _checkpoints(bundle: Bundle, keys: Keys) -> dict[Place, Statement]:
    """What origins signed, in notes of their own and in chunks."""
    found = dict[Place, Statement]()
    for member, raw in _members(bundle, (MemberKind.CHECKPOINT, MemberKind.WITNESS), MAX_NOTE):
        note = raw.decode(errors="replace")
        if member.log and (checkpoint := _open(note, member.log, keys)):
            found[_place(checkpoint)] = Statement(checkpoint.root, note)
    for _, proven in _chunks(bundle, keys):
        found[_place(proven.checkpoint)] = Statement(proven.checkpoint.root, proven.chunk.header.checkpoint)
    return found


def _place(checkpoint: LogCheckpoint) -> Place:
    return Place(checkpoint.log, checkpoint.epoch, checkpoint.seq)


def _open(note: str, log: LogId, keys: Keys) -> LogCheckpoint | None:
    try:
        checkpoint = open_checkpoint(note, keys.get(log.origin, ()))
    except (UnknownKey, BadSignature, MalformedNote):
        return None
    return checkpoint if checkpoint.log == log else None


def _chunks(bundle: Bundle, keys: Keys) -> Iterator[tuple[LogId, ProvenChunk]]:
    """The chunks that prove themselves."""
    for member, raw in _members(bundle, (MemberKind.ENTRIES, MemberKind.FILL), MAX_CHUNK):
        try:
            chunk = open_chunk(member, raw)
            yield chunk.header.log, prove_chunk(chunk, keys.get(chunk.header.origin, ()))
        except BadChunk:
            continue


def _members(bundle: Bundle, kinds: tuple[MemberKind, ...], limit: int) -> Iterator[tuple[Member, bytes]]:
    for name, reader in bundle.members():
        member = parse_member(name)
        if member is not None and member.kind in kinds:
            yield member, reader.read_all(limit)


def _first_difference(log: LogId, one: Bundle, other: Bundle, keys: Keys) -> tuple[str, int] | None:
    """(epoch, seq) of the first entry of which the bundles hold two; None where they hold no such entry."""
    leaves = dict(_leaves(log, one, keys))
    differing = [
        (position, epoch, seq)
        for (position, epoch, seq), leaf in _leaves(log, other, keys)
        if leaves.get((position, epoch, seq), leaf) != leaf
    ]
    return min(differing)[1:] if differing else None


def _leaves(log: LogId, bundle: Bundle, keys: Keys) -> Iterator[tuple[tuple[int, str, int], bytes]]:
    """((position, epoch, seq), hash) of the single entries of a log; not of those inside a run of stubs."""
    for each, proven in _chunks(bundle, keys):
        if each == log:
            for item in proven.items:
                if item.end == item.begin + 1:
                    yield (item.begin, proven.run.epoch, item.begin - proven.run.offset), item.hashes[0]
