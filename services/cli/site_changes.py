"""`cadre site rehome`, `scope`, `heads`, `restored` and `key`: what is stated about a site that belongs to the tree."""

import sys
from pathlib import Path
from typing import Annotated, get_args

import typer

from services.cli.audit.options import load_signer
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.output import format_json
from services.cli.site_files import fail_to_write, open_output, read_file, read_heads
from services.cli.site_heads import find_own_heads
from services.cli.site_keys import finish_key_replacement, prepare_new_keys
from services.cli.site_options import DecisionId, OnDay, Out, Reason
from services.cli.site_registry import (
    OpenRegistry,
    date_fact,
    find_site,
    open_registry,
    record_with_authority,
)
from services.cli.site_revoking import let_judge_again, read_receipted
from services.sites.enrolment import BadRequest, open_request
from services.sites.events import LogHead, ScopeSet, SiteKeyReplaced, SiteRehomed, SiteRestored
from shared.core.facts import Confidentiality


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
        find_site(tree.registry, site)
        fact = date_fact(SiteRehomed(parent=to, reason=reason), context, on, decision)
        record_with_authority(tree, site, fact)


def set_scope(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site.")],
    units: Annotated[
        list[str] | None,
        typer.Option("--unit", help="Id of a unit: it and all below it. May be given again."),
    ] = None,
    clearance: Annotated[
        str, typer.Option("--clearance", help="The highest class of facts that it may see.")
    ] = "INTERNAL",
    nothing: Annotated[
        bool, typer.Option("--nothing", help="No unit at all: nothing more flows down.")
    ] = False,
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Say which units' facts flow down to a site; only a site above it may. It replaces what was said before."""
    context: Context = ctx.obj
    given = tuple(dict.fromkeys(unit.strip() for unit in units or ()))
    if bool(given) == nothing:
        fail("name the units with --unit, or say --nothing")
    classes = get_args(Confidentiality)
    if clearance not in classes:
        fail("{value} is no class of facts", "one of {classes}", value=clearance, classes=", ".join(classes))
    with open_registry(context, writes=True) as tree:
        find_site(tree.registry, site)
        fact = ScopeSet(units=given, clearance=clearance)  # type: ignore[arg-type]  # checked above
        tree = record_with_authority(tree, site, date_fact(fact, context, on, decision))
        known = tree.ledger.logs["organization"].find_known_streams(given)
    if unknown := sorted(set(given) - known):
        warn(
            "nothing is recorded here about the units {units}: until there is, nothing of them flows down",
            "if an id is misspelt, set the scope again",
            units=", ".join(unknown),
        )


def write_heads(ctx: typer.Context, out: Out = None) -> None:
    """Write the last entries of the logs of this site, for those who close it or replace its key."""
    context: Context = ctx.obj
    with open_output(out) as write, open_registry(context, writes=False) as tree:
        write(format_json(find_own_heads(context, tree.ledger)))


def state_restored(
    ctx: typer.Context,
    reason: Reason,
    lost: Annotated[
        Path | None,
        typer.Option("--lost", help="File with the entries that nobody can give back: a JSON list."),
    ] = None,
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """State that this site was restored from a backup, and what it lost."""
    context: Context = ctx.obj
    heads = read_heads(lost) if lost else ()
    with open_registry(context, writes=True) as tree:
        fact = date_fact(SiteRestored(lost=heads, reason=reason), context, on, decision)
        record_with_authority(tree, tree.site, fact)


def replace_key(
    ctx: typer.Context,
    reason: Reason,
    site: Annotated[str, typer.Argument(help="Id of the site; else this one.")] = "",
    request: Annotated[
        Path | None,
        typer.Option(
            "--request", help="Of a site below: the request with its new keys, as `cadre site init` wrote it."
        ),
    ] = None,
    trusted: Annotated[
        Path | None,
        typer.Option(
            "--trusted", help="File with the entries up to which the old key is believed: a JSON list."
        ),
    ] = None,
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Sign with new keys from now on, or state the new keys of a site below whose old ones are not to be believed."""
    context: Context = ctx.obj
    heads = read_heads(trusted) if trusted else ()
    if site and site != context.settings().site:
        heads = heads or read_receipted(context, site)
        with open_registry(context, writes=True) as tree:
            _replace_key_of(context, tree, site, request, heads, reason, on, decision)
        let_judge_again(context, site, heads)
        return
    with open_registry(context, writes=True) as tree:
        if request:
            fail("this site makes its new keys itself", "leave --request out")
        if not tree.key_replaced:
            _replace_own_key(context, tree, heads, reason, on, decision)
    sys.stdout.write(f"{load_signer(context).verifier}\n")


def _replace_own_key(
    context: Context, tree: OpenRegistry, heads: tuple[LogHead, ...], reason: str, on: str, decision: str
) -> None:
    if find_site(tree.registry, tree.site).key != str(load_signer(context).verifier):
        fail(
            "the key of this site is not the one that is registered",
            "only a site above can replace that one: send it a new request (`cadre site init`)",
            code=1,
        )
    new = prepare_new_keys(context)
    fact = SiteKeyReplaced(key=new.key, box_key=new.box_key, reason=reason, trusted=heads)
    after = record_with_authority(tree, tree.site, date_fact(fact, context, on, decision))
    try:
        finish_key_replacement(context, tree.ledger, after.registry)
    except OSError as error:
        fail_to_write(context.settings().home, error)


def _replace_key_of(
    context: Context,
    tree: OpenRegistry,
    site: str,
    request: Path | None,
    heads: tuple[LogHead, ...],
    reason: str,
    on: str,
    decision: str,
) -> None:
    known = find_site(tree.registry, site)
    if request is None:
        fail("the new keys of {site} are in its request", "give it with --request FILE", site=site)
    try:
        asked = open_request(read_file(request))
    except BadRequest as error:
        fail(
            "{file} is no request of a site: {error}",
            "make it with `cadre site init`",
            file=request,
            error=error,
        )
    if asked.site != site:
        fail("{file} is the request of {other}, not of {site}", file=request, other=asked.site, site=site)
    if asked.key == known.key:
        fail(
            "{site} has that key already",
            "it makes a new one after its signing.key was moved away",
            site=site,
        )
    fact = SiteKeyReplaced(key=asked.key, box_key=asked.box_key, reason=reason, trusted=heads)
    record_with_authority(tree, site, date_fact(fact, context, on, decision))
