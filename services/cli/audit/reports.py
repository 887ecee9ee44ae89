"""`cadre audit as-known`, `who-knew-what` and `erase`: what was known when, by whom; erasing a person."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Annotated, Any

import typer

from services.audit.erasure import NotOnFile, erase
from services.audit.reports import (
    FactKnown,
    FactOrigin,
    changes,
    describe_knowledge,
    list_facts_about,
    overrides,
)
from services.chronicle.queries.tenures import histories
from services.chronicle.queries.units.subjects import list_streams_of_unit
from services.cli.audit.options import current_actor
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.ledger_access import as_known, ledger_for_reading, ledger_for_writing, parse_as_of
from services.cli.options import AsJson, AsOfDay
from services.cli.output import write_json, write_result
from services.cli.views import explain_unseen
from shared.commands.command_handler import Origin
from shared.core.clock import new_id
from shared.core.partial_dates import day_of
from shared.eventlog.union import UnionReader
from shared.runtime.ledger import Ledger


def show_as_known(
    ctx: typer.Context,
    as_of: AsOfDay,
    known: Annotated[
        list[str],
        typer.Option(
            "--known-at",
            "--known",
            help="What was known then: a day or an instant. Twice: and what changed by then.",
        ),
    ],
    rows: Annotated[
        list[str] | None, typer.Option("--rows", help="Only these rows, such as tenures; may be repeated.")
    ] = None,
    unit: Annotated[
        str,
        typer.Option(
            "--unit", help="Only this unit and all below it: posts, those who hold them, planning lists."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Who held what on a day as it was known once, and what was recorded about that day since."""
    context: Context = ctx.obj
    if len(known) > 2:
        fail("two instants are compared at most", "give --known-at once or twice")
    first, second = parse_as_of(as_of, known[0]), parse_as_of(as_of, "".join(known[1:]))
    with ledger_for_reading(context) as ledger:
        first = as_known(ledger, context, first, known[0])
        second = as_known(ledger, context, second, "".join(known[1:]))
        if unknown := set(rows or ()) - ledger.tables.projections.keys():
            fail(
                "there are no rows called {names}",
                "there are {known}",
                names=", ".join(sorted(unknown)),
                known=", ".join(ledger.tables.projections),
            )
        with ledger.tables.engine.connect() as connection:
            about = (
                list_streams_of_unit(connection, unit, first) | list_streams_of_unit(connection, unit, second)
                if unit
                else None
            )
            if about == set():
                fail(
                    "{unit} did not exist on {day}",
                    "`cadre find NAME` finds ids",
                    code=1,
                    unit=unit,
                    day=first.as_of,
                )
            holders = histories.list_holders(connection, first, below=unit)
        moments = (first.as_of, first.known_at, second.known_at)
        changed = list(changes(ledger.tables, _unions(ledger), *moments, rows or (), about))
    if as_json:
        write_json({"said": holders, "changed": changed})
        return
    write_result(holders, as_json, ("name", "title", "unit_name", "start", "end", "certainty"))
    lines = [
        {
            "rows": change.rows,
            "of": change.stream,
            "said": _format_row(change.before),
            "later": _format_row(change.after),
            "recorded": [fact.recorded_at[:10] for fact in change.facts],
            "by": [fact.actor for fact in change.facts],
            "decision": [fact.decision for fact in change.facts],
        }
        for change in changed
    ]
    write_result(lines, as_json, ("rows", "of", "said", "later", "recorded", "by", "decision"))


def _unions(ledger: Ledger) -> dict[str, UnionReader[Any]]:
    return {name: app.union for name, app in ledger.apps.items()}


def _format_row(row: Mapping[str, object]) -> list[str]:
    return [f"{name}: {value}" for name, value in row.items()]


def show_who_knew_what(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="A cadre, a unit, a post, …, by its id.")] = "",
    overridden: Annotated[
        bool,
        typer.Option("--overrides", help="Every breach of a rule that somebody took responsibility for."),
    ] = False,
    site: Annotated[
        str,
        typer.Option(
            "--site", help="As this site below knew it, by its id; each with the receipt that shows it."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """When every fact about a subject became known here, by whom, on which decision document."""
    context: Context = ctx.obj
    if bool(subject) is overridden:
        fail("one subject is asked about, or all overridden rules", "give a subject, or --overrides")
    if site and overridden:
        fail("--site is about one subject", "give a subject, or leave --site out")
    columns: tuple[str, ...] = ("recorded_at", "actor", "fact", "stream", "effective_from", "decision")
    lines: Sequence[FactOrigin]
    with ledger_for_reading(context) as ledger:
        if site:
            lines = _read_knowledge(ledger, site, subject)
            columns = ("known_at", "recorded_at", "actor", "fact", "effective_from", "receipt")
        elif overridden:
            lines = list(overrides(ledger.logs, ledger.tables))
        else:
            lines = list_facts_about(_unions(ledger), ledger.tables, subject)
    if subject and not lines:
        fail(
            "nothing was ever recorded about {subject}",
            "`cadre find NAME` finds ids",
            code=1,
            subject=subject,
        )
    write_result(lines, as_json, columns)


def _read_knowledge(ledger: Ledger, site: str, subject: str) -> list[FactKnown]:
    """When each fact about a subject was known at a site. Ends the command where that is not known here."""
    from services.bootstrap.site_views import open_site_views

    views = open_site_views(ledger)
    with explain_unseen(), closing(views):
        return describe_knowledge(site, views.read_knowledge(site, subject), ledger.tables)


def erase_person(
    ctx: typer.Context,
    cadre: Annotated[str, typer.Argument(help="Whom, by id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, as it will stand in the record.")],
    decision: Annotated[str, typer.Option("--decision", help="The id of the decision document.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is done.")] = False,
) -> None:
    """Destroy the key of the personal data of a cadre. It cannot be undone."""
    context: Context = ctx.obj
    if not yes:
        typer.confirm(
            translate("Destroy the key of {cadre}? Nobody can bring it back.", cadre=cadre),
            abort=True,
            err=True,
        )
    origin = Origin(actor=current_actor(), command_id=new_id(context.clock))
    with ledger_for_writing(context) as ledger:
        try:
            facts = erase(
                ledger,
                ledger.apps["audit"],
                cadre,
                reason,
                day_of(context.clock()),
                origin,
                decision,
            )
        except NotOnFile:
            fail("{cadre} is not on file", "`cadre find NAME` finds ids", code=1, cadre=cadre)
    write_result([{"erased": cadre, "facts": facts}], False, ("erased", "facts"))
