"""docs/glossary.md: the terms of the code from their docstrings, the terms of cadre work from the enumerations."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from services.bootstrap.services import REGISTRY
from shared.core.localized_enum import LocalizedEnum

_TERMS = {
    "Recording decisions": (
        "shared.core.facts:Fact",
        "shared.core.facts:Recorded",
        "shared.core.facts:Corrected",
        "shared.core.facts:Topic",
        "shared.core.facts:Finding",
        "shared.core.decider:Decider",
        "shared.core.decider:Rejected",
        "shared.core.reaction:Reaction",
        "shared.commands.command_handler:Service",
        "shared.commands.command_handler:Application",
        "shared.commands.command_handler:Origin",
    ),
    "The event log": (
        "shared.eventlog.event_log:EventLog",
        "shared.eventlog.log_writer:LogWriter",
        "shared.eventlog.group_commit:GroupCommit",
        "shared.eventlog.group_commit:AppendRequest",
        "shared.eventlog.recorders:LogStorage",
        "shared.eventlog.recorders:WriteConnection",
        "shared.eventlog.key_store:KeyStore",
        "shared.eventlog.signed_notes:Checkpoint",
    ),
    "The read model": (
        "shared.core.projection:Projection",
        "shared.core.projection:Row",
        "shared.core.bitemporal:PeriodRow",
        "shared.core.decider:ReadModel",
        "shared.readmodel.row_store:RowStore",
    ),
    "Messaging": (
        "shared.eventlog.recorders:RelayOffset",
        "shared.messaging.inbox:Inbox",
        "shared.messaging.inbox_reader:InboxReader",
        "shared.messaging.inbox_reader:ReactionOffset",
        "shared.messaging.gap_filler:GapFiller",
        "shared.messaging.dead_letters:DeadLetters",
        "shared.messaging.dead_letters:PoisonMessage",
        "shared.messaging.consumer:Consumer",
    ),
    "Synchronisation": (
        "shared.replica.runs:Head",
        "shared.replica.runs:Run",
        "shared.replica.chunks:Chunk",
        "shared.replica.checkpoints:LogCheckpoint",
        "shared.replica.receipts:Receipt",
        "shared.replica.parted_lines:Gap",
        "shared.replica.counting:Closing",
    ),
    "Running and checking": (
        "shared.runtime.ledger:Ledger",
        "shared.runtime.embedded:EmbeddedLedger",
        "shared.runtime.cluster:ClusterLedger",
        "shared.operations.integrity_check:IntegrityReport",
        "shared.operations.integrity_check:AcknowledgedCommand",
        "shared.operations.integrity_check:TopicSnapshot",
    ),
}
"""`module:class`, by subject. The meaning of each is the first sentence of its docstring."""


def generate_glossary() -> str:
    """The whole of docs/glossary.md, in Markdown."""
    lines = [
        "# Glossary",
        "",
        "Written by `cadre map --write` from the code; `make check` compares it.",
        "",
        "## Terms of the code",
    ]
    for subject, terms in _TERMS.items():
        lines += ["", f"### {subject}", "", "| term | where | meaning |", "|---|---|---|"]
        for term in terms:
            module, _, name = term.partition(":")
            meaning = _first_sentence(getattr(import_module(module), name))
            lines.append(f"| {name} | `{module}` | {meaning} |")
    lines += ["", "## Terms of cadre work", "", "Stored by code; shown in the reader's language."]
    for registration in REGISTRY:
        for kind in sorted(enumerations(registration.name), key=lambda kind: kind.__name__):
            lines += ["", f"### {kind.__name__} (`{registration.name}`)", ""]
            if documented := vars(kind).get("__doc__"):
                lines += [" ".join(documented.split()), ""]
            lines += ["| code | Tiếng Việt | English |", "|---|---|---|"]
            lines += [f"| `{value.value}` | {value.vi} | {value.en} |" for value in kind]
    return "\n".join(lines) + "\n"


def _first_sentence(documented: Any) -> str:
    """The first sentence of a docstring, as one line. ValueError when there is none."""
    text = " ".join((inspect.getdoc(documented) or "").split())
    if not text:
        raise ValueError(f"{documented.__name__} has no docstring")
    sentence, dot, _ = text.partition(". ")
    return sentence + ("." if dot else "")


def enumerations(service: str) -> Iterator[type[LocalizedEnum]]:
    """The enumerations that the facts of a service define."""
    for value in vars(import_module(f"services.{service}.events")).values():
        if (
            isinstance(value, type)
            and issubclass(value, LocalizedEnum)
            and value.__module__.endswith(f"{service}.events")
        ):
            yield value
