"""`cadre correct`: a fact is void or was wrong in some fields, or a whole import is undone. Nothing is deleted."""

from typing import Annotated, Any

import msgspec
import typer

from services.cli.common import Context, fail, out, watching, writing
from shared.commands.command_handler import Origin
from shared.core.clock import new_id
from shared.core.corrections import check_correction
from shared.core.decider import Rejected
from shared.core.facts import Corrected
from shared.core.timeline import timeline
from shared.eventlog.group_commit import AppendRequest
from shared.runtime.ledger import Ledger


def correct(
    ctx: typer.Context,
    fact: Annotated[str, typer.Argument(help="TOPIC/STREAM/EVENT as every answer gives it.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept with the correction.")] = "",
    amend: Annotated[
        str, typer.Option(help='New values as JSON, e.g. {"effective_from": "2020-01-15"}.')
    ] = "",
    batch: Annotated[str, typer.Option(help="Void every fact of this import.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Void a fact, amend it (--amend), or undo an import (--batch). What was known before stays known as it was."""
    if not reason.strip():
        fail("say why with --reason")
    if bool(fact) == bool(batch):
        fail("name a fact, or an import with --batch")
    context: Context = ctx.obj
    with writing(context) as ledger, watching(as_json) as progress:
        if batch:
            counts = undo(ledger, batch, reason)
            if not counts:
                fail(f"no import has the id {batch}", code=1)
            ledger.project_pending(progress)
            out(counts, True)
            return
        receipt = _correct(ledger, fact, reason, _values(amend))
        ledger.project_pending()
        out({"fact": fact, "correction": receipt.events[0].event_id, "version": receipt.version}, True)


def _correct(ledger: Ledger, address: str, reason: str, values: dict[str, Any] | None) -> Any:
    topic, _, rest = address.partition("/")
    stream, _, event_id = rest.rpartition("/")
    if topic not in ledger.apps or not stream:
        fail(f"{address!r} is not the address of a fact", "copy it from an answer: topic/stream/event")
    correction = Corrected(
        target=event_id, mode="VOID" if values is None else "AMEND", reason=reason, new_values=values or {}
    )
    try:
        return ledger.apps[topic].correct(stream, correction, Origin(actor="console"))
    except Rejected as rejected:
        fail(str(rejected), code=1)


def _values(amend: str) -> dict[str, Any] | None:
    if not amend:
        return None
    try:
        return msgspec.json.decode(amend, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        fail(f"--amend is not a JSON object: {error}")


def undo(ledger: Ledger, batch: str, reason: str) -> dict[str, int]:
    """Void all facts of an import that still count; the last service first, so that nothing points at what is gone."""
    origin = Origin(actor="console", correlation=new_id())
    counts: dict[str, int] = {}
    for name in reversed(ledger.apps):
        app = ledger.apps[name]
        drafts: list[AppendRequest[Any]] = []
        found = False
        for events in app.log.iterate_streams():
            ours = [event for event in events if event.correlation == batch]
            if not ours:
                continue
            found = True
            counted = {event.event_id for event in timeline(events)}
            facts = [
                check_correction(events, Corrected(target=event.event_id, mode="VOID", reason=reason))
                for event in ours
                if event.event_id in counted
            ]
            if facts:
                drafts.append(app.build_append_request(events[0].stream, events[-1].version, facts, origin))
        if found:
            counts[name] = sum(len(draft.facts) for draft in drafts)
        for start in range(0, len(drafts), 2000):
            app.log.append_all(drafts[start : start + 2000])
            for draft in drafts[start : start + 2000]:
                if draft.error:
                    raise draft.error
    return counts
