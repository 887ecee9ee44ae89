"""What a site keeps of its place in the tree: files in its home. The ticket is kept as it came."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from services.sites.box_keys import BOX_KEY_FILE, load_box_key, load_box_keys
from services.sites.domain.registry import fold_registry
from services.sites.domain.tree import Registry
from services.sites.enrolment import Ticket, open_ticket, read_facts, sign_ticket
from services.sites.events import SiteFact, SiteRegistered
from services.sites.sealed_keys import seal_identity_key
from shared.eventlog.event_log import EventLog
from shared.eventlog.signed_notes import MalformedNote, Signer, Verifier, split_note
from shared.operations.home_files import write_own_file

__all__ = [
    "BOX_KEY_FILE",
    "ISSUED_FOLDER",
    "TICKET_FILE",
    "KnownRegistry",
    "NotInTree",
    "issue_ticket",
    "keep_ticket",
    "load_box_key",
    "load_box_keys",
    "load_registry",
    "load_ticket",
    "read_former_keys",
    "read_own_facts",
]
TICKET_FILE = "site-ticket.note"
"""File in the home with the ticket by which it joined; the root has none."""
ISSUED_FOLDER = "tickets"
"""Folder in the home with the last ticket that was issued for each site below."""


class NotInTree(Exception):
    """This site belongs to no tree yet."""


def keep_ticket(home: Path, note: str) -> None:
    """Store the ticket by which this site joined, whole or not at all."""
    write_own_file(home / TICKET_FILE, note)


def load_ticket(home: Path, site: str, signer: Signer, earlier: Collection[str] = ()) -> Ticket | None:
    """The ticket by which this site joined; None where it has none. `earlier`: the public keys with which it signed
    before. Raises BadTicket."""
    file = home / TICKET_FILE
    if not file.exists():
        return None
    note = file.read_text(encoding="utf-8", errors="replace")
    return open_ticket(note, site, str(signer.verifier), earlier)[0]


def read_former_keys(home: Path, site: str) -> list[Verifier]:
    """The public keys of this site that its ticket names, which may not be its own any more; none without a ticket."""
    ticket = _read_issued(home / TICKET_FILE)
    if ticket is None:
        return []
    known = fold_registry(read_facts(ticket.stored()), ticket.root).sites.get(site)
    keys = (known.key, *(old.key for old in known.replaced)) if known else ()
    return list(map(Verifier.parse, keys))


def issue_ticket(home: Path, ticket: Ticket, signer: Signer, identity_key: bytes | None) -> str:
    """The ticket as a file, with the identity key of the tree sealed to the site. The same ticket, asked for again, is
    the same file: it is kept in the home. Raises ValueError where nothing can be sealed to the site's box key."""
    file = home / ISSUED_FOLDER / f"{ticket.site}.note"
    if identity_key:
        box_key = fold_registry(read_facts(ticket.stored()), ticket.root).sites[ticket.site].box_key
        before = _read_issued(file)
        if before and before.identity_key and replace(before, identity_key="") == ticket:
            ticket = before
        else:
            ticket = replace(
                ticket, identity_key=seal_identity_key(identity_key, ticket.root, ticket.site, box_key)
            )
    note = sign_ticket(ticket, signer)
    write_own_file(file, note)
    return note


def _read_issued(file: Path) -> Ticket | None:
    """The ticket in a file of this site's own; None where there is none that can be read."""
    if not file.exists():
        return None
    try:
        text = split_note(file.read_text(encoding="utf-8", errors="replace"))[0]
        return msgspec.json.decode(text, type=Ticket)
    except (MalformedNote, msgspec.MsgspecError):
        return None


class KnownRegistry(NamedTuple):
    """The registry as a site knows it, and the stored facts that make it."""

    registry: Registry
    stored: list[bytes]


def load_registry(
    home: Path,
    site: str,
    signer: Signer,
    log: EventLog[SiteFact],
    earlier: Collection[str] = (),
) -> KnownRegistry:
    """The registry from the facts of the ticket and the site's own. Raises NotInTree and BadTicket."""
    ticket = load_ticket(home, site, signer, earlier)
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
