"""Records acts like a user's commands: checked against other streams, with findings and reactions."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from services.chronicle.rows import TENURES
from services.demo.city.world import Act
from services.importing.batches import Proposal, ProposalsByStream, record_proposals
from services.organization.events import PostCreated, UnitEstablished
from shared.commands.command_handler import Origin
from shared.core.facts import Fact
from shared.runtime.ledger import Ledger

TOPIC_ORDER = ("regulation", "organization", "personnel", "planning", "rotation", "appointment", "evaluation")
FOUNDATIONS = TOPIC_ORDER[:3]
"""Topics whose facts do not depend on facts of other topics of the same week."""
POINTERS = ("tenure", "from_tenure", "trigger")
"""Fields that may hold `@` for the primary post held at the time, or `@id` for the event of an evaluation."""


def record_living_acts(ledger: Ledger, acts: list[Act], origin: Origin) -> None:
    """Record the acts topic by topic, each after what it builds on. A rejection is a mistake in the demonstration."""
    if acts:
        ledger.wait_until_idle()
    news = False
    for topic in TOPIC_ORDER:
        for number, wave in enumerate(split_into_waves([act for act in acts if act.topic == topic])):
            if news and (number or topic not in FOUNDATIONS):
                ledger.wait_until_idle()
            news = True
            streams: ProposalsByStream = {}
            for act in wave:
                if (fact := resolve_pointers(ledger, act)) is not None:
                    streams.setdefault(act.stream, []).append(Proposal(fact))
            for outcome in record_proposals(ledger.apps[topic], streams.items(), origin, checked=True):
                if outcome.set_aside:
                    raise AssertionError(f"the five places contradict themselves: {outcome.set_aside[0]}")
    if news:
        ledger.wait_until_idle()


def split_into_waves(acts: list[Act]) -> Iterator[list[Act]]:
    """Groups of acts: what is below a new unit comes after it."""
    while acts:
        new = {act.stream for act in acts if isinstance(act.fact, UnitEstablished)}
        later = [act for act in acts if find_parent(act.fact) in new]
        yield [act for act in acts if act not in later]
        acts = later


def find_parent(fact: Fact) -> str:
    match fact:
        case UnitEstablished(parent=unit) | PostCreated(unit=unit):
            return unit
    return ""


def resolve_pointers(ledger: Ledger, act: Act) -> Fact | None:
    """The fact with its pointers resolved; None when it was recorded already."""
    pointers = {
        name: pointer for name in POINTERS if (pointer := getattr(act.fact, name, "")).startswith("@")
    }
    if not pointers:
        return act.fact
    for event in ledger.logs[act.topic].load_stream(act.stream):
        if type(event.fact) is type(act.fact) and replace(event.fact, findings=(), **pointers) == act.fact:
            return None
    resolved = {name: _followed(ledger, act.stream, pointer) for name, pointer in pointers.items()}
    return replace(act.fact, **resolved)


def _followed(ledger: Ledger, cadre: str, pointer: str) -> str:
    if pointer == "@":
        rows: list[Any] = ledger.tables.rows(TENURES, cadre_id=cadre)
        return str(next(row.tenure_id for row in rows if row.holding == "PRIMARY" and not row.ended))
    events = ledger.logs["evaluation"].load_stream(cadre)
    return str(
        next(event.event_id for event in events if getattr(event.fact, "evaluation", "") == pointer[1:])
    )
