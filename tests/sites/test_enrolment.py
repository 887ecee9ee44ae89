"""Requests and tickets are files that nobody can change on the way."""

import pytest

from services.sites.domain.registry import fold_registry
from services.sites.enrolment import (
    BadRequest,
    BadTicket,
    Request,
    make_ticket,
    open_request,
    open_ticket,
    read_facts,
    sign_request,
    sign_ticket,
)
from services.sites.events import SiteLevel, SiteRehomed, topic
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from tests.sites.tree import BOX, Tree, public_key


def signer(site: str, number: int = 0) -> Signer:
    return Signer(site, hash_leaf(f"{site} {number}".encode()))


REQUEST = Request(
    site="px", name="Phường X", level=SiteLevel.COMMUNE, key=public_key("px"), box_key=BOX, unit="U-X"
)


def test_a_request_becomes_the_registration() -> None:
    assert open_request(sign_request(REQUEST, signer("px"))) == REQUEST
    fact = REQUEST.registration("huyen")
    assert (fact.name, fact.unit, fact.parent, fact.key) == ("Phường X", "U-X", "huyen", public_key("px"))


def test_a_request_is_signed_with_the_key_that_it_names() -> None:
    for bad in (
        sign_request(REQUEST, signer("px", 1)),
        sign_request(REQUEST, signer("py")),
        sign_request(REQUEST, signer("px")).replace("U-X", "U-Y"),
        signer("px").sign("no request\n"),
        "",
    ):
        with pytest.raises(BadRequest):
            open_request(bad)


def ticket_of(tree: Tree, site: str = "px", parent: str = "huyen") -> str:
    stored = [topic.encode(event) for event in tree.events]
    return sign_ticket(make_ticket(site, parent, tree.fold(), stored), signer(parent))


def test_a_ticket_makes_the_registry() -> None:
    tree = Tree()
    ticket, registry = open_ticket(ticket_of(tree), "px", public_key("px"))
    assert (ticket.root, ticket.root_key, ticket.parent) == ("tinh", public_key("tinh"), "huyen")
    assert registry == fold_registry(tree.events, "tinh")


def test_a_ticket_says_what_its_registry_says() -> None:
    tree = Tree()
    note = ticket_of(tree)
    for site, key, text in (
        ("py", public_key("py"), note),
        ("px", public_key("px", 1), note),
        ("px", public_key("px"), note.replace(public_key("tinh"), public_key("tinh", 1))),
        ("px", public_key("px"), ticket_of(tree, "px", "tinh")),
        ("new", public_key("new"), ticket_of(tree, "new")),
        ("px", public_key("px"), signer("huyen").sign("no ticket\n")),
    ):
        with pytest.raises(BadTicket):
            open_ticket(text, site, key)
    tree.record("tinh", "px", SiteRehomed(parent="quan"))
    with pytest.raises(BadTicket, match="registered below quan"):
        open_ticket(ticket_of(tree), "px", public_key("px"))


def test_facts_of_a_later_version_are_carried_byte_for_byte() -> None:
    """sync case 46."""
    stored = [topic.encode(event) for event in Tree().events]
    later = stored[-1].replace(b"sites.site-registered", b"sites.site-twinned")
    more = stored[1].replace(b'"fact":{', b'"fact":{"of a later version":[ 1 ],')
    ticket = make_ticket("px", "huyen", Tree().fold(), [*stored, later, more])
    opened, registry = open_ticket(sign_ticket(ticket, signer("huyen")), "px", public_key("px"))
    assert opened.stored() == [*stored, later, more]
    assert len(read_facts(opened.stored())) == len(stored)
    assert registry == Tree().fold().__class__(root="tinh", sites=Tree().fold().sites)
