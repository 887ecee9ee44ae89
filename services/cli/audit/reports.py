"""What was known when, who said so; and how a person is erased."""

from collections.abc import Mapping
from typing import Annotated

import typer

from services.audit.erasure import NotOnFile, erase
from services.audit.reports import changes, list_facts_about, overrides
from services.chronicle.queries.tenures import histories
from services.chronicle.queries.units.subjects import list_streams_of_unit
from services.cli.audit.options import AsJson, actor
from services.cli.common import Context, fail, out, reading, when, writing
from shared.commands.command_handler import Origin
from shared.core.clock import new_id
from shared.core.partial_dates import day_of


def as_known(
    ctx: typer.Context,
    valid: Annotated[str, typer.Option(help="The day it is about: 2024-01-01.")],
    known: Annotated[
        list[str],
        typer.Option(help="What was known then: a day or an instant. Twice: and what changed by then."),
    ],
    rows: Annotated[
        list[str] | None, typer.Option(help="Only these rows, as `tenures`; may be repeated.")
    ] = None,
    unit: Annotated[
        str, typer.Option(help="Only this unit and all below it: posts, those who hold them, planning lists.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Who held what on a day, as it was known once; and everything about that day that was said otherwise later."""
    context: Context = ctx.obj
    if len(known) > 2:
        fail("give --known once or twice")
    first, second = when(valid, known[0]), when(valid, "".join(known[1:]))
    with reading(context) as ledger:
        if unknown := set(rows or ()) - ledger.tables.projections.keys():
            fail(
                f"there are no rows called {', '.join(sorted(unknown))}",
                f"there are {', '.join(ledger.tables.projections)}",
            )
        with ledger.tables.engine.connect() as connection:
            about = (
                list_streams_of_unit(connection, unit, first) | list_streams_of_unit(connection, unit, second)
                if unit
                else None
            )
            if about == set():
                fail(
                    f"no unit {unit} existed on {first.as_of}", "cadre show search NAME finds its id", code=1
                )
            said = histories.list_holders(connection, first, place=unit)
        moments = (first.as_of, first.known_at, second.known_at)
        found = list(changes(ledger.tables, ledger.logs, *moments, rows or (), about))
    if as_json:
        out({"said": said, "changed": found}, as_json)
        return
    out(said, as_json, ("name", "title", "unit_name", "start", "end", "certainty"))
    lines = [
        {
            "rows": each.rows,
            "of": each.stream,
            "said": _said(each.before),
            "later": _said(each.after),
            "recorded": [fact.recorded_at[:10] for fact in each.facts],
            "by": [fact.actor for fact in each.facts],
            "decision": [fact.decision for fact in each.facts],
        }
        for each in found
    ]
    out(lines, as_json, ("rows", "of", "said", "later", "recorded", "by", "decision"))


def _said(row: Mapping[str, object]) -> list[str]:
    return [f"{name}: {value}" for name, value in row.items()]


def who_knew_what(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(help="A cadre, a unit, a post, …, by its id.")] = "",
    overridden: Annotated[
        bool, typer.Option("--overrides", help="Every breach of a rule that somebody answered for.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """When every fact about a subject became known here, by whom, on which paper."""
    context: Context = ctx.obj
    if bool(subject) is overridden:
        fail("give a subject, or --overrides")
    with reading(context) as ledger:
        found = (
            list(overrides(ledger.logs, ledger.tables))
            if overridden
            else list_facts_about(ledger.logs, ledger.tables, subject)
        )
    if subject and not found:
        fail(f"nothing was ever said about {subject}", code=1)
    out(found, as_json, ("recorded_at", "actor", "fact", "stream", "effective_from", "decision"))


def erase_(
    ctx: typer.Context,
    cadre: str,
    reason: Annotated[str, typer.Option(help="Why, as it will stand in the record.")],
    decision: Annotated[str, typer.Option(help="The decision document.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the personal data of a cadre for good. It cannot be undone, and nothing else about them changes."""
    context: Context = ctx.obj
    if not yes:
        typer.confirm(f"Destroy the key of {cadre}? Nobody can bring it back.", abort=True)
    origin = Origin(actor=actor(), command_id=new_id(context.clock))
    with writing(context) as ledger:
        try:
            facts = erase(
                ledger,  # type: ignore[arg-type]  # both kinds have keys
                ledger.apps["audit"],
                cadre,
                reason,
                day_of(context.clock()),
                origin,
                decision,
            )
        except NotOnFile:
            fail(f"{cadre} is not on file", code=1)
    out([{"erased": cadre, "facts": facts}], False, ("erased", "facts"))
