"""Run a reaction to an event: handle each command it proposes, once, however often the event is delivered."""

import logging
from hashlib import sha256
from typing import Any

import msgspec

from shared.commands.command_handler import AnyApplication, Origin
from shared.core.decider import ReadModel, Rejected
from shared.core.facts import Recorded
from shared.core.reaction import Reaction

log = logging.getLogger(__name__)


def run_reaction(
    app: AnyApplication, reaction: Reaction[Any], event: Recorded[Any], known: ReadModel
) -> None:
    """Handle what the reaction proposes, under a command id made of the event and the proposal.

    A proposal that is rejected is logged, and the next one is handled.
    """
    for stream, fact in reaction.react(event, known):
        proposal = sha256(msgspec.json.encode((stream, fact))).hexdigest()[:16]
        origin = Origin(
            actor=f"reaction:{reaction.name}",
            command_id=f"{event.event_id}/{reaction.name}/{proposal}",
            cause=event.event_id,
            correlation=event.correlation,
            observed_lamport=event.lamport,
        )
        try:
            app.handle(stream, fact, origin)
        except Rejected as rejected:
            log.warning("%s could not react to %s: %s", reaction.name, event.event_id, rejected.rule)
