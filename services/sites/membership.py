"""What a site keeps of its place in the tree: files in its home. The ticket is kept as it came."""

import base64
import os
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.sites.domain.registry import fold_registry
from services.sites.domain.tree import Registry
from services.sites.enrolment import Ticket, open_ticket, read_facts
from services.sites.events import SiteFact, SiteRegistered
from shared.eventlog.event_log import EventLog
from shared.eventlog.signed_notes import Signer

TICKET_FILE = "site-ticket.note"
"""File in the home with the ticket by which it joined; the root has none."""
BOX_KEY_FILE = "box.key"
"""File in the home with the private key (X25519, base64) that opens what is sealed to this site."""


class NotInTree(Exception):
    """This site belongs to no tree yet."""


def load_box_key(home: Path) -> str:
    """The public box key of this site, in base64. The private one is made at the first use, for its owner alone."""
    file = home / BOX_KEY_FILE
    if not file.exists():
        raw = base64.b64encode(X25519PrivateKey.generate().private_bytes_raw()).decode()
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(raw + "\n")
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(file.read_text(encoding="ascii")))
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def load_box_keys(home: Path) -> list[X25519PrivateKey]:
    """The private keys that open what is sealed to this site."""
    load_box_key(home)
    raw = (home / BOX_KEY_FILE).read_text(encoding="ascii")
    return [X25519PrivateKey.from_private_bytes(base64.b64decode(raw))]


def keep_ticket(home: Path, note: str) -> None:
    """Store the ticket by which this site joined, whole or not at all."""
    draft = home / f"{TICKET_FILE}.new"
    draft.write_text(note, encoding="utf-8")
    draft.replace(home / TICKET_FILE)


def load_ticket(home: Path, site: str, signer: Signer) -> Ticket | None:
    """The ticket by which this site joined; None where it has none. Raises BadTicket."""
    file = home / TICKET_FILE
    if not file.exists():
        return None
    return open_ticket(file.read_text(encoding="utf-8"), site, str(signer.verifier))[0]


class KnownRegistry(NamedTuple):
    """The registry as a site knows it, and the stored facts that make it."""

    registry: Registry
    stored: list[bytes]


def load_registry(home: Path, site: str, signer: Signer, log: EventLog[SiteFact]) -> KnownRegistry:
    """The registry from the facts of the ticket and the site's own. Raises NotInTree and BadTicket."""
    ticket = load_ticket(home, site, signer)
    own = read_own_facts(log)
    stored = list(dict.fromkeys([*(ticket.stored() if ticket else ()), *own]))
    root = ticket.root if ticket else site if _registers_root(own, site) else ""
    if not root:
        raise NotInTree(f"{site} belongs to no tree of sites yet")
    return KnownRegistry(fold_registry(read_facts(stored), root), stored)


def read_own_facts(log: EventLog[SiteFact]) -> list[bytes]:
    """The stored facts of a site's own log of the registry."""
    stored, after = list[bytes](), 0
    while page := log.read_stored(after, 1000):
        stored += [bytes(state) for _, _, _, state in page]
        after = page[-1][0]
    return stored


def _registers_root(own: list[bytes], site: str) -> bool:
    """Whether a site has registered itself as the top of a tree."""
    return any(
        event.stream == site and isinstance(event.fact, SiteRegistered) and not event.fact.parent
        for event in read_facts(own)
    )
