"""`cadre report` and `cadre forecast`: what was done, and what is to come."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from services.chronicle.queries.planning.forecast import forecast as forecast_of
from services.chronicle.queries.reports.cadre_work import cadre_work
from services.chronicle.queries.reports.rendering import as_sheet, as_text
from services.chronicle.queries.rules.rule_versions import rulebook
from services.cli.common import Context, fail, out, reading, when
from services.regulation.application import rulebook as shipped
from shared.core.partial_dates import civil_day, day_after

Unit = Annotated[str, typer.Option(help="Id of a unit: it and all below it.")]


def report_commands() -> typer.Typer:
    report = typer.Typer(help="Reports on cadre work.", no_args_is_help=True)

    @report.callback()
    def reports() -> None:
        """Reports on cadre work."""

    @report.command("cadre-work")
    def cadre_work_(
        ctx: typer.Context,
        unit: Unit,
        since: Annotated[str, typer.Option("--from", help="First day.")],
        to: Annotated[str, typer.Option("--to", help="Last day.")],
        known: Annotated[str, typer.Option("--known", help="As known then.")] = "",
        form: Annotated[Literal["text", "json", "xlsx"], typer.Option("--format")] = "text",
        lang: Literal["vi", "en"] = "vi",
        output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
    ) -> None:
        """What was planned, moved, appointed, judged, trained and reorganised between two days."""
        try:
            first, after = civil_day(since), day_after(civil_day(to))
        except ValueError as error:
            fail(str(error))
        if form == "xlsx" and output is None:
            fail("a sheet does not fit on a screen", "name a file with --output")
        asked = when(to, known)
        with reading(ctx.obj) as ledger, ledger.tables.engine.connect() as connection:
            found = cadre_work(connection, asked, unit, first, after)
        if not found.place_name:
            fail(f"no unit has the id {unit}", "cadre show units gives the ids", code=1)
        if form == "xlsx" and output:
            output.write_bytes(as_sheet(found, lang))
        elif form == "json" and output is None:
            out(found, True)
        elif output:
            output.write_text(as_text(found, lang), encoding="utf-8")
        else:
            sys.stdout.write(as_text(found, lang))

    return report


def forecast(
    ctx: typer.Context,
    unit: Unit,
    years: Annotated[int, typer.Option(min=1, max=30)] = 10,
    as_of: Annotated[str, typer.Option("--as-of", help="From this day on.")] = "",
    known: Annotated[str, typer.Option("--known", help="As known then.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Who leaves which title in the years to come, and who is planned to follow: titles without a successor first."""
    context: Context = ctx.obj
    asked = when(as_of or context.clock()[:10], known)
    with reading(context) as ledger, ledger.tables.engine.connect() as connection:
        found = forecast_of(connection, asked, rulebook(connection, asked, shipped()), unit, years)
    if as_json:
        out(found, True)
        return
    rows: list[dict[str, Any]] = [
        {
            "first": item.leaving[0].day,
            "why": item.leaving[0].cause,
            "title": item.title,
            "unit": item.unit_name,
            "leaving": len(item.leaving),
            "bench": item.bench,
        }
        for item in sorted(found.items, key=lambda item: (item.bench > 0, item.leaving[0].day))
    ]
    out(rows, False, ("first", "why", "title", "unit", "leaving", "bench"))
    pool = "no planning list" if found.pool is None else f"{found.pool} entries in planning"
    Console().print(
        f"{found.vacancies} seats of {found.titles} titles become free until {found.until}; "
        f"{found.no_successor} titles without a successor; {pool}",
        highlight=False,
    )
