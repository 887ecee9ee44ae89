"""Names of the members of a bundle, and the order in which they stand.

    vector.json
    receipts/<name>.note
    checkpoints/<site>/<topic>/<size>.note               of a branch: <site>/<topic>/<epoch>/<size>.note
    witness/<site>/<topic>/<size>.note                   likewise
    entries/sites/…  entries/audit/…  keys.json  entries/organization|regulation/…
    entries/<topic>/<origin>/<epoch>-<seq>.chunk         of the other sides of a fork: <epoch>-<seq>.<n>.chunk
    fill/<topic>/<origin>/<epoch>-<seq>.chunk
    withdraw.json
    blobs/<sha256>

A name is only ever compared and shown, never used as a path; still none can be one that leads elsewhere. Members of a
later version stand in a folder, or have a name, of their own: they are passed over. What a reader must not pass over
makes another format (`cadre-bundle-2`).
"""

from enum import StrEnum

import msgspec

from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.bundles.header import is_digest
from shared.core.identifiers import is_id, is_site_id
from shared.eventlog.signed_notes import parse_number
from shared.replica.runs import LogId

MAX_NAME = 300
"""Characters of a name: a topic, a site, an epoch and a number fit."""
MAX_SEQ = 2**53


class MemberKind(StrEnum):
    """The first part of a name."""

    VECTOR = "vector.json"
    RECEIPT = "receipts"
    CHECKPOINT = "checkpoints"
    WITNESS = "witness"
    ENTRIES = "entries"
    KEYS = "keys.json"
    FILL = "fill"
    WITHDRAW = "withdraw.json"
    BLOB = "blobs"


_RANKS = {
    MemberKind.VECTOR: 0,
    MemberKind.RECEIPT: 1,
    MemberKind.CHECKPOINT: 2,
    MemberKind.WITNESS: 3,
    MemberKind.KEYS: 6,
    MemberKind.FILL: 9,
    MemberKind.WITHDRAW: 10,
    MemberKind.BLOB: 11,
}
_RANKS_OF_ENTRIES = {"sites": 4, "audit": 5, "organization": 7, "regulation": 7}
_OTHER_ENTRIES = 8


def entries_rank(log: LogId) -> int:
    """Where the entries of a log stand among the members."""
    return _RANKS_OF_ENTRIES.get(log.topic, _OTHER_ENTRIES)


def goes_before_keys(log: LogId) -> bool:
    """Whether the entries of a log stand before the keys: there is nothing personal in them."""
    return entries_rank(log) < _RANKS[MemberKind.KEYS]


class Member(msgspec.Struct, frozen=True, gc=False):
    """What a name says. Fields that its kind does not have are empty."""

    kind: MemberKind
    log: LogId | None = None
    """Of entries and what fills them, and of checkpoints."""
    epoch: str = ""
    """Of the first entry; of a checkpoint, that with which its line began as a branch."""
    number: int = 0
    """The seq of the first entry; of a checkpoint its size."""
    name: str = ""
    """Of a receipt; of a blob its SHA-256."""
    side: int = 0
    """Of entries: 2, 3 … for further ones with the same coordinates, which lie on other sides of a fork."""

    @property
    def rank(self) -> int:
        """Members stand in the order of their ranks; those of one rank in any order."""
        if self.kind is MemberKind.ENTRIES and self.log:
            return entries_rank(self.log)
        return _RANKS[self.kind]

    def __str__(self) -> str:
        match self.kind:
            case MemberKind.RECEIPT:
                return f"{self.kind}/{self.name}.note"
            case MemberKind.BLOB:
                return f"{self.kind}/{self.name}"
        if self.log is None:
            return self.kind
        if self.kind in (MemberKind.CHECKPOINT, MemberKind.WITNESS):
            line = [self.log.origin, self.log.topic, *([self.epoch] if self.epoch else [])]
            return f"{self.kind}/{'/'.join(line)}/{self.number}.note"
        side = f".{self.side}" if self.side else ""
        return f"{self.kind}/{self.log.topic}/{self.log.origin}/{self.epoch}-{self.number}{side}.chunk"


def entries_name(log: LogId, epoch: str, first: int, side: int = 0) -> str:
    """Name of a chunk of entries. Raises BadBundle where it cannot be one."""
    return _checked(Member(MemberKind.ENTRIES, log, epoch, first, side=side))


def fill_name(log: LogId, epoch: str, first: int) -> str:
    """Name of a chunk with payloads for entries that are held as stubs."""
    return _checked(Member(MemberKind.FILL, log, epoch, first))


def checkpoint_name(log: LogId, branch: str, size: int) -> str:
    """Name of a checkpoint. `branch`: the epoch with which its line began as one; empty: the first line."""
    return _checked(Member(MemberKind.CHECKPOINT, log, branch, size))


def witness_name(log: LogId, branch: str, size: int) -> str:
    """Name of what a witness answered to a checkpoint."""
    return _checked(Member(MemberKind.WITNESS, log, branch, size))


def receipt_name(name: str) -> str:
    """Name of a receipt."""
    return _checked(Member(MemberKind.RECEIPT, name=name))


def blob_name(sha256: str) -> str:
    """Name of a document."""
    return _checked(Member(MemberKind.BLOB, name=sha256))


def _checked(member: Member) -> str:
    name = str(member)
    if parse_member(name) != member:
        raise _bad(name)
    return name


def parse_member(name: str) -> Member | None:
    """What a name says; None where it is of a later version. Raises BadBundle (BadMember) where none is called so."""
    parts = name.split("/")
    if len(name) > MAX_NAME or not all(map(is_id, parts)):
        raise _bad(name)
    if parts[0] not in set(MemberKind):
        return None
    member = _parse(MemberKind(parts[0]), parts[1:])
    if member is None:
        raise _bad(name)
    return member


def _parse(kind: MemberKind, rest: list[str]) -> Member | None:
    match kind, rest:
        case ((MemberKind.VECTOR | MemberKind.KEYS | MemberKind.WITHDRAW), []):
            return Member(kind)
        case MemberKind.RECEIPT, [file] if name := _without(file, ".note"):
            return Member(kind, name=name)
        case MemberKind.BLOB, [digest] if is_digest(digest):
            return Member(kind, name=digest)
        case ((MemberKind.CHECKPOINT | MemberKind.WITNESS), [origin, topic, *branch, file]) if (
            len(branch) < 2
        ):
            size = _count(_without(file, ".note"))
            if is_site_id(origin) and size:
                return Member(kind, LogId(origin, topic), "".join(branch), size)
        case ((MemberKind.ENTRIES | MemberKind.FILL), [topic, origin, file]):
            epoch, _, place = _without(file, ".chunk").rpartition("-")
            seq, dot, further = place.partition(".")
            number, side = _count(seq), _count(further)
            if is_site_id(origin) and is_id(epoch) and number and bool(dot) == (side > 1):
                return Member(kind, LogId(origin, topic), epoch, number, side=side)
    return None


def _without(file: str, ending: str) -> str:
    """The name of a file without its ending; empty where it has not that ending."""
    return file.removesuffix(ending) if file.endswith(ending) else ""


def _count(text: str) -> int:
    """The number of an entry, or of entries; 0 where it is none."""
    number = parse_number(text) if text else None
    return number if number is not None and number <= MAX_SEQ else 0


class MemberOrder:
    """Sees that the members of a bundle stand in their order, each once, the vector first."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._rank = -1

    def take(self, name: str) -> Member | None:
        """The next member; None where it is of a later version. Raises BadBundle: BadMember, DuplicateMember,
        WrongOrder."""
        member = parse_member(name)
        if name in self._seen:
            raise BadBundle(BundleRule.DUPLICATE_MEMBER, name, "it is there twice")
        if not self._seen and (member is None or member.kind is not MemberKind.VECTOR):
            raise BadBundle(BundleRule.WRONG_ORDER, name, f"{MemberKind.VECTOR} must be first")
        if member is not None:
            if member.rank < self._rank:
                raise BadBundle(BundleRule.WRONG_ORDER, name, "it stands after what must follow it")
            self._rank = member.rank
        self._seen.add(name)
        return member

    def close(self) -> None:
        """Raise BadBundle (WrongOrder) where there was no member at all."""
        if not self._seen:
            raise BadBundle(BundleRule.WRONG_ORDER, "members", f"{MemberKind.VECTOR} is missing")


def _bad(name: str) -> BadBundle:
    return BadBundle(BundleRule.BAD_MEMBER, name[:120], "no member of a bundle is called so")
