"""Follow-ups: facts that a service records because of others, kept equal to what follows from all facts known now.

A reaction records the end of a tenure when its unit is dissolved. That end must also be recorded when the tenure is
learnt after the dissolution, move when the dissolution is amended, and be void when the dissolution is void. So each
service that reacts can derive what follows for one of its streams, and what is recorded is compared with it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent, Corrected, F, Fact, Recorded, Topic
from shared.core.partial_dates import Day, earliest, latest
from shared.core.reaction import Reaction
from shared.core.timeline import find_void, timeline

REACTION_ACTOR_PREFIX = "reaction:"
"""Begins the actor of what a reaction records."""


class FollowUp(NamedTuple):
    """A fact that follows from another one.

    Of several with one key, the first counts; of those with its date, the one that is recorded already.
    """

    key: str
    """What it says about what, such as the end of a tenure; there is one fact of a key at most."""
    cause: str
    """Event id of the fact that it follows from."""
    fact: Any
    compared: tuple[str, ...]
    """The fields that follow from the cause. The others stay as they are recorded."""
    about: str = ""
    """Event id of the fact of the same stream that it is about."""
    source: str = ""
    """The stream of the cause, where a correction there may bring back a cause that never had follow-ups."""
    needs: str = ""
    """The key of another follow-up, without which there is nothing that this one could be about."""
    through: str = ""
    """Event id of a fact by which the cause concerns the stream, such as the merger of two files."""


class StreamFacts(NamedTuple):
    """What is recorded in one stream of the service that reacts."""

    stream: str
    events: Sequence[AnyEvent]
    """Its own facts that count, without follow-ups, in effective order."""
    keys: Collection[str] | None = None
    """The keys that may have changed; None: all."""


def all_keys(event: AnyEvent, events: Sequence[AnyEvent]) -> Collection[str] | None:
    """No limit: any follow-up of the stream may change."""
    return None


@dataclass(frozen=True, kw_only=True)
class Reconciliation(Generic[F]):
    """Keeps the follow-ups of a service equal to what follows from all facts, whenever an event may have changed that.

    `name` is stored: it names the position up to which it has read, and the actor of what it records.
    """

    name: str
    follows: Topic[F]
    find_streams: Callable[[Recorded[F], ReadModel], Collection[str]]
    """The streams of the own service whose follow-ups the event may change."""
    derive: Callable[[StreamFacts, ReadModel], Iterable[FollowUp]]
    """What follows for a stream from its own facts and from the rows of others."""
    key_of: Callable[[Any], str]
    """The key of a follow-up that is recorded; empty for a fact that is none of these."""
    find_keys: Callable[[Recorded[F], Sequence[AnyEvent]], Collection[str] | None] = all_keys
    """The keys that the event may change, of a stream with these facts; None: all."""


AnyReaction = Reaction[Any] | Reconciliation[Any]
"""What a service does about facts of others."""


class Stranded(NamedTuple):
    """A fact of another stream that needs what a correction takes away."""

    topic: str
    stream: str
    event_id: str
    correction: Literal["VOID", "AMEND", ""] = "VOID"
    """What to do with it once the corrected fact is void; empty: it is in the way."""
    new_values: dict[str, Any] = {}  # noqa: RUF012  # a default that nobody changes


class StreamChange(NamedTuple):
    """A stream whose facts are corrected, with the rows before and after."""

    stream: str
    target: AnyEvent
    """The fact that is corrected."""
    correction: Corrected
    before: ReadModel
    after: ReadModel
    load_stream: Callable[[str, str], Sequence[AnyEvent]]
    """(topic, stream) -> the facts that count, in effective order."""
    follows: bool = False
    """Whether a reaction makes the correction, because another fact is corrected."""


class FollowUpChanges(NamedTuple):
    """What makes the follow-ups of a stream right: corrections of recorded ones, and new ones with their causes."""

    corrections: tuple[Corrected, ...] = ()
    added: tuple[tuple[str, Fact], ...] = ()
    """(event id of the cause, fact)."""


def is_follow_up(event: AnyEvent) -> bool:
    """Whether a reaction recorded the fact because of another one."""
    return bool(event.cause) and event.actor.startswith(REACTION_ACTOR_PREFIX)


def compare_follow_ups(
    reconciliation: Reconciliation[Any],
    stream: str,
    history: Sequence[AnyEvent],
    trigger: AnyEvent,
    read_model: ReadModel,
) -> FollowUpChanges:
    """What is to be recorded in a stream once `trigger` is known. Nothing, if all is as it follows.

    What a person corrected stays so while its cause counts. A new follow-up is added only where the trigger is its
    cause, what it is about or what connects both, or where its cause had follow-ups before: facts that were imported
    together with what follows from them are left alone.
    """
    counted = timeline(history)
    key_of = reconciliation.key_of
    recorded = [event for event in history if is_follow_up(event) and key_of(event.fact)]
    recorded_ids = {event.event_id for event in recorded}
    basis = [event for event in counted if event.event_id not in recorded_ids]
    keys = reconciliation.find_keys(trigger, basis)
    live = {
        event.event_id: event
        for event in counted
        if event.event_id in recorded_ids and (keys is None or key_of(event.fact) in keys)
    }
    touched, voided = _corrected_by_people(history)
    refused = {
        (key_of(event.fact), event.cause)
        for event in recorded
        if event.event_id in voided and event.event_id not in live
    }
    wanted: dict[str, list[FollowUp]] = {}
    dropped = {(key_of(each.fact), each.cause) for each in _find_dropped(trigger, recorded, history)}
    refused |= dropped - {(key_of(event.fact), event.cause) for event in live.values()}
    pending = _find_pending_voids(trigger, history)
    for each in reconciliation.derive(StreamFacts(stream, basis, keys), read_model):
        if (each.key, each.cause) not in refused and each.cause not in pending:
            wanted.setdefault(each.key, []).append(each)
    corrections: list[Corrected] = []
    satisfied: set[str] = set()
    replaced: set[str] = set()
    for event in live.values():
        key = key_of(event.fact)
        chosen = _choose(wanted.get(key, ()), event.cause)
        if chosen is None or key in satisfied:
            corrections.append(_void(event, trigger))
        elif event.event_id in touched:
            satisfied.add(key)
        elif chosen.cause != event.cause:
            corrections.append(_void(event, trigger))
            replaced.add(key)
        else:
            satisfied.add(key)
            if changes := _differences(event.fact, chosen):
                corrections.append(_amend(event, trigger, changes))
    triggers = _find_targets(trigger, history)
    had_follow_ups = {event.cause for event in recorded}
    added: dict[str, FollowUp] = {}
    for key, candidates in sorted(wanted.items(), key=_recording_order):
        first = candidates[0]
        if key in satisfied or (first.needs and first.needs not in satisfied | added.keys()):
            continue
        if (
            first.cause in triggers
            or first.about in triggers
            or first.through in triggers
            or first.cause in had_follow_ups
            or first.needs in added
            or key in replaced
            or (isinstance(trigger.fact, Corrected) and first.source == trigger.stream)
        ):
            added[key] = first
    earlier = {(key_of(event.fact), event.cause): event.fact for event in recorded}
    return FollowUpChanges(
        tuple(corrections), tuple((each.cause, _renew(each, earlier)) for each in added.values())
    )


def _renew(wanted: FollowUp, earlier: Mapping[tuple[str, str], Any]) -> Fact:
    """The fact as it was recorded before it became void, with what follows from its cause now."""
    before = earlier.get((wanted.key, wanted.cause))
    if before is None:
        return wanted.fact  # type: ignore[no-any-return]  # the facts of all services
    values = {name: getattr(wanted.fact, name) for name in wanted.compared}
    return replace(before, findings=(), **values)  # type: ignore[no-any-return]  # the facts of all services


def _recording_order(wanted: tuple[str, Sequence[FollowUp]]) -> tuple[Day, bool]:
    """By date; on one day, what ends before what starts."""
    fact = wanted[1][0].fact
    return latest(fact.effective_from), not fact.closes


def _choose(candidates: Sequence[FollowUp], recorded_cause: str) -> FollowUp | None:
    """The first; of those with its date, the one whose cause is recorded already."""
    if not candidates:
        return None
    when = candidates[0].fact.effective_from
    same_day = [each for each in candidates if each.fact.effective_from == when]
    return next((each for each in same_day if each.cause == recorded_cause), candidates[0])


def _corrected_by_people(history: Sequence[AnyEvent]) -> tuple[set[str], set[str]]:
    """The targets of all corrections by people, and of those that declare something void."""
    facts = [event.fact for event in history if isinstance(event.fact, Corrected) and not is_follow_up(event)]
    return {fact.target for fact in facts}, {fact.target for fact in facts if fact.mode == "VOID"}


def _find_pending_voids(trigger: AnyEvent, history: Sequence[AnyEvent]) -> set[str]:
    """Causes that the correction behind the trigger declares void, in logs that may not say so yet."""
    asking = [trigger, *(event for event in history if trigger.cause and event.event_id == trigger.cause)]
    return {
        each.event_id
        for event in asking
        if isinstance(event.fact, Corrected)
        for each in event.fact.also
        if each.mode == "VOID"
    }


def _find_dropped(
    trigger: AnyEvent, recorded: Sequence[AnyEvent], history: Sequence[AnyEvent]
) -> list[AnyEvent]:
    """Follow-ups that the correction behind the trigger has declared void; rows of other logs may not say why yet."""
    batch = {trigger.event_id, trigger.cause} - {""}
    dropped = {
        event.fact.target
        for event in history
        if event.cause in batch and isinstance(event.fact, Corrected) and event.fact.mode == "VOID"
    }
    return [event for event in recorded if event.event_id in dropped]


def find_companions(
    topic: str,
    history: Sequence[AnyEvent],
    target: str,
    load_stream: Callable[[str, str], Sequence[AnyEvent]],
) -> Iterator[tuple[str, AnyEvent]]:
    """(topic, event) of the corrections that were made together with a correction in this stream, and count; follow-ups
    are not among them."""
    made = next((event for event in history if event.event_id == target), None)
    if made is None or not isinstance(made.fact, Corrected):
        return
    for event in _find_counted_corrections(history, target):
        if not is_follow_up(event):
            yield topic, event
    for each in made.fact.also:
        if each.because == "NEEDS":
            for event in _find_counted_corrections(load_stream(each.topic, each.stream), target):
                if event.fact.target == each.event_id:
                    yield each.topic, event


def _find_counted_corrections(history: Sequence[AnyEvent], cause: str) -> Iterator[AnyEvent]:
    void = find_void(history)
    for event in history:
        if event.cause == cause and isinstance(event.fact, Corrected) and event.event_id not in void:
            yield event


def _differences(fact: Any, wanted: FollowUp) -> dict[str, Any]:
    """The values of the wanted fact that the recorded one has not."""
    return {
        name: msgspec.to_builtins(getattr(wanted.fact, name))
        for name in wanted.compared
        if getattr(fact, name) != getattr(wanted.fact, name)
        and not (name == "effective_from" and _days(fact) == _days(wanted.fact))
    }


def _days(fact: Any) -> tuple[Day, Day]:
    """The first and the last day that the date can mean; a row that a follow-up is derived from has no more."""
    return earliest(fact.effective_from), latest(fact.effective_from)


def _find_targets(trigger: AnyEvent, history: Sequence[AnyEvent]) -> set[str]:
    """The trigger, and what it corrects; of a correction of a correction also what that one corrects."""
    events = {event.event_id: event for event in history}
    ids, event = {trigger.event_id}, trigger
    while event is not None and isinstance(event.fact, Corrected) and event.fact.target not in ids:
        ids.add(event.fact.target)
        event = events.get(event.fact.target)  # type: ignore[assignment]  # None ends the loop
    return ids


def _void(event: AnyEvent, trigger: AnyEvent) -> Corrected:
    return Corrected(target=event.event_id, mode="VOID", reason=_reason(trigger))


def _amend(event: AnyEvent, trigger: AnyEvent, changes: dict[str, Any]) -> Corrected:
    return Corrected(target=event.event_id, mode="AMEND", reason=_reason(trigger), new_values=changes)


def _reason(trigger: AnyEvent) -> str:
    if isinstance(trigger.fact, Corrected):
        return trigger.fact.reason
    return "another fact is known now from which this follows otherwise"


def no_follow_ups(name: str, follows: Topic[Any]) -> Reconciliation[Any]:
    """A reconciliation for a service whose facts follow from nothing: it corrects what corrections ask for."""
    return Reconciliation(
        name=name,
        follows=follows,
        find_streams=lambda event, read_model: (),
        derive=lambda facts, read_model: (),
        key_of=lambda fact: "",
    )
