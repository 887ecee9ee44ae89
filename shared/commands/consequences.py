"""What a correction does to facts of all services, found by supposing that it counts, before it is recorded.

Three kinds of fact are concerned: follow-ups, which reactions bring right by themselves; facts that need the corrected
one, which are corrected with it; and facts that could not be true beside it, which are in its way.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from shared.commands.command_handler import AnyService
from shared.core.corrections import (
    Contradiction,
    check_correction,
    find_contradictions,
    raise_contradictions,
)
from shared.core.decider import ReadModel, Rejected
from shared.core.facts import AnyEvent, Corrected, Fact, FurtherCorrection
from shared.core.follow_ups import (
    REACTION_ACTOR_PREFIX,
    Reconciliation,
    StreamChange,
    compare_follow_ups,
    is_follow_up,
)
from shared.core.partial_dates import BY_NOW
from shared.core.projection import AnyProjection
from shared.core.timeline import timeline
from shared.readmodel.overlay import RowsByStream, SupposedHistories

MAX_STEPS = 10_000
"""Streams that one correction may change; a province has fewer posts."""

_SUPPOSED = "supposed"
"""Begins the ids of events that are supposed."""


_DONE = {"VOID": "will be void", "AMEND": "will be amended", "RECORD": "will be recorded"}


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

    @property
    def address(self) -> str:
        return f"{self.service}/{self.stream}/{self.event_id}"


class CorrectionPlan(msgspec.Struct, kw_only=True):
    """What a correction would do."""

    consequences: list[Consequence]
    """The facts that change with it."""
    facts: list[str]
    """The facts in its way, as topic/stream/event_id: it is refused while they count."""
    rule: str = ""
    """The first rule that they would break; empty: nothing is in the way."""


class CorrectionProgress(msgspec.Struct, kw_only=True):
    """How far the corrections of other streams are that a correction asked for."""

    asked: int
    """How many facts of other streams are to be corrected."""
    done: int
    """How many of them are."""
    waiting: list[str]
    """Those that are not yet, as topic/stream/event_id."""


class ConsequenceFinder:
    """Finds what a correction does to facts of all services. `load_stream` reads any stream of any topic."""

    def __init__(
        self,
        services: Mapping[str, AnyService],
        projections: Mapping[str, AnyProjection],
        load_stream: Callable[[str, str], Sequence[AnyEvent]],
    ) -> None:
        self._services, self._projections, self._load_stream = services, projections, load_stream

    def judge(
        self,
        topic: str,
        stream: str,
        history: Sequence[AnyEvent],
        correction: Corrected,
        read_model: Any,
    ) -> Sequence[Corrected]:
        """The corrections to record in the stream, the first of which names those of other streams.

        Raises a rule that would be broken, with the facts in the way, or HasConsequences.
        """
        found = self._suppose(topic, stream, history, correction, read_model)
        found.raise_what_is_in_the_way()
        changing = [each for each in found.consequences if each.action != "RECORD"]
        if changing and not correction.consequences:
            raise HasConsequences(
                facts=[each.address for each in changing],
                consequences=[msgspec.to_builtins(each) for each in found.consequences],
            )
        return (replace(correction, also=tuple(found.further)), *found.same_stream)

    def preview(
        self,
        topic: str,
        stream: str,
        history: Sequence[AnyEvent],
        correction: Corrected,
        read_model: Any,
    ) -> CorrectionPlan:
        """What the correction would do. Raises Rejected where it cannot be made at all."""
        fitting = check_correction(history, correction)
        found = self._suppose(topic, stream, history, fitting, read_model)
        facts = [
            *(f"{t}/{e.event.stream}/{e.event.event_id}" for t, e in found.contradictions),
            *found.stranded,
        ]
        rule = found.contradictions[0][1].rejected.rule if found.contradictions else ""
        return CorrectionPlan(
            consequences=found.consequences,
            facts=list(dict.fromkeys(facts)),
            rule=rule or (InTheWay.__name__ if found.stranded else ""),
        )

    def progress(self, history: Sequence[AnyEvent], correction: str) -> CorrectionProgress | None:
        """How far the corrections are that a recorded correction asked for; None where there is none of this id."""
        for event in history:
            if event.event_id == correction and isinstance(event.fact, Corrected):
                also = event.fact.also
                waiting = [
                    f"{each.topic}/{each.stream}/{each.event_id}" for each in also if not self._is_done(each)
                ]
                return CorrectionProgress(asked=len(also), done=len(also) - len(waiting), waiting=waiting)
        return None

    def _is_done(self, wanted: FurtherCorrection) -> bool:
        """Whether the fact is corrected so, by whomever."""
        facts = (event.fact for event in self._load_stream(wanted.topic, wanted.stream))
        return any(
            isinstance(fact, Corrected) and (fact.target, fact.mode) == (wanted.event_id, wanted.mode)
            for fact in facts
        )

    def _suppose(
        self,
        topic: str,
        stream: str,
        history: Sequence[AnyEvent],
        correction: Corrected,
        stored: RowsByStream,
    ) -> "_Supposition":
        def suppose(
            correction: Corrected, without: ReadModel | None = None, judged: bool = True
        ) -> tuple[_Supposition, ReadModel]:
            histories = SupposedHistories(self._projections, stored, self._load_stream)
            histories.give(topic, stream, history)
            start = (topic, stream)
            supposition = _Supposition(self._services, histories, start, correction, without, judged)
            supposition.run()
            return supposition, histories.read_model()

        corrected = _find_fact(history, correction.target)
        if corrected is None or (corrected == correction.target and correction.mode == "VOID"):
            return suppose(correction)[0]
        void = Corrected(target=corrected, mode="VOID", reason=correction.reason)
        return suppose(correction, suppose(void, judged=False)[1])[0]


def _find_fact(history: Sequence[AnyEvent], target: str) -> str | None:
    """The event id of the fact that a correction concerns in the end, through other corrections; None where that does
    not count."""
    events, seen = {event.event_id: event for event in history}, set[str]()
    while target in events and target not in seen and isinstance(events[target].fact, Corrected):
        seen.add(target)
        target = events[target].fact.target
    return target if any(event.event_id == target for event in timeline(history)) else None


class _Supposition:
    """One correction, supposed step by step: each step changes one stream and finds what that does to others.

    `without`: the rows as they would be without the amended fact and what followed from it, against which its new
    values are judged. `judged` False: find the follow-ups only.
    """

    def __init__(
        self,
        services: Mapping[str, AnyService],
        histories: SupposedHistories,
        start: tuple[str, str],
        correction: Corrected,
        without: ReadModel | None = None,
        judged: bool = True,
    ) -> None:
        self._services, self._histories, self._start, self._correction = (
            services,
            histories,
            start,
            correction,
        )
        self._without, self._judged = without, judged
        self._numbers = count(1)
        self._waiting: deque[tuple[str, str, list[tuple[Any, str]]]] = deque()
        """(topic, stream, [(fact, event id of its cause; empty: of a request)])."""
        self._corrected: set[tuple[str, str]] = set()
        """(topic, event id) of facts that are void already."""
        self.consequences: list[Consequence] = []
        self.further: list[FurtherCorrection] = []
        self.same_stream: list[Corrected] = []
        self.contradictions: list[tuple[str, Contradiction]] = []
        self.stranded: list[str] = []

    def run(self) -> None:
        self._waiting.append((*self._start, [(self._correction, "")]))
        for _ in range(MAX_STEPS):
            if not self._waiting:
                return
            self._step(*self._waiting.popleft())
        raise InTheWay(facts=[each.address for each in self.consequences[:100]])

    def raise_what_is_in_the_way(self) -> None:
        addresses = [
            *(f"{topic}/{each.event.stream}/{each.event.event_id}" for topic, each in self.contradictions)
        ]
        facts = list(dict.fromkeys([*addresses, *self.stranded]))
        if self.contradictions:
            rejected = self.contradictions[0][1].rejected
            rejected.case["facts"] = facts
            raise_contradictions([each for _, each in self.contradictions])
        if self.stranded:
            raise InTheWay(facts=facts)

    def _step(self, topic: str, stream: str, facts: list[tuple[Any, str]]) -> None:
        service = self._services[topic]
        before_model = self._histories.read_model()
        before = timeline(self._histories.load_stream(topic, stream))
        without = self._without or before_model
        self._without = None
        new = self._record(topic, stream, facts)
        if self._judged:
            self._judge(service, stream, before, without, new)
        after_model = self._histories.read_model()
        for event in new:
            if isinstance(event.fact, Corrected) and self._judged:
                self._find_stranded(service, stream, event.fact, before_model, after_model)
            self._find_follow_ups(topic, event, after_model)

    def _record(self, topic: str, stream: str, facts: list[tuple[Any, str]]) -> list[AnyEvent]:
        """Suppose that the facts are recorded after all others."""
        new = []
        for fact, cause in facts:
            history = self._histories.load_stream(topic, stream)
            number = next(self._numbers)
            last = (
                history[-1] if history else replace(self._histories.load_stream(*self._start)[0], version=0)
            )
            event = replace(
                last,
                event_id=f"{_SUPPOSED}/{number}",
                stream=stream,
                recorded_at=BY_NOW,
                seq=last.seq + number,
                version=last.version + 1,
                lamport=max((event.lamport for event in history), default=last.lamport) + number,
                actor=f"{REACTION_ACTOR_PREFIX}{_SUPPOSED}" if cause else "",
                cause=cause,
                fact=fact,
            )
            self._histories.suppose(topic, stream, [event])
            new.append(event)
        return new

    def _judge(
        self,
        service: AnyService,
        stream: str,
        before: Sequence[AnyEvent],
        model: ReadModel,
        new: list[AnyEvent],
    ) -> None:
        """Judge the stream as it would be. What is about something that is gone is void too; what else could not be
        true is in the way. Follow-ups come right by themselves."""
        topic = service.topic.name
        while True:
            after = timeline(self._histories.load_stream(topic, stream))
            found = find_contradictions(
                service.decider, before, after, lambda fact: service.check(stream, fact, model)
            )
            gone = [each for each in found if each.rejected.needs_another and self._is_void(each.event)]
            if not gone:
                break
            for each in gone:
                correction = self._void(topic, each.event)
                cause = "" if (topic, stream) == self._start else _SUPPOSED
                new += self._record(topic, stream, [(correction, cause)])
        self.contradictions += [
            (topic, each) for each in found if not (is_follow_up(each.event) and each.rejected.needs_another)
        ]

    def _is_void(self, event: AnyEvent) -> bool:
        """Whether the fact is to become void where what it is about is gone."""
        return self._correction.mode == "VOID" and not is_follow_up(event)

    def _void(self, topic: str, event: AnyEvent) -> Corrected:
        correction = Corrected(target=event.event_id, mode="VOID", reason=self._correction.reason)
        self._note(topic, event, correction, "NEEDS")
        if (topic, event.stream) == self._start:
            self.same_stream.append(correction)
        else:
            self.further.append(FurtherCorrection(topic=topic, stream=event.stream, event_id=event.event_id))
        return correction

    def _find_stranded(
        self,
        service: AnyService,
        stream: str,
        correction: Corrected,
        before: ReadModel,
        after: ReadModel,
    ) -> None:
        """Facts of other streams that need what the stream no longer has."""
        topic = service.topic.name
        events = {event.event_id: event for event in self._histories.load_stream(topic, stream)}
        change = StreamChange(
            stream, events[correction.target], correction, before, after, self._load_counted
        )
        for each in service.find_stranded(change):
            if not each.correction or self._correction.mode != "VOID":
                self.stranded.append(f"{each.topic}/{each.stream}/{each.event_id}")
                continue
            if (each.topic, each.event_id) in self._corrected:
                continue
            event = next(
                (e for e in self._load_counted(each.topic, each.stream) if e.event_id == each.event_id), None
            )
            if event is None or (is_follow_up(event) and each.correction == "VOID"):
                continue
            new = Corrected(
                target=each.event_id,
                mode=each.correction,
                reason=self._correction.reason,
                new_values=each.new_values,
            )
            self._note(each.topic, event, new, "NEEDS")
            self.further.append(
                FurtherCorrection(
                    topic=each.topic,
                    stream=each.stream,
                    event_id=each.event_id,
                    mode=each.correction,
                    new_values=each.new_values,
                )
            )
            self._waiting.append((each.topic, each.stream, [(new, _SUPPOSED)]))

    def _load_counted(self, topic: str, stream: str) -> Sequence[AnyEvent]:
        return timeline(self._histories.load_stream(topic, stream))

    def _find_follow_ups(self, topic: str, event: AnyEvent, model: ReadModel) -> None:
        """What the services would record because of the event."""
        for service in self._services.values():
            own = service.topic.name
            for reaction in service.reactions:
                if not isinstance(reaction, Reconciliation) or reaction.follows.name != topic:
                    continue
                for stream in reaction.find_streams(event, model):
                    self._follow_up(service, own, stream, reaction, event, model)

    def _follow_up(
        self,
        service: AnyService,
        topic: str,
        stream: str,
        reaction: Reconciliation[Any],
        event: AnyEvent,
        model: ReadModel,
    ) -> None:
        history = self._histories.load_stream(topic, stream)
        changes = compare_follow_ups(reaction, stream, history, event, model)
        facts: list[tuple[Any, str]] = []
        by_id = {each.event_id: each for each in history}
        for correction in changes.corrections:
            if correction.mode == "VOID" and (topic, correction.target) in self._corrected:
                continue
            self._note(topic, by_id[correction.target], correction, "FOLLOWS")
            facts.append((correction, event.event_id))
        for cause, fact in changes.added:
            self._note_new(service, stream, fact)
            facts.append((fact, cause))
        if facts:
            self._waiting.append((topic, stream, facts))

    def _note(
        self, topic: str, event: AnyEvent, correction: Corrected, because: Literal["FOLLOWS", "NEEDS"]
    ) -> None:
        if correction.mode == "VOID":
            self._corrected.add((topic, event.event_id))
        if event.event_id.startswith(f"{_SUPPOSED}/"):
            return
        self.consequences.append(
            Consequence(
                service=topic,
                stream=event.stream,
                event_id=event.event_id,
                type=self._services[topic].topic.tag(event.fact),
                action=correction.mode,
                because=because,
                effective_from=event.fact.effective_from,
                new_values=correction.new_values,
            )
        )

    def _note_new(self, service: AnyService, stream: str, fact: Fact) -> None:
        values = msgspec.to_builtins(fact)
        self.consequences.append(
            Consequence(
                service=service.topic.name,
                stream=stream,
                event_id="",
                type=service.topic.tag(fact),
                action="RECORD",
                because="FOLLOWS",
                effective_from=fact.effective_from,
                new_values={name: value for name, value in values.items() if name != "type"},
            )
        )
