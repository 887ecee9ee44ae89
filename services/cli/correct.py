"""`cadre correct`: void a fact, amend some of its fields, or do so with many facts at once. Nothing is deleted."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from services.cli.context import Context
from services.cli.correct_batch import correct_batch
from services.cli.correct_problems import Choice, fail_rejected, parse_address
from services.cli.errors import fail
from services.cli.ledger_access import ledger_for_reading, ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_json
from services.cli.unfinished_batches import name_batch
from shared.commands.command_handler import CommandResult, Origin
from shared.core.decider import Rejected
from shared.core.facts import Corrected
from shared.runtime.ledger import Ledger


class Consequences(StrEnum):
    """What to do with facts that change with the corrected one."""

    show = "show"
    apply = "apply"
    reopen = "reopen"


CHOICES: dict[Consequences, Choice] = {
    Consequences.show: "",
    Consequences.apply: "apply",
    Consequences.reopen: "reopen",
}


def correct(
    ctx: typer.Context,
    fact: Annotated[str, typer.Argument(help="TOPIC/STREAM/EVENT, as every answer gives it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the correction.")] = "",
    amend: Annotated[
        str, typer.Option("--amend", help='New values as JSON, e.g. {"effective_from": "2020-01-15"}.')
    ] = "",
    consequences: Annotated[
        Consequences,
        typer.Option(
            "--consequences",
            help="What to do with facts that followed from this one or need it: show them and stop, correct them too "
            "(apply), or that but leave a rotation open (reopen).",
        ),
    ] = Consequences.show,
    batch: Annotated[
        str,
        typer.Option(
            "--batch",
            help="Void every fact of the import with this id, or make the corrections of this file, one a line, "
            'as {"fact": …, "amend": {…}, "reason": …} or as CSV with these columns. All count together.',
        ),
    ] = "",
    progress: Annotated[
        bool, typer.Option("--progress", help="How far the corrections are that this correction asked for.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Void or amend one fact, all facts of an import, or those that a file lists."""
    if progress:
        show_progress(ctx.obj, fact)
        return
    if not reason.strip():
        fail("a correction needs a reason", "say why with --reason")
    if bool(fact) == bool(batch):
        fail("one fact or one import is corrected", "name a fact, or an import with --batch")
    context: Context = ctx.obj
    choice = CHOICES[consequences]
    resumed = name_batch(batch) if batch else ""
    with ledger_for_writing(context, resumed=resumed) as ledger, progress_bar(as_json) as bar:
        if batch:
            counts = correct_batch(ledger, context.settings().home, batch, reason, choice)
            if ledger.projector:
                ledger.projector.project_pending(bar)
            write_json(counts)
            return
        result = _correct_fact(ledger, fact, reason, _parse_values(amend), choice)
        if ledger.projector:
            ledger.projector.project_pending()
        written = {"fact": fact, "correction": result.events[0].event_id, "version": result.version}
        also = result.events[0].fact.also
        write_json({**written, "also": [*result.events[1:], *also]} if also or result.events[1:] else written)


def _correct_fact(
    ledger: Ledger, address: str, reason: str, values: dict[str, Any] | None, consequences: Choice
) -> CommandResult[Any]:
    topic, stream, event_id = parse_address(ledger, address)
    correction = Corrected(
        target=event_id,
        mode="VOID" if values is None else "AMEND",
        reason=reason,
        new_values=values or {},
        consequences=consequences,
    )
    try:
        return ledger.apps[topic].correct(stream, correction, Origin(actor="console"))
    except Rejected as rejected:
        fail_rejected(rejected)


def _parse_values(amend: str) -> dict[str, Any] | None:
    if not amend:
        return None
    try:
        return msgspec.json.decode(amend, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        fail(
            "--amend is not a JSON object: {error}",
            """write it as {{"effective_from": "2020-01-15"}}""",
            error=error,
        )


def show_progress(context: Context, address: str) -> None:
    """Print how far the corrections of other facts are that a recorded correction asked for."""
    with ledger_for_reading(context) as ledger:
        topic, stream, event_id = parse_address(ledger, address)
        found = ledger.apps[topic].correction_progress(stream, event_id)
        if found is None:
            fail("{address} is no correction", "name the correction itself", code=1, address=address)
        write_json(found)
