"""The import rule for one chunk: what is stored of it, and what became of each entry."""

from collections.abc import Iterable, Mapping

import msgspec

from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, Verifier, verify_note
from shared.replica.chunks import BadChunk, Chunk
from shared.replica.proof import ProvenChunk, prove_chunk
from shared.replica.runs import LogId, LogRuns, RootNotKnown, RootReader, find_end, follows
from shared.replica.union import Outcome, add_run


class Imported(msgspec.Struct, frozen=True, gc=False):
    """What one chunk changes, to be stored in one transaction."""

    log: LogRuns
    """The log with the entries in it; runs that are in it and were not handed in are new, the reverse are gone."""
    outcomes: tuple[tuple[int, int, Outcome], ...]
    """(first, last, outcome) in order of seq."""
    proven: ProvenChunk | None = None
    """The entries; None where nothing is stored of the chunk."""
    rule: str = ""
    """Of an invalid chunk, what is wrong; of one that waits for hashes inside a run of stubs, `HashesNeeded`."""


def import_chunk(
    log: LogRuns, chunk: Chunk, keys: Mapping[str, Iterable[Verifier]], roots: RootReader
) -> Imported:
    """All of a chunk, or nothing where one byte of it is not genuine. No entry is ever removed or replaced.

    `log`: see `add_run`. `keys`: of each site in the registry. `roots`: of the runs in `log`.
    """
    header = chunk.header
    count = sum(1 if isinstance(item, int) else item.stubs for item in header.items)
    every = header.first, header.first + count - 1
    if header.origin not in keys:
        return Imported(log, ((*every, Outcome.WAITING),))
    try:
        proven = prove_chunk(chunk, keys[header.origin])
        _check_link(log, proven, roots)
        added = add_run(log, proven.run, _reader_with(proven, roots))
    except BadChunk as bad:
        rule = "WrongSigner" if bad.rule == "UnknownKey" and _is_signed_by_another(chunk, keys) else bad.rule
        return Imported(log, ((*every, Outcome.INVALID),), rule=rule)
    except RootNotKnown:
        return Imported(log, ((*every, Outcome.WAITING),), rule="HashesNeeded")
    return Imported(added.log, added.outcomes, proven)


def _reader_with(proven: ProvenChunk, roots: RootReader) -> RootReader:
    """Reads the roots of a new chunk too."""
    return lambda run, seq: proven.root_at(seq) if run is proven.run else roots(run, seq)


def _check_link(log: LogRuns, proven: ProvenChunk, roots: RootReader) -> None:
    """Where the entry before the chunk is held, it is the one that the header names, and these can follow it."""
    before = find_end(log, proven.run, roots)
    if before is None:
        return
    if proven.chunk.header.previous != (before.epoch, before.last) or not follows(before, proven.run):
        raise BadChunk("NotConsecutive", f"the entry before is {before.epoch} {before.last}")


def _is_signed_by_another(chunk: Chunk, keys: Mapping[str, Iterable[Verifier]]) -> bool:
    """Whether the checkpoint is signed by a site in the registry that is not the origin."""
    try:
        verify_note(chunk.header.checkpoint, [key for each in keys.values() for key in each])
    except (UnknownKey, BadSignature, MalformedNote):
        return False
    return True


def empty_log(chunk: Chunk) -> LogRuns:
    """The log of a chunk before anything of it is here."""
    return LogRuns(LogId(chunk.header.origin, chunk.header.topic))
