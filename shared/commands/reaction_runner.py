"""Answering others' facts: a proposal of our own for each, once, whatever the transport repeats."""

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
    """The idempotency key holds the cause and what is said. A refused answer leaves a trace and stops nothing."""
    for stream, fact in reaction.react(event, known):
        said = sha256(msgspec.json.encode((stream, fact))).hexdigest()[:16]
        origin = Origin(
            actor=f"reaction:{reaction.name}",
            command_id=f"{event.event_id}/{reaction.name}/{said}",
            cause=event.event_id,
            correlation=event.correlation,
            observed_lamport=event.lamport,
        )
        try:
            app.handle(stream, fact, origin)
        except Rejected as rejected:
            log.warning("%s could not answer %s: %s", reaction.name, event.event_id, rejected.rule)
