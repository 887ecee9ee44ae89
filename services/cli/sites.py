"""`cadre site init`, `admit`, `join`, `list`, `show` and `identities`: who belongs to the tree; every step by file, no
network needed."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from services.audit.sealing import keep_earlier_keys, load_trusted_keys
from services.cli.audit.options import load_signer
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.identity_hashes import add_identity_hashes
from services.cli.language import translate
from services.cli.ledger_access import ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_files import fail_to_write, open_output, read_file
from services.cli.site_options import DecisionId, Out
from services.cli.site_registry import (
    date_fact,
    find_site,
    open_registry,
    record,
    record_with_authority,
    warn_of_identity_key,
)
from services.sites.box_keys import DamagedBoxKey, load_box_key, load_private_box_key
from services.sites.domain.tree import Registry, Site
from services.sites.enrolment import (
    BadRequest,
    BadTicket,
    Request,
    make_ticket,
    open_request,
    open_ticket,
    sign_request,
)
from services.sites.events import SiteLevel
from services.sites.membership import issue_ticket, keep_ticket, read_former_keys
from services.sites.sealed_keys import BadSealedKey, open_identity_key
from shared.core.identifiers import is_site_id
from shared.runtime.ledger import Ledger


def init_site(
    ctx: typer.Context,
    name: Annotated[str, typer.Option("--name", help="What the site is called.")],
    level: Annotated[SiteLevel, typer.Option("--level", help="Level of administration.")],
    unit: Annotated[str, typer.Option("--unit", help="Id of the unit that it serves.")] = "",
    address: Annotated[str, typer.Option("--address", help="Where it answers: https://…")] = "",
    root: Annotated[bool, typer.Option("--root", help="It is the top of a new tree.")] = False,
    out: Out = None,
) -> None:
    """Make the keys of this site and write its request, or register it as the top of a new tree."""
    context: Context = ctx.obj
    settings = context.settings()
    if not is_site_id(settings.site):
        fail(
            "{site} cannot be the id of a site: 1 to 40 characters, each one of a-z 0-9 -",
            "begin with a new home and CADRE_SITE",
            site=settings.site,
        )
    with open_output(out) as write:
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
            signer, box_key = load_signer(context), load_box_key(settings.home)
            former = read_former_keys(settings.home, settings.site)  # what they signed stays believed here
            keep_earlier_keys(settings.home, (key for key in former if key != signer.verifier))
        except DamagedBoxKey as error:
            _fail_of_box_key(error)
        except OSError as error:
            fail_to_write(settings.home, error)
        request = Request(
            site=settings.site,
            name=name,
            level=level,
            key=str(signer.verifier),
            box_key=box_key,
            unit=unit,
            address=address,
        )
        with ledger_for_writing(context) as ledger:
            if root:
                record(ledger, settings.site, date_fact(request.registration(""), context, ""), 0)
                _begin_identity_key(ledger, settings.site)
        write(f"{settings.site}\n{request.key}\n" if root else sign_request(request, signer))


def admit_site(
    ctx: typer.Context,
    request: Annotated[Path, typer.Argument(help="The request of the site, as `cadre site init` wrote it.")],
    decision: DecisionId = "",
    out: Out = None,
) -> None:
    """Register a site below this one, and write its ticket."""
    context: Context = ctx.obj
    try:
        asked = open_request(read_file(request))
    except BadRequest as error:
        fail(
            "{file} is no request of a site: {error}",
            "make it with `cadre site init`",
            file=request,
            error=error,
        )
    with open_output(out) as write, open_registry(context, writes=True) as tree:
        known = tree.registry.sites.get(asked.site)
        if known is None:
            fact = date_fact(asked.registration(tree.site), context, "", decision)
            tree = record_with_authority(tree, asked.site, fact)
        elif (known.key, known.parent) != (asked.key, tree.site):
            _fail_of_registered(known, asked, request)
        if tree.site == tree.registry.root:
            _begin_identity_key(tree.ledger, tree.site)
        warn_of_identity_key(tree)
        ticket = make_ticket(asked.site, tree.site, tree.registry, tree.stored)
        key = tree.keys.find_identity_key()
        home = context.settings().home
        try:
            write(issue_ticket(home, ticket, load_signer(context), key))
        except ValueError as error:
            fail("nothing can be sealed to the box key of {site}: {error}", site=asked.site, error=error)
        except OSError as error:
            fail_to_write(home, error)


def join_tree(
    ctx: typer.Context,
    ticket: Annotated[Path, typer.Argument(help="The ticket that the site above wrote.")],
    root_key: Annotated[
        str, typer.Option("--root-key", help="The key of the top of the tree, if you have it otherwise.")
    ] = "",
) -> None:
    """Join the tree with a ticket. The key of its top is believed from then on."""
    context: Context = ctx.obj
    settings = context.settings()
    note, signer, key = read_file(ticket), load_signer(context), None
    try:
        earlier = [str(each) for each in load_trusted_keys(settings.home, signer)]
        opened, _ = open_ticket(note, settings.site, str(signer.verifier), earlier)
        if opened.identity_key:
            box_key = load_private_box_key(settings.home)
            key = open_identity_key(opened.identity_key, opened.root, settings.site, box_key)
    except DamagedBoxKey as error:
        _fail_of_box_key(error)
    except (BadTicket, BadSealedKey) as error:
        fail(
            "{file} is no ticket for this site: {error}",
            "ask the site above for another",
            file=ticket,
            error=error,
        )
    if root_key and root_key != opened.root_key:
        fail("the top of the tree has another key: {key}", code=1, key=opened.root_key)
    if key:
        with ledger_for_writing(context) as ledger:
            ledger.logs["personnel"].keys.keep_identity_key(key)
            _complete_hashes(ledger, settings.site)
    try:
        keep_ticket(settings.home, note)
    except OSError as error:
        fail_to_write(settings.home, error)
    with open_registry(context, writes=False) as tree:
        warn_of_identity_key(tree)
    sys.stdout.write(f"{opened.root}\n{opened.root_key}\n")


def list_sites(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The sites of the tree, and what does not count of the registry."""
    with open_registry(ctx.obj, writes=False) as tree:
        sites = [_describe(tree.registry, site) for site in sorted(tree.registry.sites)]
        findings = tree.registry.findings
        warn_of_identity_key(tree)
    if as_json:
        write_json({"root": tree.registry.root, "sites": sites, "findings": findings})
        return
    write_result(sites, as_json, ("site", "name", "level", "parent", "unit", "state"))
    if findings:
        write_result(findings, as_json, ("origin", "stream", "rule", "detail"))


def show_site(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site; else this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """All that the registry says about a site."""
    with open_registry(ctx.obj, writes=False) as tree:
        found = find_site(tree.registry, site or tree.site)
    if as_json:
        write_json(found)
        return
    fields = msgspec.to_builtins(found)
    write_result([{"what": key, "value": value} for key, value in fields.items()], as_json, ("what", "value"))


def _describe(registry: Registry, site: str) -> dict[str, object]:
    found = registry.sites[site]
    state = f"closed({found.custodian})" if found.closings else "root" if site == registry.root else "member"
    return {
        "site": site,
        "name": found.name,
        "level": found.level,
        "parent": found.parent,
        "unit": found.unit,
        "address": found.address,
        "key": found.key,
        "state": state,
    }


def add_identities(ctx: typer.Context) -> None:
    """Give all persons on file the hash of their national id under the key of the tree, where they have none."""
    context: Context = ctx.obj
    with open_registry(context, writes=True) as tree:
        if tree.site == tree.registry.root:
            tree.keys.make_identity_key()
        if tree.keys.find_identity_key() is None:
            fail(
                "this site does not have the identity key of the tree",
                "ask the site above for another ticket (`cadre site admit`), and join with it",
                code=1,
            )
        sys.stdout.write(f"{add_identity_hashes(tree.ledger, tree.site)}\n")


def _begin_identity_key(ledger: Ledger, site: str) -> None:
    """Make the key under which the tree hashes national ids, where there is none, and hash under it."""
    ledger.logs["personnel"].keys.make_identity_key()
    _complete_hashes(ledger, site)


def _complete_hashes(ledger: Ledger, site: str) -> None:
    """Give persons who were on file before their hash under the key of the tree, and say how many facts that took."""
    if not ledger.logs["personnel"].keys.is_hashed() and (count := add_identity_hashes(ledger, site)):
        text = translate("{count} national ids hashed under the key of the tree", count=count)
        sys.stderr.write(f"{text}\n")


def _fail_of_box_key(error: DamagedBoxKey) -> NoReturn:
    fail(
        "{error}", "restore it from a backup: what was sealed to it opens with no other", code=1, error=error
    )


def _fail_of_registered(known: Site, asked: Request, file: Path) -> NoReturn:
    """End the command because the site of a request is registered, with another key or below another site."""
    if known.key == asked.key:
        fail(
            "{site} is registered already, below {parent}",
            "its ticket is written there",
            site=known.id,
            parent=known.parent or "-",
        )
    fail(
        "{site} is registered already, with another key",
        "if the old keys are lost: `cadre site key {site} --request {file}`, then admit it again",
        site=known.id,
        file=file,
    )
