"""`cadre site hand-over` and `take-over`: what a site that is closed in order gives to the one that keeps its logs."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.cli.audit.options import load_signer
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.site_files import open_output, parse_heads, read_file
from services.cli.site_heads import find_own_heads
from services.cli.site_options import Out
from services.cli.site_registry import OpenRegistry, find_site, open_registry
from services.sites.box_keys import DamagedBoxKey, load_box_keys
from services.sites.domain.tree import Registry
from services.sites.events import LogHead
from services.sites.hand_over import (
    BadHandOver,
    HandedKeys,
    HandOver,
    open_hand_over,
    open_handed_keys,
    seal_handed_keys,
    sign_hand_over,
)
from shared.eventlog.key_store import KeyOwner
from shared.runtime.ledger import Ledger

_PAGE = 10_000


def hand_over_site(
    ctx: typer.Context,
    custodian: Annotated[
        str, typer.Option("--to", help="Id of the site that will keep the logs of this one.")
    ],
    out: Out = None,
) -> None:
    """Write where the logs of this site end, and its keys sealed to the one that will keep them."""
    context: Context = ctx.obj
    with open_output(out) as write, open_registry(context, writes=False) as tree:
        box_key = find_site(tree.registry, custodian).box_key
        if custodian == tree.site:
            fail("OwnCustodian: a closed site does not keep its own logs", "name another site", code=1)
        keys = HandedKeys(
            subjects=_find_subject_keys(tree.ledger, tree.site), identity=tree.keys.find_identity_key() or b""
        )
        content = HandOver(
            site=tree.site,
            custodian=custodian,
            at=context.clock(),
            last=find_own_heads(context, tree.ledger),
            keys=seal_handed_keys(keys, tree.site, custodian, box_key),
        )
        write(sign_hand_over(content, load_signer(context)))


def take_over_site(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="What the site handed over to this one.")],
) -> None:
    """Keep the keys that a site handed over. Closing it with the same file does that too, where this site keeps it."""
    context: Context = ctx.obj
    with open_registry(context, writes=True) as tree:
        content = _open(read_file(file), file, tree.registry)
        if content.custodian != tree.site:
            fail(
                "{file} is for {other}, and this is {site}",
                "hand it on to that site",
                file=file,
                other=content.custodian,
                site=tree.site,
            )
        keep_handed_keys(context, tree, content, file)


def read_last_entries(
    file: Path, registry: Registry, site: str
) -> tuple[tuple[LogHead, ...], HandOver | None]:
    """The last entries of the logs of a site, from a list of them or from what it handed over; and the latter."""
    text = read_file(file)
    if text.lstrip()[:1] == "[" or "cadre-hand-over-" not in text:
        return parse_heads(file, text), None
    content = _open(text, file, registry)
    if content.site != site:
        fail("{file} is of {other}, not of {site}", file=file, other=content.site, site=site)
    return content.last, content


def keep_handed_keys(context: Context, tree: OpenRegistry, content: HandOver, file: Path) -> None:
    """Keep the keys that are sealed to this site, and say how many persons they are of."""
    try:
        keys = open_handed_keys(content, load_box_keys(context.settings().home))
    except (BadHandOver, DamagedBoxKey) as error:
        _refuse(file, error)
    tree.keys.store_keys(keys.subjects.items(), content.site)
    if keys.identity and tree.keys.find_identity_key() is None:
        tree.keys.keep_identity_key(keys.identity)
    text = translate("keys of {count} persons kept for {site}", count=len(keys.subjects), site=content.site)
    sys.stderr.write(f"{text}\n")


def _find_subject_keys(ledger: Ledger, site: str) -> dict[str, bytes]:
    """The keys that this site made for the subjects of its personal facts, where they are not destroyed."""
    owners = set[KeyOwner]()
    for log in ledger.logs.values():
        after = 0
        while log.topic.personal and (page := log.read_stored(after, _PAGE)):
            owners |= {(stream, site) for _, stream, _, _ in page}
            after = page[-1][0]
    found = ledger.logs["personnel"].keys.find_keys(owners)
    return {subject: key for (subject, _), key in sorted(found.items()) if key}


def _open(text: str, file: Path, registry: Registry) -> HandOver:
    try:
        return open_hand_over(text, registry)
    except BadHandOver as error:
        _refuse(file, error)


def _refuse(file: Path, error: ValueError) -> NoReturn:
    fail(
        "{file} is not what a site hands over to this one: {error}",
        "make it there with `cadre site hand-over --to SITE --out FILE`",
        file=file,
        error=error,
    )
