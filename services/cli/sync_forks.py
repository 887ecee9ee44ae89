"""`cadre sync gaps`, `forks`, `settle` and `accept`: what is missing, what was signed twice, and who decides on it."""

from typing import Annotated, Any

import msgspec
import typer

from services.cli.audit.options import current_actor
from services.cli.bundle_exchange import open_exchange
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.options import AsJson
from services.cli.output import write_json, write_result
from services.cli.site_options import DecisionId, OnDay, Reason
from services.cli.site_registry import date_fact, find_site, open_registry, record_with_authority
from services.sites.events import ForkSettled
from services.sync.exchange.first_sync import NothingIsMissing, accept_first_sync
from services.sync.exchange.forks import Fork, ShownFork, find_all_forks, read_sides, show_fork
from services.sync.exchange.receiving import record_receipt
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.status import read_status
from shared.eventlog.signed_notes import encode_base64
from shared.replica.runs import LogId

SiteArgument = Annotated[str, typer.Argument(help="Id of the site whose log it is.")]
BOTH, NONE = "both", "none"


def gaps(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Entries of other sites that must exist, because later ones are here, and are not here."""
    with open_exchange(ctx.obj) as replica:
        found = read_status(replica)
    rows = [
        {"origin": line.origin, **msgspec.to_builtins(gap)} for line in found.origins for gap in line.gaps
    ]
    write_result(rows, as_json, ("origin", "topic", "epoch", "first", "last"))


def forks(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Where a site signed two entries at one place: both sides, and which of them count."""
    with open_exchange(ctx.obj) as replica:
        found = [show_fork(replica, fork) for fork in find_all_forks(replica)]
    if as_json:
        write_json(found)
        return
    columns = ("fork", "state", "root", "entries", "counts", "stream", "recorded_at", "actor", "fact")
    write_result([row for fork in found for row in _rows(fork)], False, columns)


def _rows(fork: ShownFork) -> list[dict[str, object]]:
    place = f"{fork.origin} {fork.topic} {fork.epoch} {fork.seq}"
    return [
        {"fork": place, "state": fork.state, **msgspec.to_builtins(side), "fact": _text(side.fact)}
        for side in fork.sides
    ]


def _text(fact: Any) -> str:
    return msgspec.json.encode(fact).decode() if fact is not None else "-"


def settle(
    ctx: typer.Context,
    site: SiteArgument,
    topic: Annotated[str, typer.Argument(help="Name of the log, as `cadre sync forks` says it.")],
    epoch: Annotated[str, typer.Argument(help="Epoch of the place.")],
    seq: Annotated[int, typer.Argument(help="Number of the place in its epoch.")],
    keep: Annotated[
        list[str],
        typer.Option(
            "--keep",
            help="Which sides count: both, none, or the root of one as `cadre sync forks` says it. May be given "
            "again.",
        ),
    ],
    reason: Reason = "",
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """Decide which sides of a fork count, everywhere. Only a site above the one that was cloned may; at the top of the
    tree two persons must say the same."""
    context: Context = ctx.obj
    fork = Fork(LogId(site, topic), epoch, seq)
    with open_exchange(context) as replica:
        kept = _choose_sides(replica, fork, keep)
    fact = ForkSettled(topic=topic, epoch=epoch, seq=seq, keep=kept, reason=reason or f"--keep {keep[0]}")
    with open_registry(context, writes=True) as tree:
        find_site(tree.registry, site)
        after = record_with_authority(tree, site, date_fact(fact, context, on, decision))
    settled = {(each.topic, each.epoch, each.seq): each.keep for each in after.registry.sites[site].settled}
    if settled.get((topic, epoch, seq)) != kept:
        warn(
            "nothing counts yet: a fork of the top of the tree is settled by two persons",
            "another person runs the same command",
        )
    with open_exchange(context) as replica:
        record_receipt(replica, replica.site, f"line:{replica.site}", judge_all=True)


def _choose_sides(replica: SiteReplica, fork: Fork, keep: list[str]) -> tuple[str, ...]:
    """The roots that are to count, sorted."""
    if fork not in find_all_forks(replica):
        known = "; ".join(
            f"{log.origin} {log.topic} {epoch} {seq}" for log, epoch, seq in find_all_forks(replica)
        )
        fail(
            "no fork of {site} is known here at {topic} {epoch} {seq}",
            "these are: {known}",
            code=1,
            site=fork.log.origin,
            topic=fork.log.topic,
            epoch=fork.epoch,
            seq=fork.seq,
            known=known or "-",
        )
    roots = sorted(encode_base64(side.root) for side in read_sides(replica, fork))
    if keep == [NONE]:
        return ()
    if keep == [BOTH]:
        return tuple(roots)
    for each in keep:
        if each not in roots:
            fail(
                "{value} is no side of this fork",
                "say both, none, or one of these roots: {roots}",
                value=each,
                roots=", ".join(roots),
            )
    return tuple(sorted(set(keep)))


def accept(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of the site whose first synchronisation is not complete.")],
    reason: Reason,
) -> None:
    """Show what there is of a site whose first synchronisation cannot be completed. What is missing is named in the
    receipt, and sites that take it from here still wait for it."""
    context: Context = ctx.obj
    if not reason.strip():
        fail("say why with --reason: it is kept with the decision")
    with open_exchange(context) as replica:
        try:
            accept_first_sync(replica, site, reason, current_actor("sync"))
        except NothingIsMissing as error:
            filling = ", ".join(error.filling)
            fail(
                "nothing of {site} is waited for",
                "these sites are waited for: {filling}",
                code=1,
                site=site,
                filling=filling or "-",
            )
