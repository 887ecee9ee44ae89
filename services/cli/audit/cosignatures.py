"""What others have cosigned of the logs of this site, as the replica keeps it."""

from datetime import UTC, datetime
from typing import NamedTuple

from services.audit.sealing import Seals
from shared.eventlog.cosignatures import CosignatureKey, verify_cosignature
from shared.eventlog.signed_notes import BadSignature, Checkpoint, MalformedNote, UnknownKey, verify_note
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.ledger import Ledger

VALID = "valid"


class Cosigned(NamedTuple):
    """A checkpoint of an own log with the cosignature of a witness."""

    line: str
    """Site, topic and, of a line that began as a branch, its epoch."""
    size: int
    key: str
    """The public key of the witness."""
    note: str

    @property
    def log(self) -> str:
        """Name of the log."""
        return self.line.split("/")[1]


def read_cosigned(ledger: Ledger) -> list[Cosigned]:
    """All of them; none where the site has exchanged nothing."""
    foreign = ledger.foreign
    if not isinstance(foreign, ReplicaStore):
        return []
    return [Cosigned(each.line, each.size, each.key, each.note) for each in foreign.exchange.witnessed()]


def describe_cosignature(cosigned: Cosigned, seals: Seals) -> dict[str, object]:
    """For display: what was cosigned, by whom, when, and whether it is about the log that is here."""
    key = CosignatureKey.parse(cosigned.key)
    state, at = VALID, 0
    try:
        at = verify_cosignature(cosigned.note, key) or 0
        checkpoint = Checkpoint.parse(verify_note(cosigned.note, seals.keys))
        tree = seals.update_tree(cosigned.log)
        if not at:
            state = "not cosigned"
        elif checkpoint.size > tree.size or tree.root(checkpoint.size) != checkpoint.root:
            state = "another history"
    except (BadSignature, UnknownKey, MalformedNote) as error:
        state = type(error).__name__
    return {
        "line": cosigned.line,
        "events": cosigned.size,
        "witness": key.name,
        "at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else "",
        "state": state,
        "key": cosigned.key,
    }
