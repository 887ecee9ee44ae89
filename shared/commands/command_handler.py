"""A service as one declaration, and the command handler: read the stream, decide, append, retry on a conflict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from dataclasses import replace as replace_dataclass
from typing import Any, Generic, NamedTuple, Protocol, runtime_checkable

import msgspec
from msgspec.structs import replace

from shared.commands.read_model_progress import ConsultedRows, Deadline, ReadModelProgress
from shared.core.consistency import AppendCondition, ConsistencyBoundary
from shared.core.corrections import AlreadyVoid, check_amended, check_correction
from shared.core.decider import Decider, EmptyReadModel, ReadModel, Rejected, S
from shared.core.errors import AppendConditionFailed, Conflict, Fenced, KeyReused
from shared.core.facts import AnyEvent, Corrected, F, Fact, Finding, Recorded, Topic
from shared.core.follow_ups import REACTION_ACTOR_PREFIX, AnyReaction, Stranded, StreamChange
from shared.core.identifiers import check_ids
from shared.core.normalization import normalize_fact
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.union import UnionHistory, UnionReader, UnionVersion, highest_lamport, version_of

TRIES = 3
"""How often a command is decided when others write to its stream at the same time."""
CONDITION_TRIES = 20
"""How often a command is decided when others record, in other streams, what it depends on."""
IMPORT_ACTOR_PREFIX = "import:"
"""Begins the actor of imported facts. An import has all facts of its source, so no reaction runs on them."""


def _no_check(stream: str, proposed: Fact, read_model: ReadModel) -> None:
    """Check nothing: for services whose facts depend on no other stream."""


def _no_findings(stream: str, fact: Fact, read_model: ReadModel) -> tuple[Finding, ...]:
    """Find nothing: for services whose facts no rule judges."""
    return ()


def _none_stranded(change: StreamChange) -> tuple[Stranded, ...]:
    """None: for services whose facts no other stream needs."""
    return ()


class FactsToRecord(NamedTuple):
    """Facts of one stream that are recorded together with a decision."""

    stream: str
    history: Sequence[AnyEvent]
    """What was recorded there when they were decided."""
    facts: tuple[Any, ...]
    cause: str | None = None
    """Event id of the fact that they follow from; empty: none; None: the first one of the decision."""
    reaction: str = ""
    """Name of the reaction that would record them; empty: they are part of the request."""


class Decision(NamedTuple):
    """Facts to be appended to a stream, and with them facts of the same log: all of them or none."""

    facts: Sequence[Any]
    further: Sequence[FactsToRecord] = ()


class BatchJudgement(Protocol):
    """What corrections of several streams would do together."""

    @property
    def changes_in_the_way(self) -> set[tuple[str, str]]:
        """The streams, as (topic, stream), whose changes could not be."""
        ...

    def raise_what_is_in_the_way(self) -> None:
        """Raises Rejected, with the facts in the way."""
        ...

    def require_no_consequences(self) -> None:
        """Raises Rejected where facts that are not corrected would be void or amended."""
        ...

    def facts_of(self, topic: str) -> Sequence[FactsToRecord]:
        """What changes in one log beside the corrections themselves."""
        ...


WriteGuard = Callable[[str, str, Fact, Sequence[AnyEvent]], str]
"""(topic, stream, proposed fact, history of the stream) -> the hash of the policies by which whoever makes the request
may record it. Raises what the request is refused with."""
Histories = Callable[[str], Sequence[AnyEvent]]
"""Reads the streams of the own log."""


class CorrectionJudge(Protocol):
    """Finds what a correction does to facts of all services; see `shared.commands.consequences`."""

    def judge(
        self, topic: str, stream: str, histories: Histories, correction: Corrected, read_model: ReadModel
    ) -> Decision:
        """The corrections to record in the log. Raises Rejected."""
        ...

    def preview(
        self, topic: str, stream: str, histories: Histories, correction: Corrected, read_model: ReadModel
    ) -> object:
        """What the correction would do. Raises Rejected where it cannot be made at all."""
        ...

    def judge_batch(
        self,
        corrections: Mapping[tuple[str, str], Sequence[Corrected]],
        load: Callable[[str, str], Sequence[AnyEvent]],
        read_model: ReadModel,
    ) -> BatchJudgement:
        """Judge corrections of several streams, by (topic, stream), that are to count together."""
        ...

    def progress(self, topic: str, stream: str, histories: Histories, correction: str) -> object:
        """How far the corrections are that a recorded correction asked for; None where there is none of this id."""
        ...


@runtime_checkable
class TransactionalReadModel(ReadModel, Protocol):
    """A read model that can run several queries in one transaction."""

    def read_transaction(self) -> AbstractContextManager[ReadModel]: ...


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S, F]):
    """The topic a service writes, its decider, what it checks against other services' rows, and its reactions."""

    topic: Topic[F]
    decider: Decider[S, F]
    check: Callable[[str, F, ReadModel], None] = _no_check
    """Raises Rejected where what a proposed fact needs of other streams is not in the read model."""
    findings: Callable[[str, F, ReadModel], tuple[Finding, ...]] = _no_findings
    """Findings of the rules on a fact that is accepted: stored with it, refusing nothing."""
    reactions: tuple[AnyReaction, ...] = ()
    find_stranded: Callable[[StreamChange], Iterable[Stranded]] = _none_stranded
    """The facts of other streams that need what a correction takes away from a stream of this service."""
    boundary: ConsistencyBoundary[F] | None = None
    """Which facts of other streams of this service a decision depends on; None: on none."""
    local: bool = False
    """Whether its facts stay at this installation: none goes to another site, and none of another site counts."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The part of an event's envelope that the caller gives: who acts, and what caused it."""

    actor: str
    command_id: str = ""
    cause: str = ""
    correlation: str = ""
    observed_lamport: int = 0
    policy: str = ""
    """Hash of the policies by which it was permitted; empty: none were asked."""


@dataclass(frozen=True, slots=True)
class CommandResult(Generic[F]):
    """The recorded events of a command, the version of the stream in the log after them, and a position of the log that
    includes them."""

    stream: str
    version: int
    events: tuple[Recorded[F], ...]
    position: int = 0
    foreign: int = 0
    """How many events of other sites count in the stream."""
    changes: int = 0
    """How often one that had counted ceased to, or counted again."""

    @property
    def etag(self) -> str:
        """The version over all sites, as it is sent to clients."""
        return f'"{UnionVersion(self.version, self.foreign, self.changes)}"'


class VersionMismatch(Exception):
    """The stream has changed since it was read."""

    def __init__(self, stream: str, current: UnionVersion) -> None:
        self.version, self.current = current.own, current
        super().__init__(f"{stream} is at version {self.current}")


class Application(Generic[S, F]):
    """Handles the commands of one service over its log. `read_model` is empty where the read side is out of reach;
    without `progress` its rows are taken as complete, and conditions over other streams are not checked. It decides by
    the events of the log and by those of other sites that count, `foreign`."""

    def __init__(
        self,
        service: Service[S, F],
        log: EventLog[F],
        read_model: ReadModel | None = None,
        progress: ReadModelProgress | None = None,
        foreign: ForeignEvents = NO_FOREIGN_EVENTS,
    ) -> None:
        self.service, self.log, self.read_model = service, log, read_model or EmptyReadModel()
        self.union = UnionReader(log, foreign)
        self.progress = progress
        self.guard: WriteGuard | None = None
        """Set where requests come from those who may not record everything."""
        self.correction_judge: CorrectionJudge | None = None
        """Set where the facts of all services are in reach; without, a correction is judged by its own stream only."""

    def handle(
        self, stream: str, proposed: F, origin: Origin, expected: UnionVersion | int | None = None
    ) -> CommandResult[F]:
        """Decide and append. Raises Rejected, VersionMismatch, KeyReused, SiteClosed, ReadModelBehind or
        StoreUnavailable, with nothing stored. `expected`: the version that was read; a number alone says that no other
        site had events."""
        proposed = normalize_fact(proposed)

        def decide(history: Sequence[Recorded[F]], read_model: ConsultedRows) -> Decision:
            if not origin.cause:  # what follows from a recorded fact may name whatever that one names
                check_ids(proposed, (event.fact for event in history))
            self.service.check(stream, proposed, read_model)
            read_model.topics.clear()  # what the decider rejects rests on no rows
            accepted = self.service.decider.judge(history, proposed)
            return Decision([self.with_findings(stream, fact, read_model) for fact in accepted])

        return self._decide_and_append(stream, proposed, decide, origin, expected)

    def correct(
        self, stream: str, correction: Corrected, origin: Origin, expected: UnionVersion | int | None = None
    ) -> CommandResult[F]:
        """Record that an earlier fact of the stream is void or wrong in some fields. New values are refused by the
        same rules as the fact itself; a void fact, by those of the facts that it made possible."""
        correction = normalize_fact(correction)

        def decide(history: Sequence[Recorded[F]], read_model: ConsultedRows) -> Decision:
            fitting = replace(check_correction(history, correction), also=())
            imported = origin.actor.startswith(IMPORT_ACTOR_PREFIX)
            if self.correction_judge and not imported:
                histories = _with_stream(stream, history, self.union.load_stream)
                topic = self.log.topic.name
                return self.correction_judge.judge(topic, stream, histories, fitting, read_model)
            if (
                fitting.mode == "AMEND" or not imported
            ):  # an import takes back all facts of a line, one by one
                check_amended(
                    self.service.decider,
                    history,
                    fitting,
                    lambda fact: self.service.check(stream, fact, read_model),
                )
            return Decision((fitting,))

        return self._decide_and_append(stream, correction, decide, origin, expected)

    def preview_correction(self, stream: str, correction: Corrected) -> object:
        """What a correction would do to other facts; see `shared.commands.consequences.CorrectionPlan`."""
        load = self.union.load_stream
        histories = _with_stream(stream, load(stream), load)
        with self.read_transaction() as read_model:
            return self._judge.preview(
                self.log.topic.name, stream, histories, normalize_fact(correction), read_model
            )

    def correction_progress(self, stream: str, correction: str) -> object:
        """How far the corrections are that a recorded one asked for; None where there is none of this id."""
        return self._judge.progress(self.log.topic.name, stream, self.union.load_stream, correction)

    @property
    def _judge(self) -> CorrectionJudge:
        if self.correction_judge is None:
            raise RuntimeError("the facts of other services are out of reach of this application")
        return self.correction_judge

    def record_corrections(
        self,
        streams: Sequence[str],
        find: Callable[[str, Sequence[Recorded[F]]], Sequence[Corrected]],
        origin: Origin,
    ) -> None:
        """Record in one append the corrections that follow from others, found in the facts of each stream; those of
        facts that are void already are left out. They were judged with what they follow from."""
        for tries in range(1, TRIES + 1):
            requests, histories = [], self.union.load_streams(streams)
            for stream in streams:
                history = histories.get(stream, [])
                fitting: list[Any] = []
                for correction in find(stream, history):
                    with suppress(AlreadyVoid):
                        fitting.append(check_correction(history, correction))
                if fitting:
                    requests.append(self.build_append_request(stream, history, fitting, origin))
            if not requests:
                return
            requests[0].further = requests[1:]
            try:
                self.log.append(requests[0])
                return
            except (Conflict, Fenced):
                if tries == TRIES:
                    raise

    def record_batch(
        self, facts: Sequence[FactsToRecord], origin: Origin, rows: ConsultedRows | None = None
    ) -> CommandResult[F]:
        """Append facts of several streams, all of them or none. Raises Conflict where one of the streams, or what a
        decision by these rows depends on, has changed since."""
        first, *further = facts
        request = self.build_append_request(first.stream, first.history, first.facts, origin)
        if rows:
            self._set_condition(request, first.history, rows)
        self._add_further(request, further, origin, rows or ConsultedRows(self.read_model, None, ""))
        events = self.log.append(request)
        _, *others = version_of(first.history)
        return CommandResult(first.stream, events[-1].version, events, request.position, *others)

    def _decide_and_append(
        self,
        stream: str,
        proposed: F | Corrected,
        decide: Callable[[Sequence[Recorded[F]], ConsultedRows], Decision],
        origin: Origin,
        expected: UnionVersion | int | None,
    ) -> CommandResult[F]:
        """Decide on what is recorded and append; decide again where others were faster.

        A rejection by rows that may be behind the logs is decided again once they have caught up. A decision that
        rests on rows of this service is appended on the condition that nothing it depends on came after them."""
        topic, progress, deadline = self.log.topic.name, self.progress, Deadline()
        digest = self._digest(proposed)
        tries = condition_tries = 0
        caught_up = False
        seen = UnionVersion(expected) if isinstance(expected, int) else expected
        with ExitStack() as turn:
            while True:
                history = self.union.load_stream(stream)
                version, *others = current = version_of(history)
                if self.guard and not origin.cause:  # what follows from a recorded fact was permitted with it
                    permitted_by = self.guard(topic, stream, proposed, history)
                    origin = replace_dataclass(origin, policy=permitted_by)
                if (earlier := self._find_response(stream, digest, origin, history)) is not None:
                    return earlier  # looked for last: a repeat that was recorded meanwhile is no conflict
                self.log.check_open((proposed,))
                if seen is not None and seen != current:
                    raise VersionMismatch(stream, current)
                is_final = caught_up or progress is None or progress.is_settled()
                request: AppendRequest[F] | None = None
                with self.read_transaction() as read_model:
                    rows = ConsultedRows(read_model, progress, topic)
                    try:
                        decision = decide(history, rows)
                    except Rejected:
                        if is_final or not rows.topics:
                            raise
                    else:
                        request = self.build_append_request(stream, history, decision.facts, origin, digest)
                        self._set_condition(request, history, rows)
                        self._add_further(request, decision.further, origin, rows)
                if request is None:
                    assert progress is not None
                    progress.catch_up_with(rows.topics, deadline)
                    caught_up = True
                    continue
                if not request.facts and not origin.command_id:
                    return CommandResult(stream, version, (), self.log.position(), *others)
                try:
                    events = self.log.append(request)
                    position = request.position or self.log.position()
                    version = events[-1].version if events else version
                    return CommandResult(stream, version, events, position, *others)
                except AppendConditionFailed:
                    condition_tries += 1
                    if condition_tries == CONDITION_TRIES or progress is None:
                        raise
                    if condition_tries == 1:
                        turn.enter_context(progress.take_turn(topic, deadline))
                    progress.catch_up({topic: progress.head(topic)}, deadline)
                    caught_up = False
                except Fenced:
                    tries += 1
                    if tries == TRIES:
                        raise
                except Conflict as conflict:
                    if seen is not None and conflict.stream == stream:
                        raise VersionMismatch(stream, current._replace(own=conflict.version)) from conflict
                    tries += 1
                    if tries == TRIES:
                        raise

    def _find_response(
        self, stream: str, digest: bytes, origin: Origin, history: Sequence[Recorded[F]]
    ) -> CommandResult[F] | None:
        """The result of the same command when it came before; None if it is new. Raises KeyReused.

        It stays the first answer where its facts do not count any more: they are in the log, and may count again. The
        version of that answer is refused then, so that whoever goes on from it reads what counts."""
        if not origin.command_id:
            return None
        earlier = self.log.find_response(origin.command_id, digest, stream)
        if earlier is None:
            lost = self.union.find_command(origin.command_id)  # handled before a backup was restored
            if not lost:
                return None
            if {event.stream for event in lost} != {stream}:
                raise KeyReused(origin.command_id)
            version, earlier = self.log.version(stream), tuple(lost)
        else:
            version = earlier[-1].version if earlier else self.log.version(stream)
        current = version_of(history)
        counted = {event.event_id for event in history} if current.changes else set()
        all_count = not current.changes or counted.issuperset(event.event_id for event in earlier)
        changes = current.changes if all_count else 0
        return CommandResult(stream, version, earlier, self.log.position(), current.foreign, changes)

    def _set_condition(
        self, request: AppendRequest[F], history: Sequence[AnyEvent], rows: ConsultedRows
    ) -> None:
        """What must still hold when the facts are appended; nothing where the decision read no rows of this service."""
        boundary = self.service.boundary
        if boundary and isinstance(history, UnionHistory):  # the writer knows its own log only
            request.tags = [
                tag for fact in request.facts for tag in boundary.tags_of(request.stream, fact, history)
            ]
        if boundary is None or rows.after is None:
            return
        depends_on = [
            tag for fact in request.facts for tag in boundary.dependencies_of(request.stream, fact, history)
        ]
        if depends_on:
            request.condition = AppendCondition(depends_on, rows.after)
        if boundary.depends_on is None and not any(isinstance(fact, Corrected) for fact in request.facts):
            request.tags = depends_on

    def _add_further(
        self,
        request: AppendRequest[F],
        further: Sequence[FactsToRecord],
        origin: Origin,
        rows: ConsultedRows,
    ) -> None:
        """What is appended with a request, each on the condition that its decision rests on."""
        versions = {request.stream: request.expected + len(request.facts)}
        added = []
        for each in further:
            version = versions.get(each.stream, version_of(each.history).own)
            actor = f"{REACTION_ACTOR_PREFIX}{each.reaction}" if each.reaction else origin.actor
            facts: list[Any] = [
                fact if isinstance(fact, Corrected) else self.with_findings(each.stream, fact, rows)
                for fact in each.facts
            ]
            by = replace_dataclass(origin, actor=actor, command_id="", cause=each.cause or "")
            new = self.build_append_request(each.stream, each.history, facts, by)
            new.expected = version
            new.follows_first = each.cause is None
            self._set_condition(new, each.history, rows)
            versions[each.stream] = version + len(facts)
            added.append(new)
        request.further = added

    def read_transaction(self) -> AbstractContextManager[ReadModel]:
        """The read model for one decision, in one transaction where it has transactions."""
        if isinstance(self.read_model, TransactionalReadModel):
            return self.read_model.read_transaction()
        return nullcontext(self.read_model)

    def with_findings(self, stream: str, fact: F, read_model: ReadModel | None = None) -> F:
        """The fact with the findings of the rules. Overrides that came with it are kept."""
        findings = self.service.findings(stream, fact, read_model or self.read_model)
        if not findings:
            return fact
        found = {finding.rule for finding in findings}
        others = (each for each in fact.findings if each.rule not in found)
        return replace(fact, findings=(*with_overrides(findings, fact.findings), *others))

    def _digest(self, fact: Fact) -> bytes:
        """Recognises a repeated request. A keyed hash, because a plain hash of a name can be guessed back."""
        return bytes.fromhex(self.log.keys.digest(msgspec.json.encode(fact).decode()))

    def build_append_request(
        self,
        stream: str,
        history: Sequence[AnyEvent],
        facts: Sequence[F],
        origin: Origin,
        digest: bytes = b"",
    ) -> AppendRequest[F]:
        """A request to append facts that were decided by this history of their stream."""
        if any(type(fact) in self.log.topic.personal for fact in facts):
            self.log.keys.create_keys([stream])  # another site may have made a key of its own for it
        return AppendRequest(
            stream=stream,
            expected=version_of(history).own,
            facts=facts,
            actor=origin.actor,
            command_id=origin.command_id,
            digest=digest,
            cause=origin.cause,
            correlation=origin.correlation,
            policy=origin.policy,
            observed_lamport=max(origin.observed_lamport, highest_lamport(history)),
        )


def with_overrides(findings: Iterable[Finding], given: Iterable[Finding]) -> list[Finding]:
    """The findings of rules, each with the override of those that came with the fact, if one did."""
    overrides = {finding.rule: finding for finding in given}
    return [_with_override(finding, overrides.get(finding.rule)) for finding in findings]


def _with_override(finding: Finding, proposed: Finding | None) -> Finding:
    if proposed is None:
        return finding
    return replace(
        finding, overridden_by=proposed.overridden_by, reason=proposed.reason, document=proposed.document
    )


def _with_stream(
    stream: str, history: Sequence[AnyEvent], load: Callable[[str], Sequence[AnyEvent]]
) -> Histories:
    """Reads streams of a log, of which one has been read already."""
    return lambda other: history if other == stream else load(other)


AnyService = Service[Any, Any]
AnyApplication = Application[Any, Any]
