"""`cadre bundle make`, `have` and `apply`: facts leave this site in a file, and come in one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec
import typer

from services.cli.audit.options import current_actor
from services.cli.bundles import BundleFile, open_bundle_file, refuse_bundle, require_site_keys
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.exchange_partners import explain_partners
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_files import fail_to_write, open_output, read_file
from services.cli.site_options import Out
from services.cli.site_registry import explain_no_tree
from services.sync.bundles.faults import BadBundle
from services.sync.bundles.reading import Bundle, open_bundle
from services.sync.domain.heads import to_stored
from services.sync.events import BundleMade
from services.sync.exchange.introducing import open_introduced
from services.sync.exchange.listing import NoSuchBundle, find_bundle_heads, list_bundles
from services.sync.exchange.partners import NotANeighbour
from services.sync.exchange.receiving import Applied, apply_bundle
from services.sync.exchange.sending import BundleContents, make_bundle
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.commands.command_handler import Origin
from shared.core.partial_dates import day_of
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, split_note, verify_note
from shared.replica.runs import Head

ForSite = Annotated[
    str, typer.Option("--for", help="Id of the site that it is for, above or below this one.")
]
BundleOut = Annotated[Path, typer.Option("--out", help="The file to write; it must not exist yet.")]
HaveFile = Annotated[
    Path | None,
    typer.Option(
        "--have", help="What that site has, as its `cadre bundle have` wrote it; else what it signed for."
    ),
]


SinceBundle = Annotated[
    int | None,
    typer.Option(
        "--since-bundle",
        min=1,
        help="Leave out what the bundle of this number leads to. Where that one is lost, this one waits for it.",
    ),
]


class HaveList(msgspec.Struct, frozen=True, kw_only=True):
    """What a site has, as a small file: with it a bundle brings just what is missing."""

    format: Literal["cadre-have-1"] = "cadre-have-1"
    site: str
    at: str
    heads: tuple[Head, ...]


def make(
    ctx: typer.Context,
    recipient: ForSite,
    out: BundleOut,
    have: HaveFile = None,
    since: SinceBundle = None,
    as_json: AsJson = False,
) -> None:
    """Write a file with all that a site above or below has not signed for."""
    context: Context = ctx.obj
    with open_exchange(context) as replica:
        known = _read_have_list(replica, recipient, have) if have else frozenset()
        if since is not None:
            known |= _find_bundle_heads(replica, recipient, since)
        try:
            with explain_partners(replica.site):
                contents = BundleContents(replica, recipient, known)
        except NotANeighbour:
            fail_of_stranger(replica, recipient)
        number = _last_number(replica) + 1
        with _draft(out) as draft:
            try:
                with draft.open("wb") as file:
                    header = make_bundle(replica, contents, recipient, number, file)
                    file.flush()
                    os.fsync(file.fileno())
            except BadBundle as error:
                refuse_bundle(out, error)
            with draft.open("rb") as file:
                digest = sha256()
                while piece := file.read(2**20):
                    digest.update(piece)
            fact = BundleMade(
                number=number,
                recipients=(recipient,),
                sha256=digest.hexdigest(),
                heads=to_stored(head for head in contents.heads if head.topic != RECEIPTS),
                effective_from=day_of(context.clock()),
            )
            replica.ledger.apps[RECEIPTS].handle(replica.site, fact, Origin(actor=current_actor("bundle")))
    shown = {
        "file": str(out),
        "to": recipient,
        "number": number,
        "bytes": out.stat().st_size,
        "at": header.at,
    }
    if as_json:
        write_json(shown)
    else:
        write_result(
            [{"what": key, "value": value} for key, value in shown.items()], False, ("what", "value")
        )


def have(ctx: typer.Context, out: Out = None) -> None:
    """Write what this site has, so that another can make a bundle of just what is missing."""
    context: Context = ctx.obj
    with open_output(out) as write, open_exchange(context) as replica:
        heads = tuple(sorted(replica.all_heads()))
        listed = HaveList(site=replica.site, at=replica.clock(), heads=heads)
        write(replica.signer.sign(msgspec.json.encode(listed).decode() + "\n"))


def apply(ctx: typer.Context, file: BundleFile, as_json: AsJson = False) -> None:
    """Take what a bundle brings, and record a receipt for it. Applied twice it changes nothing more."""
    context: Context = ctx.obj
    with open_exchange(context) as replica, open_bundle_file(file) as raw:
        box_key, *older = replica.box_keys

        def open_it() -> Bundle:
            present, replaced = replica.tree.present_keys(), replica.tree.replaced_keys()
            return open_bundle(raw, replica.site, box_key, present, revoked=replaced, older_box_keys=older)

        try:
            bundle = open_introduced(replica, raw, open_it, replica.ledger.import_alone())
            with explain_partners(replica.site):
                applied = apply_bundle(replica, bundle)
        except BadBundle as error:
            refuse_bundle(file, error)
    _show(applied, as_json)
    for fault in applied.faults:
        warn("{fault}", fault=f"{fault.where}: {fault.detail}")
    if applied.faults:
        raise typer.Exit(2)


def list_all(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The bundles that were made and applied here, and which of them have arrived."""
    with open_exchange(ctx.obj) as replica:
        rows = [msgspec.to_builtins(each) for each in list_bundles(replica)]
    write_result(rows, as_json, ("direction", "site", "number", "at", "state", "sha256"))


@contextmanager
def open_exchange(context: Context) -> Iterator[SiteReplica]:
    """The replica of this site, over its ledger opened for writing."""
    from services.bootstrap.replicas import create_replica, open_site_replica
    from services.cli.ledger_access import site_ledger
    from shared.operations.settings import in_cluster

    settings = context.settings()
    require_site_keys(context)
    if not in_cluster():
        create_replica(settings.home, settings.database)
    with site_ledger(context) as ledger:
        if (site := ledger.logs[RECEIPTS].site) != settings.site:
            fail(
                "the home {home} is of the site {other}, this cluster is {site}",
                "name the home of this cluster with CADRE_HOME",
                home=settings.home,
                other=settings.site,
                site=site,
            )
        with explain_no_tree(settings.home), open_site_replica(settings, ledger, context.clock) as replica:
            yield replica


def _read_have_list(replica: SiteReplica, site: str, file: Path) -> frozenset[Head]:
    note = read_file(file)
    try:
        listed = msgspec.json.decode(split_note(note)[0], type=HaveList)
        verify_note(note, replica.tree.present_keys().get(listed.site, ()))
    except (msgspec.MsgspecError, MalformedNote, UnknownKey, BadSignature) as error:
        fail(
            "{file} is no list of what a site has: {error}",
            "make it there with `cadre bundle have --out FILE`",
            file=file,
            error=error,
        )
    if listed.site != site:
        fail(
            "{file} says what {other} has, not {site}",
            "name the file of {site}, or make the bundle for {other}",
            file=file,
            other=listed.site,
            site=site,
        )
    return frozenset(listed.heads)


def _find_bundle_heads(replica: SiteReplica, recipient: str, number: int) -> frozenset[Head]:
    try:
        return find_bundle_heads(replica, recipient, number)
    except NoSuchBundle:
        made = [
            str(each.number)
            for each in list_bundles(replica)
            if (each.direction, each.site) == ("out", recipient)
        ]
        fail(
            "this site made no bundle {number} for {site}",
            "name one of these, or leave --since-bundle out: {numbers}",
            number=number,
            site=recipient,
            numbers=", ".join(made) or "-",
        )


def fail_of_stranger(replica: SiteReplica, site: str) -> NoReturn:
    """End the command because nothing is exchanged with that site."""
    fail(
        "{site} is neither above nor below this site",
        "name one of these: {sites}",
        site=site,
        sites=", ".join(_neighbours(replica)) or "-",
    )


def _neighbours(replica: SiteReplica) -> list[str]:
    tree, site = replica.tree, replica.site
    return [
        each for each in sorted(tree.signing_keys()) if tree.is_below(each, site) or tree.is_below(site, each)
    ]


def _last_number(replica: SiteReplica) -> int:
    """The number of the last bundle that this site made."""
    made = (
        event.fact.number
        for event in replica.read_statements()
        if event.site == replica.site and isinstance(event.fact, BundleMade)
    )
    return max(made, default=0)


@contextmanager
def _draft(out: Path) -> Iterator[Path]:
    """A file beside the one to write, which takes its place at the end; after a failure there is neither."""
    if out.exists():
        fail("{file} exists already", "name another file", file=out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.new")
    try:
        draft.touch(mode=0o600)
        yield draft
        draft.replace(out)
    except OSError as error:
        fail_to_write(out, error)
    finally:
        draft.unlink(missing_ok=True)


def _show(applied: Applied, as_json: bool) -> None:
    if as_json:
        write_json(msgspec.to_builtins(applied))
        return
    rows = [{"what": outcome, "count": count} for outcome, count in applied.entries.items()]
    rows.append({"what": "streams", "count": applied.changed})
    rows += [{"what": f"waiting: {site}", "count": count} for site, count in applied.waiting.items()]
    write_result(rows, False, ("what", "count"))
