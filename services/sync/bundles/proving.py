"""Proves the chunks in a bundle, as an import does, and stores nothing."""

import msgspec
from msgspec.structs import replace

from services.sync.bundles.faults import Fault
from services.sync.bundles.header import Keys
from services.sync.bundles.member_names import Member, MemberKind, parse_member
from services.sync.bundles.reading import Bundle
from shared.eventlog.signed_notes import MalformedNote, split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.chunks import MAX_HEADER, BadChunk, Chunk, decode_chunk
from shared.replica.envelopes import MAX_PARKED
from shared.replica.proof import prove_chunk
from shared.replica.runs import LogId

MAX_CHUNK = MAX_HEADER + 1 + MAX_PARKED
"""Bytes of the largest chunk."""


class LogContents(msgspec.Struct, frozen=True):
    """What a bundle brings of one log."""

    origin: str
    topic: str
    entries: int = 0
    payloads: int = 0
    """Of the entries, those that are not withheld."""


class Contents(msgspec.Struct, frozen=True):
    """What is in the chunks of a bundle."""

    logs: tuple[LogContents, ...]
    waiting: tuple[str, ...]
    """Sites that are not registered here yet: what they recorded is kept aside until they are."""
    faults: tuple[Fault, ...]


def prove_bundle(bundle: Bundle, keys: Keys) -> Contents:
    """What a bundle brings, each chunk proven with a key of its origin. `keys`: all that a site ever signed with, for
    how far an old one is believed is another question. Raises BadBundle where the file changes meanwhile."""
    logs, waiting, faults = dict[LogId, LogContents](), set[str](), list[Fault]()
    for name, reader in bundle.members():
        member = parse_member(name)
        if member is None or member.log is None or member.kind not in (MemberKind.ENTRIES, MemberKind.FILL):
            continue
        try:
            chunk = open_chunk(member, reader.read_all(MAX_CHUNK))
            if member.log.origin not in keys:
                waiting.add(member.log.origin)
                continue
            proven = prove_chunk(chunk, keys[member.log.origin])
        except BadChunk as error:
            faults.append(Fault(error.rule, name, str(error)))
            continue
        before = logs.get(member.log, LogContents(member.log.origin, member.log.topic))
        logs[member.log] = replace(
            before,
            entries=before.entries + proven.run.last - proven.run.first + 1,
            payloads=before.payloads + len(chunk.payloads),
        )
    return Contents(tuple(logs[log] for log in sorted(logs)), tuple(sorted(waiting)), tuple(faults))


def open_chunk(member: Member, raw: bytes) -> Chunk:
    """The chunk in a member, which is the one that its name says. It is not proven. Raises BadChunk."""
    chunk = decode_chunk(raw)
    header = chunk.header
    if header.log != member.log:
        raise BadChunk("WrongOrigin", f"a chunk of {header.origin}/{header.topic} is called {member}")
    if (header.epoch, header.first) != (member.epoch, member.number):
        raise BadChunk("BadHeader", f"a chunk from {header.epoch} {header.first} on is called {member}")
    try:
        checkpoint = parse_checkpoint(split_note(header.checkpoint)[0])
    except MalformedNote as error:
        raise BadChunk("BadHeader", str(error)) from None
    if checkpoint.log != header.log:
        raise BadChunk("WrongOrigin", f"the checkpoint is of {checkpoint.origin_line}")
    return chunk
