"""Run a reaction to an event: handle each command it proposes, once, however often the event is delivered."""

import logging
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from shared.commands.command_handler import AnyApplication, Origin
from shared.core.corrections import UnknownFact
from shared.core.decider import ReadModel, Rejected
from shared.core.facts import AnyEvent, Corrected, Fact
from shared.core.follow_ups import (
    REACTION_ACTOR_PREFIX,
    AnyReaction,
    FollowUpChanges,
    Reconciliation,
    compare_follow_ups,
)
from shared.core.reaction import Reaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fact that a reaction to an event proposes for a stream of its own service.

    `fact` None: the follow-ups of the stream are to be compared with what follows.
    """

    app: AnyApplication
    reaction: AnyReaction
    event: AnyEvent
    stream: str
    fact: Fact | None


def run_reaction(app: AnyApplication, reaction: AnyReaction, event: AnyEvent, known: ReadModel) -> None:
    """Handle what the reaction proposes."""
    for proposal in propose(app, reaction, event, known):
        handle_proposal(proposal)


def propose(app: AnyApplication, reaction: AnyReaction, event: AnyEvent, known: ReadModel) -> list[Proposal]:
    """What the reaction proposes; of a reconciliation also the corrections that a correction asks for."""
    if isinstance(reaction, Reaction):
        return [Proposal(app, reaction, event, stream, fact) for stream, fact in reaction.react(event, known)]
    proposals = []
    if isinstance(event.fact, Corrected):
        for each in event.fact.also:
            if each.topic == app.log.topic.name:
                correction = Corrected(
                    target=each.event_id, mode=each.mode, reason=event.fact.reason, new_values=each.new_values
                )
                proposals.append(Proposal(app, reaction, event, each.stream, correction))
    streams = reaction.find_streams(event, known)
    return [*proposals, *(Proposal(app, reaction, event, stream, None) for stream in streams)]


def handle_proposal(proposal: Proposal) -> None:
    """Handle it under a command id made of the event and the proposal. A rejection is logged, and raises nothing."""
    app, event, stream, fact = proposal.app, proposal.event, proposal.stream, proposal.fact
    if isinstance(fact, Corrected):
        try:
            app.record_corrections(stream, lambda _: (fact,), _origin(proposal, event.event_id, fact))
        except UnknownFact as rejected:
            log.warning(
                "%s could not correct as %s asks: %s", proposal.reaction.name, event.event_id, rejected
            )
    elif fact is not None:
        _handle_fact(proposal, event.event_id, fact)
    elif isinstance(proposal.reaction, Reconciliation):
        _reconcile(proposal, proposal.reaction)


def _reconcile(proposal: Proposal, reconciliation: Reconciliation[Any]) -> None:
    """Record what makes the follow-ups of the stream right. Repeating it finds nothing left to do."""
    app, event, stream = proposal.app, proposal.event, proposal.stream

    def compare(history: Any) -> FollowUpChanges:
        with app.read_transaction() as read_model:
            return compare_follow_ups(reconciliation, stream, history, event, read_model)

    changes = compare(app.log.load_stream(stream))
    if changes.corrections:
        origin = _origin(proposal, event.event_id)
        app.record_corrections(stream, lambda history: compare(history).corrections, origin)
    for cause, fact in changes.added:
        _handle_fact(proposal, cause, fact)


def _handle_fact(proposal: Proposal, cause: str, fact: Fact) -> None:
    try:
        proposal.app.handle(proposal.stream, fact, _origin(proposal, cause, fact))
    except Rejected as rejected:
        name, event_id = proposal.reaction.name, proposal.event.event_id
        log.warning("%s could not react to %s: %s", name, event_id, rejected.rule)


def _origin(proposal: Proposal, cause: str, fact: Fact | None = None) -> Origin:
    """Without a fact there is no command id: what is recorded depends on what is recorded already."""
    event, name = proposal.event, proposal.reaction.name
    command_id = ""
    if fact is not None:
        digest = sha256(msgspec.json.encode((proposal.stream, fact))).hexdigest()[:16]
        command_id = f"{event.event_id}/{name}/{digest}"
    return Origin(
        actor=f"{REACTION_ACTOR_PREFIX}{name}",
        command_id=command_id,
        cause=cause,
        correlation=event.correlation,
        observed_lamport=event.lamport,
    )
