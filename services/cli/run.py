"""`cadre run`: everything in one process on one port, with real units and a demonstration city on first start."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from services.bootstrap.http_app import create_http_app, serve_http
from services.cli.common import Context, environment, fail, watching, writing
from services.demo.demonstration import ACTOR, demonstration_tour, is_loaded, load_demo
from shared.core.clock import SimulatedClock
from shared.core.partial_dates import Instant
from shared.runtime.ledger import Ledger


def run(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8000,
    host: Annotated[str, typer.Option(help="Only this machine, unless you know better.")] = "127.0.0.1",
    empty: Annotated[
        bool, typer.Option("--empty", help="Start with nothing instead of the demonstration.")
    ] = False,
) -> None:
    """Start the ledger: the page, the API and its documentation."""
    if host not in ("127.0.0.1", "localhost", "::1"):
        fail(
            f"{host} is not this machine alone",
            "there is no sign-in yet, so the ledger listens on 127.0.0.1 only",
        )
    context: Context = ctx.obj
    console = Console(stderr=True)
    if not empty:
        _first_start(context.home, console)
    with writing(context) as ledger:
        if ledger.projector:
            ledger.projector.project_pending()
        console.print(
            f"Cadre Ledger: http://{host}:{port}   API: http://{host}:{port}/docs   data: {context.settings().home}"
        )
        _serve(ledger, host, port)


def demo(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="There is one.")] = "five-places",
    empty: Annotated[
        bool, typer.Option("--empty", help="Load nothing after all (else CADRE_EMPTY).")
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Leave a ledger with facts of its own as it is.")
    ] = False,
) -> None:
    """Real units, invented people, and the numbers that five places published: what `cadre run` starts with."""
    if name != "five-places":
        fail(f"no demonstration is called {name}", "there is five-places")
    context: Context = ctx.obj
    console, start = Console(stderr=True), perf_counter()
    if empty or environment().empty:
        return
    if not _first_start(context.home, console):
        if if_empty:
            return
        fail("this ledger has facts of its own", "name an empty folder with --home")
    console.print(f"loaded, {perf_counter() - start:.1f} s", highlight=False)


def _first_start(home: Path | None, console: Console) -> bool:
    """The demonstration is recorded by a simulated clock, so that what was known when has something to show.
    False where the ledger has facts of its own; then nothing is loaded."""
    clock = SimulatedClock(Instant("2014-01-01T00:00:00.000000Z"))
    with writing(Context(home, clock)) as ledger:
        begun = ledger.logs["organization"].read(limit=1)
        if begun and begun[0][1].actor not in ("demo", ACTOR):
            return False
        if is_loaded(ledger.tables):
            return True
        console.print("First start: loading the units of Viet Nam and what five places published …")
        with watching(False) as progress:
            load_demo(ledger, clock, progress)
            if ledger.projector:
                ledger.projector.project_pending(progress)
            ledger.skip_reactions()
    return True


def _serve(ledger: Ledger, host: str, port: int) -> None:
    try:
        serve_http(create_http_app(ledger, tour=demonstration_tour(ledger)), host, port)
    except SystemExit as stop:
        if stop.code:
            fail(f"cannot listen on port {port}", "another program uses it; choose one with --port")
