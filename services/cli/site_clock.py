"""`cadre site clock`: states that a clock was far ahead, so that what it recorded counts as known since then."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.cli.context import Context
from services.cli.errors import fail
from services.cli.ledger_access import ledger_for_writing, ledger_to_inspect
from services.cli.site_files import read_heads
from services.cli.site_heads import find_own_heads
from services.cli.site_options import DecisionId, OnDay, Reason
from services.cli.site_registry import date_fact, find_site, open_registry, record_with_authority
from services.sites.events import ClockCorrected
from shared.core.partial_dates import Instant, to_microseconds
from shared.readmodel.row_store import WATERMARK
from shared.replica.store.replica_store import ReplicaStore
from shared.runtime.embedded import EmbeddedLedger


def correct_clock(
    ctx: typer.Context,
    reason: Reason,
    site: Annotated[str, typer.Argument(help="Id of the site; else this one.")] = "",
    until: Annotated[
        Path | None,
        typer.Option("--until", help="Of a site below: file with the last entries that carry a wrong time."),
    ] = None,
    on: OnDay = "",
    decision: DecisionId = "",
) -> None:
    """State that the clock of this site was far ahead and is right now: what it recorded counts as known since now."""
    context: Context = ctx.obj
    if site and site != context.settings().site:
        if until is None:
            fail(
                "name the last entries with a wrong time with --until",
                "`cadre site heads` writes such a file there",
            )
        with open_registry(context, writes=True) as tree:
            find_site(tree.registry, site)
            fact = ClockCorrected(until=read_heads(until), reason=reason)
            record_with_authority(tree, site, date_fact(fact, context, on, decision))
        return
    if until is not None:
        fail("this site finds the entries with a wrong time itself", "leave --until out")
    now = context.clock()
    if not _is_ahead(context, now):
        fail(
            "no log of this site is ahead of its clock, which says {now}",
            "set the clock right first; `cadre rebuild` ends a correction that was cut short",
            code=1,
            now=now,
        )
    with open_registry(replace(context, corrected_to=now), writes=True) as tree:
        heads = find_own_heads(
            context, tree.ledger
        )  # of all logs: all were signed as closed until a wrong time
        fact = ClockCorrected(until=heads, reason=reason)
        tree = record_with_authority(tree, tree.site, date_fact(fact, context, on, decision))
        since = tree.ledger.logs["sites"].last_recorded_at()
    with ledger_for_writing(context) as ledger:
        _make_known(ledger, since)


def _is_ahead(context: Context, now: Instant) -> bool:
    """Whether the last fact of some log says a later time."""
    with ledger_to_inspect(context) as ledger:
        if not isinstance(ledger, EmbeddedLedger):
            fail(
                "the clocks of a cluster are those of its machines",
                "mend them there: see `cadre clock`",
                code=1,
            )
        return any(log.last_recorded_at() > now for log in ledger.logs.values())


def _make_known(ledger: object, since: Instant) -> None:
    """Let what carries a wrong time be known since an instant in all rows, also what was received meanwhile."""
    assert isinstance(ledger, EmbeddedLedger)
    if isinstance(ledger.foreign, ReplicaStore):
        ledger.foreign.correct_known(since)
    with ledger.tables.transaction() as connection:
        ledger.tables.set_position(connection, WATERMARK, to_microseconds(since))
    ledger.rebuild()
