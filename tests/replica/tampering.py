"""Bundles in which one thing is not as its origin signed it, or that begin too late."""

from collections.abc import Iterator

from msgspec.structs import replace

from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.checkpoints import open_checkpoint, sign_checkpoint
from shared.replica.chunks import Chunk, Stubs
from tests.replica.sites import KEYS, Message


def without_first(message: Message) -> Message:
    """The beginning of a bundle is lost, or it comes before the one that was made earlier."""
    return message._replace(chunks=message.chunks[1:])


def tampered(message: Message) -> Iterator[tuple[str, Chunk, tuple[Chunk, ...]]]:
    """(what, the first chunk changed in that, what it may still be taken as). A signature is made anew with a key that
    is not the origin's. Of the entry before the first of an epoch the header only says what to call it."""
    chunk = message.chunks[0]
    header = chunk.header
    other_leaf = (Stubs(1, (hash_leaf(b"other"),)),)
    yield "leaf", Chunk(replace(header, items=other_leaf)), ()
    following = header.epoch, header.first
    yield "sequence", replace(chunk, header=replace(header, first=header.first + 1, previous=following)), ()
    yield "epoch", replace(chunk, header=replace(header, epoch="other")), ()
    origin = "C" if header.origin != "C" else "D"
    yield "origin", replace(chunk, header=replace(header, origin=origin)), ()
    yield "previous", replace(chunk, header=replace(header, previous=following)), ()
    if header.start and header.first == 1:
        yield "previous", replace(chunk, header=replace(header, previous=("other", 7))), (chunk,)
    checkpoint = open_checkpoint(header.checkpoint, KEYS[header.origin])
    stolen = sign_checkpoint(checkpoint, Signer(header.origin, bytes(32)))
    yield "key", replace(chunk, header=replace(header, checkpoint=stolen)), ()
    edited = header.checkpoint.replace(f"epoch {checkpoint.epoch} ", "epoch other ")
    yield "checkpoint", replace(chunk, header=replace(header, checkpoint=edited, epoch="other")), ()
    if chunk.payloads:
        changed = chunk.payloads[0].replace(b"toy", b"boy")
        yield "payload", replace(chunk, payloads=(changed,)), ()
