"""`cadre audit access`: who looked at what, took data out, was refused, or had access in an emergency."""

from typing import Annotated

import typer

from services.cli.context import Context
from services.cli.errors import fail
from services.cli.ledger_access import ledger_to_inspect
from services.cli.options import AsJson
from services.cli.output import write_result
from services.identity.access_record.reading import list_access

COLUMNS = ("quarter", "what", "name", "by", "of", "questions", "rule", "reason")


def show_access(
    ctx: typer.Context,
    of: Annotated[str, typer.Option("--of", help="A person or unit that was looked at, by its id.")] = "",
    by: Annotated[str, typer.Option("--by", help="An account or token that looked, by its id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Who looked at what, took data out, was refused, or had access in an emergency."""
    context: Context = ctx.obj
    with ledger_to_inspect(context) as ledger:
        lines = list_access(ledger.logs["identity"], of, by)
    if not lines and (of or by) and not as_json:
        fail("nothing is on record about {what}", "`cadre find NAME` finds ids", code=1, what=of or by)
    write_result(lines, as_json, COLUMNS)
