"""Corrections supposed step by step, before they are recorded: what would change with them, and what is in their way.

Each step changes some streams in memory, folds their rows anew and asks what that does to others.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from shared.commands.command_handler import AnyService, FactsToRecord
from shared.core.corrections import Contradiction, find_contradictions, raise_contradictions
from shared.core.decider import ReadModel, Rejected
from shared.core.facts import AnyEvent, Corrected, FurtherCorrection
from shared.core.follow_ups import (
    REACTION_ACTOR_PREFIX,
    Reconciliation,
    Stranded,
    StreamChange,
    compare_follow_ups,
    find_companions,
    is_follow_up,
)
from shared.core.partial_dates import BY_NOW
from shared.core.timeline import find_void, timeline
from shared.readmodel.overlay import SupposedHistories, SupposedReadModel

MAX_STEPS = 10_000
"""Streams that one correction may change; a province has fewer posts."""
_SUPPOSED = "supposed"
"""Begins the ids of events that are supposed."""

_DONE = {"VOID": "will be void", "AMEND": "will be amended", "RECORD": "will be recorded"}

StreamKey = tuple[str, str]
"""(topic, stream)."""


class InTheWay(Rejected):
    """Other facts could not be true once this is corrected; correct those first."""

    title_vi = "Các sự kiện khác sẽ không còn đúng sau khi đính chính; hãy đính chính các sự kiện đó trước"


class HasConsequences(Rejected):
    """Other facts followed from this one or need it; say that they are to be corrected too."""

    title_vi = "Có sự kiện khác phát sinh từ sự kiện này; cần xác nhận đính chính cả các sự kiện đó"

    def explain(self) -> str:
        """How many facts of which kinds, and how to go on."""
        kinds = Counter((each["action"], each["type"]) for each in self.case["consequences"])  # type: ignore[attr-defined]  # a list of mappings
        listed = ", ".join(f"{number} {kind} {_DONE[action]}" for (action, kind), number in kinds.items())
        return f'{listed}. Send the correction again with "consequences": "apply" to correct them too.'


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to another fact when a fact is corrected."""

    service: str
    """Name of the service that recorded it."""
    stream: str
    """Id of what it is about."""
    event_id: str
    """Event id of the fact; empty: a fact that will be recorded."""
    type: str
    """The kind of fact, such as appointment.tenure-ended."""
    action: Literal["VOID", "AMEND", "RECORD"]
    """VOID: it never was. AMEND: some of its fields become others. RECORD: it is new."""
    because: Literal["FOLLOWS", "NEEDS"]
    """FOLLOWS: a reaction recorded it because of a corrected fact. NEEDS: it refers to one."""
    effective_from: str = ""
    """Since when it is true, as recorded."""
    new_values: dict[str, Any] = {}
    """Of AMEND and RECORD: the values that it gets, by name of the field."""
    refused: str = ""
    """Of RECORD: the rule by which its service will refuse it, so that it follows and is not recorded; empty: none."""

    @property
    def address(self) -> str:
        return f"{self.service}/{self.stream}/{self.event_id}"


class SupposedFact(NamedTuple):
    """A fact that is supposed to be recorded in a stream."""

    fact: Any
    cause: str = ""
    """Event id of the fact that it follows from; empty: it is corrected because the request says so."""
    reaction: str = ""
    """Name of the reaction that records it; empty: none, it is asked for by the request."""
    number: int = 0
    """Tells supposed facts apart."""

    @property
    def event_id(self) -> str:
        return f"{_SUPPOSED}/{self.number}"


class Supposition:
    """Corrections of some streams, supposed together, and then all that changes with them.

    `models`: for some of these streams the rows against which new values are judged, which lack the amended fact and
    what followed from it. `judged` False: find the follow-ups only.
    """

    def __init__(
        self,
        services: Mapping[str, AnyService],
        histories: SupposedHistories,
        starts: Mapping[StreamKey, Sequence[Corrected]],
        without: Mapping[StreamKey, SupposedReadModel] | None = None,
        judged: bool = True,
    ) -> None:
        self._services, self._histories, self._starts = services, histories, starts
        self._without, self._judged = without or {}, judged
        corrections = [each for facts in starts.values() for each in facts]
        self._voids = any(each.mode == "VOID" for each in corrections)
        self._reason = corrections[0].reason
        self._numbers = count(1)
        self._noted: list[tuple[Consequence, str]] = []
        """(consequence, id of the supposed event where it is a new fact)."""
        self._kept: list[tuple[StreamKey, SupposedFact]] = []
        """What changes beside the corrections, in order."""
        self._waiting: deque[tuple[StreamKey, list[SupposedFact]]] = deque()
        self._waiting_facts: dict[StreamKey, list[SupposedFact]] = {}
        """The same by stream."""
        self._refused: dict[str, str] = {}
        """By id of a supposed event: the rule by which its service will refuse to record it."""
        self._corrected: set[tuple[str, str]] = set()
        """(topic, event id) of facts that are void, or are going to be."""
        self.contradictions: list[tuple[str, Contradiction]] = []
        self.stranded: list[tuple[str, StreamKey]] = []
        """(fact as topic/stream/event_id, the stream that it stands on)."""

    def run(self) -> None:
        for (topic, _), facts in self._starts.items():
            self._corrected |= {(topic, each.target) for each in facts if each.mode == "VOID"}
        self._step({key: [self._suppose(each) for each in facts] for key, facts in self._starts.items()})
        for _ in range(MAX_STEPS):
            if not self._waiting:
                return
            key, supposed = self._waiting.popleft()
            self._waiting_facts[key] = self._waiting_facts[key][len(supposed) :]
            self._step({key: supposed})
        raise InTheWay(facts=[each.address for each in self.consequences[:100]])

    def _suppose(self, fact: Any, cause: str = "", reaction: str = "") -> SupposedFact:
        return SupposedFact(fact, cause, reaction, next(self._numbers))

    @property
    def consequences(self) -> list[Consequence]:
        """What is otherwise in the end, one for each fact."""
        found: dict[tuple[str, str], Consequence] = {}
        unchanged: dict[StreamKey, set[str]] = {}
        for each, new in self._noted:
            stream = (each.service, each.stream)
            if new and self._is_gone(stream, new):
                continue
            if stream not in unchanged:
                unchanged[stream] = self._find_unchanged(stream)
            if (
                each.event_id in unchanged[stream]
            ):  # a correction of it is void now, and another one says the same
                continue
            key = (each.service, each.event_id or new)
            before = found.get(key)
            if before is None or each.action == "VOID":
                found[key] = replace(each, refused=self._refused.get(new, "")) if new else each
            elif before.action == "AMEND":
                found[key] = replace(before, new_values={**before.new_values, **each.new_values})
        return list(found.values())

    def _find_unchanged(self, key: StreamKey) -> set[str]:
        """The recorded events that are void, or count with the same values, before and after."""
        recorded, supposed = self._histories.recorded(*key), self._histories.load_stream(*key)
        before = {event.event_id: event.fact for event in timeline(recorded)}
        after = {event.event_id: event.fact for event in timeline(supposed)}
        void_before, void_after = find_void(recorded), find_void(supposed)
        return {
            event.event_id
            for event in recorded
            if (event.event_id in void_before) == (event.event_id in void_after)
            and before.get(event.event_id) == after.get(event.event_id)
        }

    def _is_left_out(self, key: StreamKey, supposed: str) -> bool:
        """Whether a supposed fact is refused by its service, or has become void in the end."""
        return supposed in self._refused or self._is_gone(key, supposed)

    def _is_gone(self, key: StreamKey, supposed: str) -> bool:
        """Whether a supposed fact has become void in the end."""
        return supposed in find_void(self._histories.load_stream(*key))

    def _find_recorded(self) -> Iterator[tuple[StreamKey, SupposedFact]]:
        """What is to be recorded beside the corrections; not what only concerns supposed facts, which reactions find
        when those are recorded, nor what would be void in the end."""
        for key, each in self._kept:
            if isinstance(each.fact, Corrected):
                is_void = each.fact.mode == "AMEND" and (key[0], each.fact.target) in self._corrected
                if not is_void and not each.fact.target.startswith(f"{_SUPPOSED}/"):
                    yield key, each
            elif not each.cause.startswith(f"{_SUPPOSED}/") and not self._is_left_out(key, each.event_id):
                yield key, each

    def facts_of(self, topic: str) -> list[FactsToRecord]:
        """What changes with the corrections in one log; what follows each other in a stream is one."""
        merged: list[FactsToRecord] = []
        for (own, stream), each in self._find_recorded():
            if own != topic:
                continue
            cause = None if isinstance(each.fact, Corrected) else each.cause
            last = merged[-1] if merged else None
            if last and (last.stream, last.cause, last.reaction) == (stream, cause, each.reaction):
                merged[-1] = last._replace(facts=(*last.facts, each.fact))
            else:
                history = self._histories.recorded(own, stream)
                merged.append(FactsToRecord(stream, history, (each.fact,), cause, each.reaction))
        return merged

    @property
    def also(self) -> list[FurtherCorrection]:
        """The corrections of facts of other streams."""
        return [
            FurtherCorrection(
                topic=topic,
                stream=stream,
                event_id=each.fact.target,
                mode=each.fact.mode,
                new_values=each.fact.new_values,
                because="FOLLOWS" if each.reaction else "NEEDS",
            )
            for (topic, stream), each in self._find_recorded()
            if isinstance(each.fact, Corrected) and (topic, stream) not in self._starts
        ]

    @property
    def changes_in_the_way(self) -> set[StreamKey]:
        """The streams whose changes break a rule, or take the ground from other facts."""
        contradicting = {(topic, each.event.stream) for topic, each in self.contradictions}
        return contradicting | {key for _, key in self.stranded}

    @property
    def facts_in_the_way(self) -> list[str]:
        """The facts that could not be true, as topic/stream/event_id."""
        contradicting = [
            f"{topic}/{each.event.stream}/{each.event.event_id}" for topic, each in self.contradictions
        ]
        return list(dict.fromkeys([*contradicting, *(address for address, _ in self.stranded)]))

    def raise_what_is_in_the_way(self) -> None:
        facts = self.facts_in_the_way
        if self.contradictions:
            self.contradictions[0][1].rejected.case["facts"] = facts
            raise_contradictions([each for _, each in self.contradictions])
        if self.stranded:
            raise InTheWay(facts=facts)

    def require_no_consequences(self) -> None:
        """Raise HasConsequences where other facts would be void or amended."""
        changing = [each for each in self.consequences if each.action != "RECORD"]
        if changing:
            raise HasConsequences(
                facts=[each.address for each in changing],
                consequences=[msgspec.to_builtins(each) for each in self.consequences],
            )

    def _step(self, changed: Mapping[StreamKey, list[SupposedFact]]) -> None:
        before_model = self._histories.read_model()
        before = {key: timeline(self._histories.load_stream(*key)) for key in changed}
        new = {key: self._record(*key, facts) for key, facts in changed.items()}
        if self._judged:
            others = self._histories.read_model() if len(changed) > 1 else before_model
            for key, events in new.items():
                model = others.beside(self._without[key]) if key in self._without else before_model
                self._judge(key, before[key], model, events)
            self._without = {}
        after_model = self._histories.read_model()
        for key, events in new.items():
            for event in events:
                if isinstance(event.fact, Corrected) and self._judged:
                    self._find_stranded(key, event, before_model, after_model)
                    self._find_companions(key, event.fact)
                self._find_follow_ups(key[0], event, before_model, after_model)

    def _record(self, topic: str, stream: str, facts: Sequence[SupposedFact]) -> list[AnyEvent]:
        """Suppose that the facts are recorded after all others, but for follow-ups that their service refuses."""
        if not any(each.reaction and not isinstance(each.fact, Corrected) for each in facts):
            new = self._as_recorded(topic, stream, facts)
            self._histories.suppose(topic, stream, new)
            return new
        new = []
        for each in facts:
            [event] = self._as_recorded(topic, stream, [each])
            if each.reaction and (rule := self._find_refusal(topic, event)):
                self._refused[each.event_id] = rule
                continue
            self._histories.suppose(topic, stream, [event])
            new.append(event)
        return new

    def _find_refusal(self, topic: str, event: AnyEvent) -> str:
        """The rule by which the service of a new follow-up refuses it; empty where it is recorded, or is in the way of
        the correction itself."""
        if isinstance(event.fact, Corrected) or not self._judged:
            return ""
        service, history = self._services[topic], self._histories.load_stream(topic, event.stream)
        model = self._histories.read_model()

        def check(fact: Any) -> None:
            service.check(event.stream, fact, model)

        try:
            check(event.fact)
            service.decider.judge(history, event.fact)
        except Rejected as rejected:
            before, after = timeline(history), timeline([*history, event])
            found = find_contradictions(service.decider, before, after, check)
            is_in_the_way = any(not each.rejected.needs_another for each in found)
            return "" if is_in_the_way else rejected.rule
        return ""

    def _as_recorded(self, topic: str, stream: str, facts: Iterable[SupposedFact]) -> list[AnyEvent]:
        """The facts as they would be recorded after all others of the stream."""
        history = self._histories.load_stream(topic, stream)
        start = next(iter(self._starts))
        last = history[-1] if history else replace(self._histories.load_stream(*start)[0], version=0)
        lamport = max((event.lamport for event in history), default=last.lamport)
        return [
            replace(
                last,
                event_id=each.event_id,
                stream=stream,
                recorded_at=BY_NOW,
                seq=last.seq + each.number,
                version=last.version + place,
                lamport=lamport + each.number,
                actor=f"{REACTION_ACTOR_PREFIX}{_SUPPOSED}" if each.cause else "",
                cause=each.cause,
                fact=each.fact,
            )
            for place, each in enumerate(facts, 1)
        ]

    def _judge(
        self, key: StreamKey, before: Sequence[AnyEvent], model: ReadModel, new: list[AnyEvent]
    ) -> None:
        """Judge the stream as it would be. What counted and is about something that is gone is void too; what else
        could not be true is in the way. Follow-ups come right by themselves."""
        topic, stream = key
        service = self._services[topic]
        counted = {event.event_id for event in before}
        while True:
            after = timeline(self._histories.load_stream(topic, stream))
            contradictions = find_contradictions(
                service.decider, before, after, lambda fact: service.check(stream, fact, model)
            )
            found = [each for each in contradictions if (topic, each.event.event_id) not in self._corrected]
            gone = [
                each
                for each in found
                if each.rejected.needs_another
                and self._is_void(each.event)
                and each.event.event_id in counted
            ]
            if not gone:
                break
            for each in gone:
                correction = Corrected(target=each.event.event_id, mode="VOID", reason=self._reason)
                self._note(topic, each.event, correction, "NEEDS")
                supposed = self._suppose(correction)
                self._kept.append((key, supposed))
                new += self._record(topic, stream, [supposed])
        self.contradictions += [
            (topic, each) for each in found if not (is_follow_up(each.event) and each.rejected.needs_another)
        ]

    def _is_void(self, event: AnyEvent) -> bool:
        """Whether the fact is to become void where what it is about is gone."""
        return self._voids and not is_follow_up(event)

    def _find_stranded(
        self, key: StreamKey, corrected: AnyEvent, before: ReadModel, after: ReadModel
    ) -> None:
        """Facts of other streams that need what the stream no longer has."""
        topic, stream = key
        correction = corrected.fact
        events = {event.event_id: event for event in self._histories.load_stream(topic, stream)}
        change = StreamChange(
            stream,
            events[correction.target],
            correction,
            before,
            after,
            self._load_counted,
            is_follow_up(corrected),
        )
        for each in self._services[topic].find_stranded(change):
            if not each.correction or not self._voids:
                self.stranded.append((f"{each.topic}/{each.stream}/{each.event_id}", key))
            elif (each.topic, each.event_id) not in self._corrected:
                self._correct_stranded(each)

    def _correct_stranded(self, each: Stranded) -> None:
        counted = self._load_counted(each.topic, each.stream)
        event = next((e for e in counted if e.event_id == each.event_id), None)
        if event is None or (is_follow_up(event) and each.correction == "VOID"):
            return
        correction = Corrected(
            target=each.event_id,
            mode=each.correction or "VOID",
            reason=self._reason,
            new_values=each.new_values,
        )
        self._correct_with_it(each.topic, event, correction)

    def _find_companions(self, key: StreamKey, correction: Corrected) -> None:
        """The corrections that were made together with one that is void now are void too."""
        history = self._histories.load_stream(*key)
        if correction.mode != "VOID":
            return
        for topic, event in find_companions(key[0], history, correction.target, self._histories.load_stream):
            if (topic, event.event_id) not in self._corrected:
                void = Corrected(target=event.event_id, mode="VOID", reason=self._reason)
                self._correct_with_it(topic, event, void)

    def _correct_with_it(self, topic: str, event: AnyEvent, correction: Corrected) -> None:
        self._note(topic, event, correction, "NEEDS")
        supposed = self._suppose(correction, _SUPPOSED)
        self._kept.append(((topic, event.stream), supposed))
        self._wait((topic, event.stream), [supposed])

    def _load_counted(self, topic: str, stream: str) -> Sequence[AnyEvent]:
        return timeline(self._histories.load_stream(topic, stream))

    def _find_follow_ups(self, topic: str, event: AnyEvent, before: ReadModel, after: ReadModel) -> None:
        """What the services would record because of the event, in streams that it concerned before or does now."""
        for service in self._services.values():
            for reaction in service.reactions:
                if not isinstance(reaction, Reconciliation) or reaction.follows.name != topic:
                    continue
                streams = [*reaction.find_streams(event, before), *reaction.find_streams(event, after)]
                for stream in dict.fromkeys(streams):
                    self._follow_up(service, stream, reaction, event, after)

    def _follow_up(
        self,
        service: AnyService,
        stream: str,
        reaction: Reconciliation[Any],
        event: AnyEvent,
        model: ReadModel,
    ) -> None:
        topic = service.topic.name
        history = self._histories.load_stream(topic, stream)
        if waiting := self._waiting_facts.get((topic, stream)):
            history = [*history, *self._as_recorded(topic, stream, waiting)]
        changes = compare_follow_ups(reaction, stream, history, event, model)
        facts: list[SupposedFact] = []
        by_id = {each.event_id: each for each in history}
        for correction in changes.corrections:
            if correction.mode == "VOID" and (topic, correction.target) in self._corrected:
                continue
            self._note(topic, by_id[correction.target], correction, "FOLLOWS")
            facts.append(self._suppose(correction, event.event_id, reaction.name))
        for cause, fact in changes.added:
            supposed = self._suppose(fact, cause, reaction.name)
            self._note_new(service, stream, supposed)
            facts.append(supposed)
        if facts:
            self._kept += [((topic, stream), each) for each in facts]
            self._wait((topic, stream), facts)

    def _wait(self, key: StreamKey, facts: list[SupposedFact]) -> None:
        self._waiting.append((key, facts))
        self._waiting_facts.setdefault(key, []).extend(facts)

    def _note(
        self, topic: str, event: AnyEvent, correction: Corrected, because: Literal["FOLLOWS", "NEEDS"]
    ) -> None:
        if correction.mode == "VOID":
            self._corrected.add((topic, event.event_id))
        if event.event_id.startswith(f"{_SUPPOSED}/"):
            return
        consequence = Consequence(
            service=topic,
            stream=event.stream,
            event_id=event.event_id,
            type=self._services[topic].topic.tag(event.fact),
            action=correction.mode,
            because=because,
            effective_from=event.fact.effective_from,
            new_values=correction.new_values,
        )
        self._noted.append((consequence, ""))

    def _note_new(self, service: AnyService, stream: str, supposed: SupposedFact) -> None:
        fact = supposed.fact
        values = msgspec.to_builtins(fact)
        consequence = Consequence(
            service=service.topic.name,
            stream=stream,
            event_id="",
            type=service.topic.tag(fact),
            action="RECORD",
            because="FOLLOWS",
            effective_from=fact.effective_from,
            new_values={name: value for name, value in values.items() if name != "type"},
        )
        self._noted.append((consequence, supposed.event_id))
