"""`cadre clock accept`: says that the clock is right, where nothing is recorded because it went ahead."""

import typer
from rich.console import Console

from services.cli.context import Context
from services.cli.language import translate
from services.cli.ledger_access import accept_present_clock


def accept_clock(ctx: typer.Context) -> None:
    """Say that the clock is right now; it holds for every process of this ledger, those that run included."""
    context: Context = ctx.obj
    now = accept_present_clock(context)
    Console(stderr=True).print(translate("the clock is taken to be right at {now}", now=now), highlight=False)
