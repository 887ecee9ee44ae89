"""`cadre report` and `cadre forecast`: what was done between two days, and which posts fall vacant."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from services.chronicle.queries.planning.forecast import forecast
from services.chronicle.queries.reports.cadre_work import cadre_work
from services.chronicle.queries.reports.rendering import as_sheet, as_text
from services.chronicle.queries.rules.rule_versions import rulebook
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import translate
from services.cli.ledger_access import as_known, ledger_for_reading, parse_as_of
from services.cli.options import AsJson, KnownAt, UnitId
from services.cli.output import format_json, write_json, write_result
from services.regulation.application import rulebook as shipped_rulebook
from shared.core.partial_dates import civil_day, day_after


def report_cadre_work(
    ctx: typer.Context,
    unit: UnitId,
    since: Annotated[str, typer.Option("--from", help="First day.")],
    to: Annotated[str, typer.Option("--to", help="Last day.")],
    known: KnownAt = "",
    form: Annotated[
        Literal["text", "json", "xlsx"], typer.Option("--format", help="Words, JSON, or a spreadsheet.")
    ] = "text",
    lang: Annotated[Literal["vi", "en"], typer.Option("--lang", help="Language of the report.")] = "vi",
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to this file instead of standard output.")
    ] = None,
) -> None:
    """What was planned, moved, appointed, evaluated, trained and reorganised between two days."""
    try:
        first, after = civil_day(since), day_after(civil_day(to))
    except ValueError as error:
        fail(str(error))
    if form == "xlsx" and output is None:
        fail("a spreadsheet cannot be written to a terminal", "name a file with --output")
    when = parse_as_of(to, known)
    with ledger_for_reading(ctx.obj) as ledger, ledger.tables.engine.connect() as connection:
        when = as_known(ledger, ctx.obj, when, known)
        report = cadre_work(connection, when, unit, first, after)
    if not report.place_name:
        fail("no unit has the id {id}", "`cadre find NAME` finds ids", code=1, id=unit)
    if form == "xlsx" and output:
        output.write_bytes(as_sheet(report, lang))
        return
    text = format_json(report) if form == "json" else as_text(report, lang)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def show_forecast(
    ctx: typer.Context,
    unit: UnitId,
    years: Annotated[int, typer.Option("--years", min=1, max=30, help="How many years ahead.")] = 10,
    as_of: Annotated[str, typer.Option("--as-of", help="From this day on; else from today.")] = "",
    known: KnownAt = "",
    as_json: AsJson = False,
) -> None:
    """Who leaves which title in the years to come, and who is planned to follow."""
    context: Context = ctx.obj
    when = parse_as_of(as_of or context.clock()[:10], known)
    with ledger_for_reading(context) as ledger, ledger.tables.engine.connect() as connection:
        when = as_known(ledger, context, when, known)
        rules = rulebook(connection, when, shipped_rulebook())
        outlook = forecast(connection, when, rules, unit, years)
    if as_json:
        write_json(outlook)
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
        for item in sorted(outlook.items, key=lambda item: (item.bench > 0, item.leaving[0].day))
    ]
    write_result(rows, False, ("first", "why", "title", "unit", "leaving", "bench"))
    pool = (
        translate("no planning list")
        if outlook.pool is None
        else translate("{count} entries in planning", count=outlook.pool)
    )
    summary = translate(
        "{vacancies} posts of {titles} titles are vacant until {until}; {uncovered} titles have no successor; {pool}",
        vacancies=outlook.vacancies,
        titles=outlook.titles,
        until=outlook.until,
        uncovered=outlook.no_successor,
        pool=pool,
    )
    Console().print(summary, highlight=False, soft_wrap=True)
