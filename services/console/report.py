"""`cadre report`, `cadre forecast` and `cadre demo`: what was done, what is to come, and something to try it on."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from services.chronicle.queries.forecast import forecast as forecast_of
from services.chronicle.queries.report import cadre_work
from services.chronicle.queries.report_text import as_sheet, as_text
from services.chronicle.queries.rulings import rulebook
from services.console.common import Context, fail, out, reading, watching, when, writing
from services.intake.demo import ACTOR, is_loaded, load_demo
from services.regulation.application import rulebook as shipped
from shared.clock import SimulatedClock
from shared.dates import Instant, civil_day, day_after

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


def demo_commands() -> typer.Typer:
    demo = typer.Typer(help="Something to try it on.", no_args_is_help=True)

    @demo.callback()
    def demonstrations() -> None:
        """Something to try it on."""

    @demo.command("five-places")
    def five_places(ctx: typer.Context) -> None:
        """Real units, invented people, and the numbers that five places published: what `cadre run` starts with."""
        context: Context = ctx.obj
        clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
        with writing(Context(context.home, clock)) as ledger, watching(False) as progress:
            begun = ledger.logs["organization"].read(limit=1)
            if begun and begun[0][1].actor != ACTOR:
                fail("this ledger has facts of its own", "name an empty folder with --home")
            start = perf_counter()
            if not is_loaded(ledger):
                load_demo(ledger, clock, progress)
            facts = sum(log.position() for log in ledger.logs.values())
        Console(stderr=True).print(f"{facts:,} facts in {perf_counter() - start:.1f} s", highlight=False)

    return demo
