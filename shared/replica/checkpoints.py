"""Checkpoints of logs that travel: C2SP tlog-checkpoint with one extension line, signed by the origin.

px/appointment/e3                         site, topic, and the epoch with which a line began as a branch
1204                                      entries
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
epoch e7 12 2026-03-01T01:00:00.000000Z   the last entry; nothing will be recorded at or before that instant
"""

from collections.abc import Iterable

import msgspec

from shared.core.partial_dates import Instant
from shared.eventlog.merkle import HASH_SIZE
from shared.eventlog.signed_notes import Checkpoint, MalformedNote, Signer, Verifier, verify_note
from shared.replica.runs import Head, LogId


class LogCheckpoint(msgspec.Struct, frozen=True, gc=False):
    """An origin's statement: the first `size` entries of a line of its log have this root and end with this entry."""

    log: LogId
    size: int
    root: bytes
    epoch: str
    """The epoch of the last entry."""
    seq: int
    """The seq of the last entry."""
    closed_until: Instant
    """Nothing will be recorded in this log at or before this instant."""
    branch: str = ""
    """The epoch with which this line began as a branch; empty: the first line."""

    @property
    def head(self) -> Head:
        return Head(self.log.origin, self.log.topic, self.epoch, self.seq, self.root)

    @property
    def origin_line(self) -> str:
        """What this line of the log is called."""
        return "/".join([self.log.origin, self.log.topic, *([self.branch] if self.branch else [])])

    def __str__(self) -> str:
        basis = Checkpoint(self.origin_line, self.size, self.root)
        return f"{basis}epoch {self.epoch} {self.seq} {self.closed_until}\n"


def sign_checkpoint(checkpoint: LogCheckpoint, signer: Signer) -> str:
    """The signed note of a checkpoint."""
    return signer.sign(str(checkpoint))


def open_checkpoint(note: str, keys: Iterable[Verifier]) -> LogCheckpoint:
    """The checkpoint that one of the origin's keys signed; other signatures, such as cosignatures, are passed over.
    Raises UnknownKey, BadSignature or MalformedNote."""
    return parse_checkpoint(verify_note(note, keys))


def parse_checkpoint(text: str) -> LogCheckpoint:
    """The checkpoint in the text of a note. Further extension lines are allowed. Raises MalformedNote."""
    basis = Checkpoint.parse(text)
    names, lines = basis.origin.split("/"), text.split("\n")[3:-1]
    extensions = [line.split(" ") for line in lines if line.startswith("epoch ")]
    if len(names) not in (2, 3) or not all(names) or len(extensions) != 1 or len(extensions[0]) != 4:
        raise MalformedNote(f"{text[:60]!r} is not the checkpoint of a log of facts")
    _, epoch, seq, closed_until = extensions[0]
    number = int(seq) if seq.isascii() and seq.isdigit() else 0
    if not epoch or not 1 <= number <= basis.size or len(basis.root) != HASH_SIZE or not closed_until:
        raise MalformedNote(f"{text[:60]!r} does not name its last entry and what it is closed until")
    log = LogId(names[0], names[1])
    return LogCheckpoint(log, basis.size, basis.root, epoch, number, Instant(closed_until), *names[2:])
