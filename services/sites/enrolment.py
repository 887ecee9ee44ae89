"""How a site joins the tree, by two small files: its request, and the ticket that the site above it answers with.

Both are signed notes with one line of JSON. The ticket carries the facts of the registry that the site above knows, and
the key of the root: who joins believes from then on what that key vouches for.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Literal, TypeVar

import msgspec

from services.sites.domain.registry import SiteEvent, fold_registry
from services.sites.domain.tree import Registry
from services.sites.events import SiteLevel, SiteRegistered, topic
from shared.contract.cloudevents import DECODE_ERRORS
from shared.eventlog.signed_notes import (
    BadSignature,
    MalformedNote,
    Signer,
    UnknownKey,
    Verifier,
    key_name,
    split_note,
    verify_note,
)


class BadRequest(ValueError):
    """The file is not a request of a site that wants to join."""


class BadTicket(ValueError):
    """The file is not a ticket for this site."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a site says about itself."""

    format: Literal["cadre-site-request-1"] = "cadre-site-request-1"
    site: str
    name: str
    level: SiteLevel
    key: str
    box_key: str
    unit: str = ""
    address: str = ""
    silent_days: int = 3

    def registration(self, parent: str) -> SiteRegistered:
        """The fact that registers it below a site; below none, as the root."""
        fields = {
            name: getattr(self, name) for name in self.__struct_fields__ if name not in ("format", "site")
        }
        return SiteRegistered(parent=parent, **fields)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What a site needs to know to belong to the tree."""

    format: Literal["cadre-site-ticket-1"] = "cadre-site-ticket-1"
    site: str
    """Whom it is for."""
    root: str
    """Id of the top of the tree."""
    root_key: str
    """Public key of the top: pinned by whoever joins."""
    parent: str
    """Id of the site that issued the ticket, and stands above."""
    parent_key: str
    """Its public key, with which the ticket is signed."""
    parent_address: str = ""
    """Where it answers; empty: nowhere."""
    identity_key: str = ""
    """The key under which the tree hashes personal numbers, sealed to the box key of the site; empty: the parent has
    none."""
    facts: tuple[msgspec.Raw, ...]
    """The stored facts of the registry, as each site recorded them."""

    def stored(self) -> list[bytes]:
        """The facts of the registry, byte for byte."""
        return [bytes(fact) for fact in self.facts]


F = TypeVar("F", Request, Ticket)


def read_facts(stored: Iterable[bytes]) -> list[SiteEvent]:
    """The facts of the registry, each once. What is of a later version is kept and passed on, and not counted here."""
    events: dict[str, SiteEvent] = {}
    for state in stored:
        with suppress(*DECODE_ERRORS):
            event = topic.decode(state)
            events[event.event_id] = event
    return list(events.values())


def sign_request(request: Request, signer: Signer) -> str:
    """The request as a file, signed with the key that it names."""
    return _sign(request, signer)


def open_request(note: str) -> Request:
    """The request in a file that was signed with the key that it names. Raises BadRequest."""
    try:
        request = _open(note, Request)
        _verify(note, request.key, request.site)
    except (MalformedNote, UnknownKey, BadSignature) as error:
        raise BadRequest(str(error)) from None
    return request


def make_ticket(
    site: str, parent: str, registry: Registry, stored: Iterable[bytes], identity_key: str = ""
) -> Ticket:
    """The ticket for a site that is registered below its parent. `stored`: the facts that make the registry;
    `identity_key`: as sealed to the site."""
    above, root = registry.sites[parent], registry.sites[registry.root]
    return Ticket(
        site=site,
        root=root.id,
        root_key=root.key,
        parent=parent,
        parent_key=above.key,
        parent_address=above.address,
        identity_key=identity_key,
        facts=tuple(map(msgspec.Raw, stored)),
    )


def sign_ticket(ticket: Ticket, signer: Signer) -> str:
    """The ticket as a file, signed by the site that issues it."""
    return _sign(ticket, signer)


def open_ticket(note: str, site: str, key: str, earlier: Collection[str] = ()) -> tuple[Ticket, Registry]:
    """The ticket in a file, and the registry that its facts make. `key`: the public key of the site that joins;
    `earlier`: those with which it signed before. Raises BadTicket where it is for another site, or where the registry
    in it does not say what it says."""
    try:
        ticket = _open(note, Ticket)
        _verify(note, ticket.parent_key, ticket.parent)
        registry = fold_registry(read_facts(ticket.stored()), ticket.root)
    except (MalformedNote, UnknownKey, BadSignature) as error:
        raise BadTicket(str(error)) from None
    if ticket.site != site:
        raise BadTicket(f"it is for {ticket.site}, and this is {site}")
    expected = {ticket.root: {ticket.root_key}, ticket.parent: {ticket.parent_key}, site: {key, *earlier}}
    for each, keys in expected.items():
        if each not in registry.sites:
            raise BadTicket(f"{each} is not registered in it")
        if registry.sites[each].key not in keys:
            raise BadTicket(f"the key of {each} is not the one that is registered")
    if registry.sites[site].parent != ticket.parent:
        raise BadTicket(f"{site} is registered below {registry.sites[site].parent}, not {ticket.parent}")
    return ticket, registry


def _sign(content: Request | Ticket, signer: Signer) -> str:
    return signer.sign(msgspec.json.encode(content).decode() + "\n")


def _open(note: str, kind: type[F]) -> F:
    try:
        return msgspec.json.decode(split_note(note)[0], type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedNote(str(error)) from None


def _verify(note: str, key: str, site: str) -> None:
    verifier = Verifier.parse(key)
    if verifier.name != key_name(site):
        raise MalformedNote(f"the key is of {verifier.name}, not of {site}")
    verify_note(note, [verifier])
