"""`cadre site close`: a site records nothing any more, its logs end, and another one keeps them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.language import translate
from services.cli.site_custody import keep_handed_keys, read_last_entries
from services.cli.site_heads import find_held_heads, find_own_heads
from services.cli.site_options import DecisionId, OnDay, Reason
from services.cli.site_registry import (
    OpenRegistry,
    check_authority,
    date_fact,
    find_site,
    open_registry,
    record_all_with_authority,
)
from services.sites.domain.tree import Registry
from services.sites.events import ClosingExtended, LogHead, SiteClosed, SiteFact, SiteRehomed
from services.sites.hand_over import HandOver
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger

if TYPE_CHECKING:
    from services.sync.exchange.site_replica import SiteReplica

RehomeChildren = Annotated[
    str,
    typer.Option(
        "--rehome-children", help="Id of the site below which all its children are put, by the same decision."
    ),
]


def close_site(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site that closes.")],
    reason: Reason = "",
    custodian: Annotated[str, typer.Option("--custodian", help="Id of the site that keeps its logs.")] = "",
    last: Annotated[
        Path | None,
        typer.Option(
            "--last",
            help="What it handed over, or the last entries of its logs as `cadre site heads` writes them there.",
        ),
    ] = None,
    as_known: Annotated[
        bool, typer.Option("--as-known", help="Its logs end where this site knows them to end.")
    ] = False,
    rehome_children: RehomeChildren = "",
    extend: Annotated[
        bool,
        typer.Option(
            "--extend",
            help="It is closed already: admit what came late, all that is here or as far as --last says.",
        ),
    ] = False,
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Close a site: its logs end with these entries, and its custodian answers for them."""
    context: Context = ctx.obj
    if last and as_known:
        fail("--last and --as-known exclude each other")
    if extend and (custodian or rehome_children):
        fail("--extend goes without --custodian and --rehome-children", "the site is closed already")
    if not extend and not custodian:
        fail("name the site that keeps its logs with --custodian")
    if not extend and not reason.strip():
        fail("say why with --reason")
    reason = reason or translate("it came late")
    with open_registry(context, writes=True) as tree:
        find_site(tree.registry, site)
        given, handed = read_last_entries(last, tree.registry, site) if last else (None, None)
        facts: list[tuple[str, SiteFact]]
        if extend:
            heads = _find_held(tree, site) if given is None else given
            facts = [(site, ClosingExtended(last=heads, reason=reason))]
        else:
            heads = _find_last(context, tree, site, as_known) if given is None else given
            facts = [(site, SiteClosed(custodian=custodian, last=heads, reason=reason))]
        if rehome_children:
            children = find_children(tree.registry, site)
            facts += [(child, SiteRehomed(parent=rehome_children, reason=reason)) for child in children]
        facts = [(each, date_fact(fact, context, on, decision)) for each, fact in facts]
        check_authority(tree, facts)
        with open_replica_of(context, tree) as replica:
            if given is not None and not extend:
                _check_custody(replica, site, custodian, given)
            tree = record_all_with_authority(tree, facts)
            if replica:
                _let_take_effect(replica)
        if last and handed and not extend:
            _keep_keys(context, tree, handed, last)
        if not extend and (left := find_children(tree.registry, site)):
            warn(
                "{sites} stand below {site} still: they exchange facts with {parent} from now on",
                "put them below another site with `cadre site rehome`",
                sites=", ".join(left),
                site=site,
                parent=tree.registry.parent_of(left[0]),
            )


def _keep_keys(context: Context, tree: OpenRegistry, handed: HandOver, file: Path) -> None:
    if handed.custodian == tree.site:
        keep_handed_keys(context, tree, handed, file)
        return
    warn(
        "the keys in {file} are for {custodian}",
        "hand it on: `cadre site take-over FILE` there",
        file=file,
        custodian=handed.custodian,
    )


def find_children(registry: Registry, site: str) -> list[str]:
    """The sites that stand right below one and are not closed."""
    return sorted(each.id for each in registry.sites.values() if each.parent == site and not each.closings)


def _find_last(context: Context, tree: OpenRegistry, site: str, as_known: bool) -> tuple[LogHead, ...]:
    """The last entries of a site's logs, as far as they are here."""
    if site == tree.site:
        return find_own_heads(context, tree.ledger)
    if not as_known:
        fail(
            "how far the logs of {site} go is known here only as far as they have come",
            "run `cadre site heads --out FILE` there and close it with --last FILE, or say --as-known",
            code=1,
            site=site,
        )
    heads = _find_held(tree, site)
    if not heads:
        warn(
            "nothing of the logs of {site} is here: whatever comes of it is kept aside until the closing is extended",
            site=site,
        )
    return heads


def _find_held(tree: OpenRegistry, site: str) -> tuple[LogHead, ...]:
    from services.bootstrap.known_registry import find_store

    return find_held_heads(find_store(tree.ledger), site)


@contextmanager
def open_replica_of(context: Context, tree: OpenRegistry) -> "Iterator[SiteReplica | None]":
    """What this site holds of all logs, over its ledger as it is open; None where it has exchanged nothing."""
    from services.bootstrap.known_registry import find_store
    from services.bootstrap.replicas import open_site_replica

    ledger, settings = tree.ledger, context.settings()
    if not isinstance(ledger, EmbeddedLedger | ClusterLedger) or find_store(ledger) is None:
        yield None
        return
    with ledger.import_alone(), open_site_replica(settings, ledger, context.clock) as replica:
        yield replica


def _check_custody(replica: "SiteReplica | None", site: str, custodian: str, last: Sequence[LogHead]) -> None:
    """End the command where the custodian does not have all that the logs of a site are to end with; where nothing was
    exchanged here, that is not known."""
    from services.sites.domain.trust import to_heads
    from services.sync.exchange.custody import find_missing
    from services.sync.exchange.site_tree import RECEIPTS

    heads = [head for head in sorted(to_heads(site, last)) if head.topic != RECEIPTS]
    if replica is None:
        if heads:
            warn(
                "this site has exchanged nothing yet: whether {custodian} has the logs of {site} is not known here",
                "keep the home of {site} until it has them",
                custodian=custodian,
                site=site,
            )
        return
    if missing := find_missing(replica, custodian, heads):
        fail(
            "{custodian} does not have the logs of {site} up to these entries: {entries}",
            "let it have the last bundle of {site} first, or close it with --as-known",
            code=1,
            custodian=custodian,
            site=site,
            entries=", ".join(f"{head.topic} {head.epoch} {head.seq}" for head in missing),
        )


def _let_take_effect(replica: "SiteReplica") -> None:
    from services.sync.exchange.receiving import judge_again

    judge_again(replica)
