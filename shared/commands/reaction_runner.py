"""Run a reaction to an event: handle each command it proposes, once, however often the event is delivered."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from shared.commands.command_handler import AnyApplication, Origin
from shared.core.decider import ReadModel, Rejected
from shared.core.facts import AnyEvent, Fact
from shared.core.reaction import Reaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fact that a reaction to an event proposes for a stream of its own service."""

    app: AnyApplication
    reaction: Reaction[Any]
    event: AnyEvent
    stream: str
    fact: Fact


def run_reaction(app: AnyApplication, reaction: Reaction[Any], event: AnyEvent, known: ReadModel) -> None:
    """Handle what the reaction proposes."""
    for proposal in propose(app, reaction, event, known):
        handle_proposal(proposal)


def propose(
    app: AnyApplication, reaction: Reaction[Any], event: AnyEvent, known: ReadModel
) -> list[Proposal]:
    return [Proposal(app, reaction, event, stream, fact) for stream, fact in reaction.react(event, known)]


def handle_proposal(proposal: Proposal) -> None:
    """Handle it under a command id made of the event and the proposal. A rejection is logged, and raises nothing."""
    event, name = proposal.event, proposal.reaction.name
    digest = sha256(msgspec.json.encode((proposal.stream, proposal.fact))).hexdigest()[:16]
    origin = Origin(
        actor=f"reaction:{name}",
        command_id=f"{event.event_id}/{name}/{digest}",
        cause=event.event_id,
        correlation=event.correlation,
        observed_lamport=event.lamport,
    )
    try:
        proposal.app.handle(proposal.stream, proposal.fact, origin)
    except Rejected as rejected:
        log.warning("%s could not react to %s: %s", name, event.event_id, rejected.rule)
