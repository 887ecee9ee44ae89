"""Run a reaction to an event: handle each command it proposes, once, however often the event is delivered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from shared.commands.command_handler import AnyApplication, Origin
from shared.core.decider import ReadModel, Rejected
from shared.core.errors import SiteClosed
from shared.core.facts import AnyEvent, Corrected, Fact, FurtherCorrection
from shared.core.follow_ups import (
    REACTION_ACTOR_PREFIX,
    AnyReaction,
    Reconciliation,
    compare_follow_ups,
)
from shared.core.partial_dates import BY_NOW
from shared.core.reaction import Reaction

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a reaction to an event proposes: a fact for a stream of its own service; or, of a reconciliation (`fact`
    None), corrections that the event asks for, and streams whose follow-ups are to be compared with what follows."""

    app: AnyApplication
    reaction: AnyReaction
    event: AnyEvent
    stream: str = ""
    fact: Fact | None = None
    asked: tuple[FurtherCorrection, ...] = ()
    streams: tuple[str, ...] = ()


def run_reaction(app: AnyApplication, reaction: AnyReaction, event: AnyEvent, known: ReadModel) -> None:
    """Handle what the reaction proposes."""
    for proposal in propose(app, reaction, event, known):
        handle_proposal(proposal)


def propose(app: AnyApplication, reaction: AnyReaction, event: AnyEvent, known: ReadModel) -> list[Proposal]:
    """What the reaction proposes; of a reconciliation also the corrections that a correction asks for."""
    if isinstance(reaction, Reaction):
        return [Proposal(app, reaction, event, stream, fact) for stream, fact in reaction.react(event, known)]
    also = event.fact.also if isinstance(event.fact, Corrected) else ()
    own = [each for each in also if each.topic == app.log.topic.name]
    asked = tuple(each for each in own if each.because == "NEEDS")
    expected = [each.stream for each in own if each.because == "FOLLOWS"]  # also what is concerned no longer
    streams = tuple(dict.fromkeys([*expected, *reaction.find_streams(event, known)]))
    return [Proposal(app, reaction, event, asked=asked, streams=streams)] if asked or streams else []


def handle_proposal(proposal: Proposal) -> None:
    """Handle it. A rejection is logged, and raises nothing; so is that the site was closed meanwhile."""
    try:
        if proposal.fact is not None:
            _handle_fact(proposal, proposal.stream, proposal.event.event_id, proposal.fact)
        elif isinstance(proposal.reaction, Reconciliation):
            _reconcile(proposal, proposal.reaction)
    except SiteClosed as closed:
        log.warning("%s does not react to %s: %s", proposal.reaction.name, proposal.event.event_id, closed)


def _reconcile(proposal: Proposal, reconciliation: Reconciliation[Any]) -> None:
    """Record in one append the corrections that the event asks for and those that make follow-ups right, and then
    follow-ups that are new. Repeating it finds nothing left to do."""
    app, event = proposal.app, proposal.event
    added: dict[str, Sequence[tuple[str, Fact]]] = {}

    def find(stream: str, history: Sequence[AnyEvent]) -> list[Corrected]:
        asked = [_correct(each, event) for each in proposal.asked if each.stream == stream]
        asked = [each for each in asked if _is_new(each, event, history)]
        if stream not in proposal.streams:
            return asked
        with app.read_transaction() as read_model:
            known = [*history, *_as_recorded(history, asked)]
            changes = compare_follow_ups(reconciliation, stream, known, event, read_model)
        added[stream] = changes.added
        return [*asked, *changes.corrections]

    streams = list(dict.fromkeys([*(each.stream for each in proposal.asked), *proposal.streams]))
    app.record_corrections(streams, find, _origin(proposal, event.event_id))
    for stream, facts in added.items():
        for cause, fact in facts:
            _handle_fact(proposal, stream, cause, fact)


def _correct(asked: FurtherCorrection, event: AnyEvent) -> Corrected:
    reason, values = event.fact.reason, asked.new_values
    return Corrected(target=asked.event_id, mode=asked.mode, reason=reason, new_values=values)


def _is_new(asked: Corrected, event: AnyEvent, history: Sequence[AnyEvent]) -> bool:
    """Whether it is not recorded yet: by an earlier run, or with the event itself."""
    if all(each.event_id != asked.target for each in history):
        log.warning("%s asks to correct %s, which is not there", event.event_id, asked.target)
        return False
    return not any(
        each.cause == event.event_id and isinstance(each.fact, Corrected) and each.fact.target == asked.target
        for each in history
    )


def _as_recorded(history: Sequence[AnyEvent], corrections: Sequence[Corrected]) -> list[AnyEvent]:
    """The corrections as they are going to be recorded: after all other events."""
    return [
        replace(
            history[-1],
            event_id=f"asked/{number}",
            recorded_at=BY_NOW,
            seq=history[-1].seq + number,
            lamport=history[-1].lamport + number,
            fact=each,
        )
        for number, each in enumerate(corrections, 1)
    ]


def _handle_fact(proposal: Proposal, stream: str, cause: str, fact: Fact) -> None:
    """Handle it under a command id made of the event and the proposal."""
    try:
        proposal.app.handle(stream, fact, _origin(proposal, cause, (stream, fact)))
    except Rejected as rejected:
        name, event_id = proposal.reaction.name, proposal.event.event_id
        log.warning("%s could not react to %s: %s", name, event_id, rejected.rule)


def _origin(proposal: Proposal, cause: str, proposed: tuple[str, Fact] | None = None) -> Origin:
    """Without a (stream, fact) there is no command id: what is recorded depends on what is recorded already."""
    event, name = proposal.event, proposal.reaction.name
    command_id = ""
    if proposed is not None:
        digest = sha256(msgspec.json.encode(proposed)).hexdigest()[:16]
        command_id = f"{event.event_id}/{name}/{digest}"
    return Origin(
        actor=f"{REACTION_ACTOR_PREFIX}{name}",
        command_id=command_id,
        cause=cause,
        correlation=event.correlation,
        observed_lamport=event.lamport,
    )
