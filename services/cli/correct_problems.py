"""What `cadre correct` says where a correction is refused: why, which facts are concerned, and how to go on."""

from typing import Any, Literal, NoReturn

import msgspec
import typer

from services.cli.errors import fail
from services.cli.language import current_language, translate
from shared.commands.supposition import HasConsequences
from shared.core.decider import Rejected
from shared.runtime.ledger import Ledger

Choice = Literal["", "apply", "reopen"]
"""What a correction says about its consequences."""
SHOWN_LINES = 50
"""Consequences and facts in the way that are written out."""


def parse_address(ledger: Ledger, address: str) -> tuple[str, str, str]:
    """(topic, stream, event id) of TOPIC/STREAM/EVENT."""
    found = split_address(ledger, address)
    if found is None:
        fail(
            "{address!r} is not the address of a fact",
            "copy it from an answer: topic/stream/event",
            address=address,
        )
    return found


def split_address(ledger: Ledger, address: str) -> tuple[str, str, str] | None:
    """The same; None where it is no address."""
    topic, _, rest = address.partition("/")
    stream, _, event_id = rest.rpartition("/")
    return (topic, stream, event_id) if topic in ledger.apps and stream else None


def fail_rejected(rejected: Rejected) -> NoReturn:
    """End the command with what a correction would do to other facts, or with what is in its way."""
    if isinstance(rejected, HasConsequences):
        consequences: Any = rejected.case["consequences"]
        show_lines([describe_consequence(each) for each in consequences])
        facts: Any = rejected.case["facts"]
        fail(
            "{count} facts followed from this one or need it; nothing was recorded",
            "to correct them too, add --consequences apply",
            code=1,
            count=len(facts),
        )
    facts_in_the_way = list_facts_in_the_way(rejected)
    shown = "\n".join(facts_in_the_way[:SHOWN_LINES])
    fail(explain_rejection(rejected), shown, code=1)


def show_lines(lines: list[str]) -> None:
    """Write lines to standard error, and of many only the first."""
    for line in lines[:SHOWN_LINES]:
        typer.echo(line, err=True)
    if (more := len(lines) - SHOWN_LINES) > 0:
        typer.echo(translate("… and {count} more", count=more), err=True)


def describe_consequence(consequence: dict[str, Any]) -> str:
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


def explain_rejection(rejected: Rejected) -> str:
    """Why it was refused, in the language of the user, without the list of facts."""
    if current_language() == "vi":
        return rejected.title_vi
    case = ", ".join(f"{name}: {value}" for name, value in rejected.case.items() if name != "facts")
    return f"{rejected.title} ({case})" if case else rejected.title


def list_facts_in_the_way(rejected: Rejected) -> list[str]:
    facts = rejected.case.get("facts")
    return [translate("in the way: {fact}", fact=fact) for fact in facts] if isinstance(facts, list) else []
