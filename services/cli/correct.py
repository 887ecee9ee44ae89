"""`cadre correct`: void a fact, amend some of its fields, or undo a whole import. Nothing is deleted."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import current_language, translate
from services.cli.ledger_access import ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_json
from services.importing.line_store import open_line_store
from shared.commands.command_handler import CommandResult, Origin
from shared.commands.consequences import HasConsequences
from shared.core.clock import new_id
from shared.core.corrections import check_correction
from shared.core.decider import Rejected
from shared.core.facts import AnyEvent, Corrected
from shared.core.timeline import timeline
from shared.eventlog.group_commit import AppendRequest
from shared.runtime.ledger import Ledger


class Consequences(StrEnum):
    """What to do with facts that change with the corrected one."""

    show = "show"
    apply = "apply"
    reopen = "reopen"


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
    batch: Annotated[str, typer.Option("--batch", help="Void every fact of the import with this id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Void or amend one fact, or void all facts of an import."""
    if not reason.strip():
        fail("a correction needs a reason", "say why with --reason")
    if bool(fact) == bool(batch):
        fail("one fact or one import is corrected", "name a fact, or an import with --batch")
    context: Context = ctx.obj
    with ledger_for_writing(context) as ledger, progress_bar(as_json) as progress:
        if batch:
            counts = void_batch(ledger, batch, reason)
            if not counts:
                fail("no import has the id {batch}", code=1, batch=batch)
            if ledger.projector:
                ledger.projector.project_pending(progress)
            write_json(counts)
            return
        choice = "" if consequences is Consequences.show else consequences.value
        result = _correct_fact(ledger, fact, reason, _parse_values(amend), choice)
        if ledger.projector:
            ledger.projector.project_pending()
        written = {"fact": fact, "correction": result.events[0].event_id, "version": result.version}
        also = result.events[0].fact.also
        write_json({**written, "also": [*result.events[1:], *also]} if also or result.events[1:] else written)


def _correct_fact(
    ledger: Ledger, address: str, reason: str, values: dict[str, Any] | None, consequences: Any = ""
) -> CommandResult[Any]:
    topic, _, rest = address.partition("/")
    stream, _, event_id = rest.rpartition("/")
    if topic not in ledger.apps or not stream:
        fail(
            "{address!r} is not the address of a fact",
            "copy it from an answer: topic/stream/event",
            address=address,
        )
    correction = Corrected(
        target=event_id,
        mode="VOID" if values is None else "AMEND",
        reason=reason,
        new_values=values or {},
        consequences=consequences,
    )
    try:
        return ledger.apps[topic].correct(stream, correction, Origin(actor="console"))
    except HasConsequences as found:
        for line in found.case["consequences"]:  # type: ignore[attr-defined]  # a list of mappings
            typer.echo(_describe(line), err=True)
        fail(
            "{count} facts followed from this one or need it; nothing was recorded",
            "to correct them too, add --consequences apply",
            code=1,
            count=len(found.case["facts"]),  # type: ignore[arg-type]  # a list
        )
    except Rejected as rejected:
        fail(_in_words(rejected), "\n".join(_facts_in_the_way(rejected)), code=1)


def _describe(consequence: dict[str, Any]) -> str:
    """One line about a fact that would change: what happens to it, its kind, its address, its new values."""
    actions = {
        "VOID": translate("would be void"),
        "AMEND": translate("would be amended"),
        "RECORD": translate("would be recorded"),
    }
    action = actions[consequence["action"]]
    address = "/".join(consequence[name] for name in ("service", "stream", "event_id")).rstrip("/")
    values = msgspec.json.encode(consequence.get("new_values") or {}).decode()
    return f"{action}: {consequence['type']} {address}" + (f" {values}" if values != "{}" else "")


def _in_words(rejected: Rejected) -> str:
    """Why it was refused, in the language of the user, without the list of facts."""
    if current_language() == "vi":
        return rejected.title_vi
    case = ", ".join(f"{name}: {value}" for name, value in rejected.case.items() if name != "facts")
    return f"{rejected.title} ({case})" if case else rejected.title


def _facts_in_the_way(rejected: Rejected) -> list[str]:
    facts = rejected.case.get("facts")
    return [translate("in the way: {fact}", fact=fact) for fact in facts] if isinstance(facts, list) else []


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


def find_counted(events: list[AnyEvent]) -> set[str]:
    """The ids of the facts that count, and of the corrections that nobody voided."""
    counted = {event.event_id for event in timeline(events)}
    corrections = [event for event in events if isinstance(event.fact, Corrected)]
    undone = {event.fact.target for event in corrections if event.fact.mode == "VOID"}
    return counted | {event.event_id for event in corrections if event.event_id not in undone}


def void_batch(ledger: Ledger, batch: str, reason: str) -> dict[str, int]:
    """Void all facts of an import that still count, by service; the last service first, so that nothing refers to what
    is gone. Returns how many; empty where no fact has this batch id."""
    origin = Origin(actor="console", correlation=new_id())
    store = open_line_store(ledger.tables)
    store.forget_batch(batch)
    store.close()
    counts: dict[str, int] = {}
    for name in reversed(ledger.apps):
        app = ledger.apps[name]
        requests: list[AppendRequest[Any]] = []
        is_concerned = False
        for events in app.log.iterate_streams():
            ours = [event for event in events if event.correlation == batch]
            if not ours:
                continue
            is_concerned = True
            counted = find_counted(events)
            facts = [
                check_correction(events, Corrected(target=event.event_id, mode="VOID", reason=reason))
                for event in ours
                if event.event_id in counted
            ]
            if facts:
                requests.append(app.build_append_request(events[0].stream, events[-1].version, facts, origin))
        if is_concerned:
            counts[name] = sum(len(request.facts) for request in requests)
        for start in range(0, len(requests), 2000):
            app.log.append_all(requests[start : start + 2000])
            for request in requests[start : start + 2000]:
                if request.error:
                    raise request.error
    return counts
