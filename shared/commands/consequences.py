"""What a correction does to facts of all services, found by supposing that it counts, before it is recorded.

Three kinds of fact are concerned: follow-ups, which reactions bring right by themselves; facts that need the corrected
one, which are corrected with it; and facts that could not be true beside it, which are in its way.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from shared.commands.command_handler import AnyService, Decision, Histories, with_overrides
from shared.commands.supposition import Consequence, InTheWay, StreamKey, Supposition
from shared.core.corrections import check_correction
from shared.core.decider import ReadModel
from shared.core.facts import AnyEvent, Corrected, FurtherCorrection
from shared.core.projection import AnyProjection
from shared.core.timeline import apply_correction, find_void, timeline
from shared.readmodel.overlay import RowsByStream, SupposedHistories, SupposedReadModel

Load = Callable[[str, str], Sequence[AnyEvent]]
"""Reads a stream of a topic."""


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
    """How many facts of other streams are to be corrected: those that need the corrected fact, and those that followed
    from it."""
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
        load_stream: Load,
    ) -> None:
        self._services, self._projections, self._load_stream = services, projections, load_stream

    def judge(
        self,
        topic: str,
        stream: str,
        histories: Histories,
        correction: Corrected,
        read_model: Any,
    ) -> Decision:
        """The correction, which names those of other streams, and what else is to be recorded in the same log.

        `histories` reads the streams of that log. Raises a rule that would be broken, with the facts in the way, or
        HasConsequences.
        """
        key = (topic, stream)
        found, without = self._suppose({key: [correction]}, self._own_first(topic, histories), read_model)
        found.raise_what_is_in_the_way()
        if not correction.consequences:
            found.require_no_consequences()
        rows = without.get(key, read_model)
        judged = with_findings(self._services[topic], stream, histories(stream), correction, rows)
        return Decision([replace(judged, also=tuple(found.also))], found.facts_of(topic))

    def preview(
        self,
        topic: str,
        stream: str,
        histories: Histories,
        correction: Corrected,
        read_model: Any,
    ) -> CorrectionPlan:
        """What the correction would do. Raises Rejected where it cannot be made at all."""
        fitting = check_correction(histories(stream), correction)
        found, _ = self._suppose({(topic, stream): [fitting]}, self._own_first(topic, histories), read_model)
        rule = found.contradictions[0][1].rejected.rule if found.contradictions else ""
        return CorrectionPlan(
            consequences=found.consequences,
            facts=found.facts_in_the_way,
            rule=rule or (InTheWay.__name__ if found.stranded else ""),
        )

    def judge_batch(
        self,
        corrections: Mapping[StreamKey, Sequence[Corrected]],
        load: Load,
        read_model: Any,
    ) -> Supposition:
        """Judge corrections of several streams that are to count together. `load` reads any stream."""
        return self._suppose(corrections, load, read_model)[0]

    def progress(
        self, topic: str, stream: str, histories: Histories, correction: str
    ) -> CorrectionProgress | None:
        """How far the corrections are that a recorded correction asked for; None where there is none of this id."""
        load = self._own_first(topic, histories)
        for event in histories(stream):
            if event.event_id == correction and isinstance(event.fact, Corrected):
                also = event.fact.also
                waiting = [
                    f"{each.topic}/{each.stream}/{each.event_id}"
                    for each in also
                    if not _is_done(event, each, load(each.topic, each.stream))
                ]
                return CorrectionProgress(asked=len(also), done=len(also) - len(waiting), waiting=waiting)
        return None

    def _own_first(self, topic: str, histories: Histories) -> Load:
        """Reads streams of the own log there, and others wherever they have arrived."""
        return lambda other, stream: histories(stream) if other == topic else self._load_stream(other, stream)

    def _suppose(
        self, starts: Mapping[StreamKey, Sequence[Corrected]], load: Load, stored: RowsByStream
    ) -> tuple[Supposition, dict[StreamKey, SupposedReadModel]]:
        """Suppose corrections of several streams. The new values of each are judged against rows that lack the fact
        which they change: these come with it."""

        def suppose(
            starts: Mapping[StreamKey, Sequence[Corrected]],
            without: Mapping[StreamKey, SupposedReadModel] | None = None,
            judged: bool = True,
        ) -> tuple[Supposition, SupposedReadModel]:
            histories = SupposedHistories(self._projections, stored, load)
            supposition = Supposition(self._services, histories, starts, without, judged)
            supposition.run()
            return supposition, histories.read_model()

        without = {}
        for key, corrections in starts.items():
            if voids := _void_what_they_change(load(*key), corrections):
                without[key] = suppose({key: voids}, judged=False)[1]
        return suppose(starts, without)[0], without


def with_findings(
    service: AnyService,
    stream: str,
    history: Sequence[AnyEvent],
    correction: Corrected,
    read_model: ReadModel,
) -> Corrected:
    """An amendment with the findings of rules on the fact as it will be, where they are others than before. What
    somebody answered for, and what no rule found, stays; new values may state findings themselves."""
    event = next((each for each in timeline(history) if each.event_id == correction.target), None)
    if event is None or correction.mode != "AMEND" or "findings" in correction.new_values:
        return correction
    amended = apply_correction(event, correction)
    assert amended is not None
    findings = with_overrides(service.findings(stream, amended.fact, read_model), event.fact.findings)
    found = {finding.rule for finding in findings}
    findings += [
        each
        for each in event.fact.findings
        if each.rule not in found and (each.overridden_by or not each.severity)
    ]
    if tuple(findings) == event.fact.findings:
        return correction
    return replace(
        correction, new_values={**correction.new_values, "findings": msgspec.to_builtins(findings)}
    )


def _void_what_they_change(history: Sequence[AnyEvent], corrections: Sequence[Corrected]) -> list[Corrected]:
    """Voids of the facts that count and will count with other values."""
    found = {id_: each for each in corrections if (id_ := _find_fact(history, each.target))}
    return [
        Corrected(target=id_, mode="VOID", reason=each.reason)
        for id_, each in found.items()
        if id_ != each.target or each.mode != "VOID"
    ]


def _is_done(correction: AnyEvent, wanted: FurtherCorrection, history: Sequence[AnyEvent]) -> bool:
    """Whether the fact was corrected so since, or counts no longer, by whomever."""
    if all(event.event_id != wanted.event_id for event in history):
        return False
    return wanted.event_id in find_void(history) or any(
        isinstance(event.fact, Corrected)
        and (event.fact.target, event.fact.mode) == (wanted.event_id, wanted.mode)
        and (event.cause == correction.event_id or event.lamport > correction.lamport)
        for event in history
    )


def _find_fact(history: Sequence[AnyEvent], target: str) -> str | None:
    """The event id of the fact that a correction concerns in the end, through other corrections; None where that does
    not count."""
    events, seen = {event.event_id: event for event in history}, set[str]()
    while target in events and target not in seen and isinstance(events[target].fact, Corrected):
        seen.add(target)
        target = events[target].fact.target
    return target if any(event.event_id == target for event in timeline(history)) else None
