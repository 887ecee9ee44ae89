"""`cadre site …`: who belongs to the tree of sites; every step by file, no network needed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import msgspec
import typer

from services.cli.audit.options import current_actor, load_signer
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.ledger_access import ledger_for_writing, ledger_to_inspect
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.sites.domain.authority import Objection, find_objection
from services.sites.domain.registry import SiteEvent, fold_registry
from services.sites.domain.tree import Registry, Site
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
from services.sites.events import LogHead, SiteClosed, SiteFact, SiteLevel, SiteRehomed
from services.sites.membership import NotInTree, keep_ticket, load_box_key, load_registry, read_own_facts
from shared.commands.command_handler import Origin
from shared.core.decider import Rejected
from shared.core.facts import Recorded
from shared.core.identifiers import is_site_id
from shared.core.partial_dates import Day, PDate, civil_day
from shared.runtime.ledger import Ledger

Out = Annotated[Path | None, typer.Option("--out", help="The file to write; without it, standard output.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the fact.")]
OnDay = Annotated[str, typer.Option("--on", help="The day from which it is so; else today.")]
DecisionId = Annotated[str, typer.Option("--decision", help="The id of the decision document.")]


class OpenRegistry(NamedTuple):
    """The registry as this site knows it, and the ledger to record in."""

    ledger: Ledger
    site: str
    registry: Registry
    stored: list[bytes]
    """The facts that make it."""


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
    settings.home.mkdir(parents=True, exist_ok=True)
    signer = load_signer(context)
    request = Request(
        site=settings.site,
        name=name,
        level=level,
        key=str(signer.verifier),
        box_key=load_box_key(settings.home),
        unit=unit,
        address=address,
    )
    with ledger_for_writing(context) as ledger:
        if root:
            _record(ledger, settings.site, _dated(request.registration(""), context, ""), 0)
    if not root:
        _write_file(sign_request(request, signer), out)
        return
    sys.stdout.write(f"{settings.site}\n{request.key}\n")


def admit_site(
    ctx: typer.Context,
    request: Annotated[Path, typer.Argument(help="The request of the site, as `cadre site init` wrote it.")],
    decision: DecisionId = "",
    out: Out = None,
) -> None:
    """Register a site below this one, and write its ticket."""
    context: Context = ctx.obj
    try:
        asked = open_request(_read_file(request))
    except BadRequest as error:
        fail(
            "{file} is no request of a site: {error}",
            "make it with `cadre site init`",
            file=request,
            error=error,
        )
    with open_registry(context, writes=True) as tree:
        known = tree.registry.sites.get(asked.site)
        if known is None:
            fact = _dated(asked.registration(tree.site), context, "", decision)
            tree = _record_with_authority(tree, asked.site, fact)
        elif (known.key, known.parent) != (asked.key, tree.site):
            fail("{site} is registered already, below {parent}", site=asked.site, parent=known.parent or "-")
        ticket = make_ticket(asked.site, tree.site, tree.registry, tree.stored)
    _write_file(sign_ticket(ticket, load_signer(context)), out)


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
    note, signer = _read_file(ticket), load_signer(context)
    try:
        opened, _ = open_ticket(note, settings.site, str(signer.verifier))
    except BadTicket as error:
        fail(
            "{file} is no ticket for this site: {error}",
            "ask the site above for another",
            file=ticket,
            error=error,
        )
    if root_key and root_key != opened.root_key:
        fail("the top of the tree has another key: {key}", code=1, key=opened.root_key)
    keep_ticket(settings.home, note)
    sys.stdout.write(f"{opened.root}\n{opened.root_key}\n")


def list_sites(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The sites of the tree, and what does not count of the registry."""
    with open_registry(ctx.obj, writes=False) as tree:
        sites = [_describe(tree.registry, site) for site in sorted(tree.registry.sites)]
        findings = tree.registry.findings
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
        found = _find(tree.registry, site or tree.site)
    if as_json:
        write_json(found)
        return
    fields = msgspec.to_builtins(found)
    write_result([{"what": key, "value": value} for key, value in fields.items()], as_json, ("what", "value"))


def rehome_site(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site that moves.")],
    to: Annotated[str, typer.Option("--to", help="Id of its new parent.")],
    reason: Reason = "",
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Put a site below another parent; only a site above both may."""
    context: Context = ctx.obj
    with open_registry(context, writes=True) as tree:
        _find(tree.registry, site)
        fact = _dated(SiteRehomed(parent=to, reason=reason), context, on, decision)
        _record_with_authority(tree, site, fact)


def close_site(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site that closes.")],
    custodian: Annotated[str, typer.Option("--custodian", help="Id of the site that keeps its logs.")],
    reason: Reason,
    last: Annotated[
        Path,
        typer.Option(
            "--last", help="File with the last entries of its logs: a JSON list of topic, epoch, seq, root."
        ),
    ],
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Close a site: its logs end with these entries, and its custodian answers for them."""
    context: Context = ctx.obj
    try:
        heads = msgspec.json.decode(_read_file(last), type=tuple[LogHead, ...])
    except msgspec.MsgspecError as error:
        fail("{file} is no list of log heads: {error}", file=last, error=error)
    with open_registry(context, writes=True) as tree:
        _find(tree.registry, site)
        fact = _dated(SiteClosed(custodian=custodian, last=heads, reason=reason), context, on, decision)
        _record_with_authority(tree, site, fact)


@contextmanager
def open_registry(context: Context, writes: bool) -> Iterator[OpenRegistry]:
    """The registry as this site knows it. Ends the command where it belongs to no tree."""
    settings, signer = context.settings(), load_signer(context)
    with (ledger_for_writing if writes else ledger_to_inspect)(context) as ledger:
        try:
            known = load_registry(settings.home, settings.site, signer, ledger.logs["sites"])
        except NotInTree as error:
            fail(
                "{error}",
                "make its request with `cadre site init`, or a new tree with `cadre site init --root`",
                error=error,
            )
        except BadTicket as error:
            fail("the ticket in {home} is damaged: {error}", "join again", home=settings.home, error=error)
        yield OpenRegistry(ledger, settings.site, known.registry, known.stored)


def _record_with_authority(tree: OpenRegistry, stream: str, fact: SiteFact) -> OpenRegistry:
    """Record a fact of the registry that counts at once; one that would not is refused. Returns the tree after it."""
    heard = max((event.lamport for event in read_facts(tree.stored)), default=0)
    draft: SiteEvent = Recorded(
        event_id="",
        site=tree.site,
        epoch="",
        seq=1,
        stream=stream,
        version=1,
        recorded_at=tree.ledger.watermark(),
        actor=current_actor("site"),
        command_id="",
        lamport=heard + 1,
        fact=fact,
    )
    if objection := find_objection(tree.registry, draft):
        _refuse(objection, stream)
    _record(tree.ledger, stream, fact, heard)
    stored = list(dict.fromkeys([*tree.stored, *read_own_facts(tree.ledger.logs["sites"])]))
    return tree._replace(registry=fold_registry(read_facts(stored), tree.registry.root), stored=stored)


def _refuse(objection: Objection, site: str) -> NoReturn:
    """End the command because the registry would not count the fact."""
    match objection.rule:
        case "NoAuthority":
            fail(
                "NoAuthority: this site may not decide that about {site}",
                "only these may: {sites}",
                code=1,
                site=site,
                sites=objection.detail,
            )
        case "UnknownSite":
            fail("UnknownSite: no site {site} is registered here", code=1, site=objection.detail)
        case "CircularTree":
            fail("CircularTree: {sites}", code=1, sites=objection.detail)
        case "AlreadyClosed" | "ParentClosed":
            fail("{rule}: the site {site} is closed", code=1, rule=objection.rule, site=objection.detail)
        case "RootStays":
            fail("RootStays: the top of the tree cannot be closed", code=1)
        case "OwnCustodian":
            fail("OwnCustodian: a closed site does not keep its own logs", "name another site", code=1)
    fail("{rule}: {detail}", code=1, rule=objection.rule, detail=objection.detail)


def _record(ledger: Ledger, stream: str, fact: SiteFact, heard: int) -> None:
    """Record a fact that sorts after all that were heard of, those of other sites too."""
    try:
        origin = Origin(actor=current_actor("site"), observed_lamport=heard)
        ledger.apps["sites"].handle(stream, fact, origin)
    except Rejected as rejected:
        fail(str(rejected), code=1)


def _dated(fact: SiteFact, context: Context, on: str, decision: str = "") -> SiteFact:
    """The fact as of a day; today where none is given."""
    try:
        day = civil_day(on) if on else Day(PDate(context.clock()[:10]))
    except ValueError as error:
        fail(str(error))
    return msgspec.structs.replace(fact, effective_from=day, decision=decision)


def _find(registry: Registry, site: str) -> Site:
    if site not in registry.sites:
        known = ", ".join(sorted(registry.sites))
        fail("no site {site} is registered; there are {known}", code=1, site=site, known=known)
    return registry.sites[site]


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


def _read_file(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(str(error))


def _write_file(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
