"""A service as one declaration, and its command handler: load the stream, decide, append, retry on conflict."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, Protocol, runtime_checkable

import msgspec
from msgspec.structs import replace

from shared.core.corrections import check_amended, check_correction
from shared.core.decider import Decider, EmptyReadModel, ReadModel, S
from shared.core.facts import Corrected, F, Fact, Finding, Recorded, Topic
from shared.core.normalization import normalize_fact
from shared.core.projection import AnyProjection
from shared.core.reaction import Reaction
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest, Conflict
from shared.eventlog.recorders import Fenced

TRIES = 3
IMPORT_ACTOR_PREFIX = "import:"
"""Begins the actor of imported facts. An import brings all that its source knows, so no reaction runs for it."""


def _no_check(stream: str, proposed: Fact, known: ReadModel) -> None:
    """Accept everything: nothing outside the stream matters."""


def _no_findings(stream: str, fact: Fact, known: ReadModel) -> tuple[Finding, ...]:
    """Find nothing: no rule applies."""
    return ()


@runtime_checkable
class TransactionalReadModel(ReadModel, Protocol):
    """A read model that can answer several questions in one transaction."""

    def read_transaction(self) -> AbstractContextManager[ReadModel]: ...


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S, F]):
    """The topic a service writes, its decider, what it checks against other services' rows, and its reactions."""

    topic: Topic[F]
    decider: Decider[S, F]
    check: Callable[[str, F, ReadModel], None] = _no_check
    findings: Callable[[str, F, ReadModel], tuple[Finding, ...]] = _no_findings
    """Findings of the rules on a fact that is accepted: stored with it, refusing nothing."""
    projections: tuple[AnyProjection, ...] = ()
    reactions: tuple[Reaction[Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The part of an event's envelope that the caller gives: who acts, and what caused it."""

    actor: str
    command_id: str = ""
    cause: str = ""
    correlation: str = ""
    observed_lamport: int = 0


@dataclass(frozen=True, slots=True)
class Receipt(Generic[F]):
    """The recorded events of a command, and the version of the stream after them."""

    stream: str
    version: int
    events: tuple[Recorded[F], ...]


class VersionMismatch(Exception):
    """The stream has changed since it was read."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.version = version


class Application(Generic[S, F]):
    """Handles the commands of one service over its log. `known` is the read model, as far as this process has one."""

    def __init__(self, service: Service[S, F], log: EventLog[F], known: ReadModel | None = None) -> None:
        self.service, self.log, self.known = service, log, known or EmptyReadModel()

    def handle(self, stream: str, proposed: F, origin: Origin, expected: int | None = None) -> Receipt[F]:
        """Decide and append. Raises Rejected, VersionMismatch, KeyReused or StoreUnavailable, with nothing stored."""
        proposed = normalize_fact(proposed)

        def decide(history: Sequence[Recorded[F]], known: ReadModel) -> Sequence[F]:
            self.service.check(stream, proposed, known)
            accepted = self.service.decider.judge(history, proposed)
            return [self.with_findings(stream, fact, known) for fact in accepted]

        return self._decide_and_append(stream, decide, self._digest(proposed), origin, expected)

    def correct(
        self, stream: str, correction: Corrected, origin: Origin, expected: int | None = None
    ) -> Receipt[F]:
        """Record that an earlier fact of the stream is void or wrong in some fields. New values are refused by the
        same rules as the fact itself."""
        correction = normalize_fact(correction)

        def decide(history: Sequence[Recorded[F]], known: ReadModel) -> Sequence[Corrected]:
            fitting = check_correction(history, correction)
            if fitting.mode == "AMEND":
                check_amended(
                    self.service.decider,
                    history,
                    fitting,
                    lambda fact: self.service.check(stream, fact, known),
                )
            return (fitting,)

        return self._decide_and_append(stream, decide, self._digest(correction), origin, expected)

    def _decide_and_append(
        self,
        stream: str,
        decide: Callable[[Sequence[Recorded[F]], ReadModel], Sequence[Any]],
        digest: bytes,
        origin: Origin,
        expected: int | None,
    ) -> Receipt[F]:
        for attempt in range(1, TRIES + 1):
            if (
                origin.command_id
                and (earlier := self.log.find_response(origin.command_id, digest, stream)) is not None
            ):
                version = earlier[-1].version if earlier else self.log.version(stream)
                return Receipt(stream, version, earlier)
            history = self.log.stream(stream)
            version = history[-1].version if history else 0
            if expected is not None and expected != version:
                raise VersionMismatch(stream, version)
            with self._read_transaction() as known:
                facts = decide(history, known)
            if not facts and not origin.command_id:
                return Receipt(stream, version, ())
            request = self.build_append_request(stream, version, facts, origin, digest)
            try:
                events = self.log.append(request)
                return Receipt(stream, events[-1].version if events else version, events)
            except Fenced:
                if attempt == TRIES:
                    raise
            except Conflict as conflict:
                if expected is not None:
                    raise VersionMismatch(stream, conflict.version) from conflict
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _read_transaction(self) -> AbstractContextManager[ReadModel]:
        """The read model for one decision, in one transaction where it has transactions."""
        known = self.known
        return known.read_transaction() if isinstance(known, TransactionalReadModel) else nullcontext(known)

    def with_findings(self, stream: str, fact: F, known: ReadModel | None = None) -> F:
        """The fact with the findings of the rules. Overrides that came with it are kept."""
        findings = self.service.findings(stream, fact, known or self.known)
        if not findings:
            return fact
        given = {finding.rule: finding for finding in fact.findings}
        merged = [_with_override(finding, given.get(finding.rule)) for finding in findings]
        others = given.keys() - {finding.rule for finding in findings}
        return replace(fact, findings=(*merged, *(each for each in fact.findings if each.rule in others)))

    def _digest(self, fact: Fact) -> bytes:
        """Recognises a repeated request. A keyed hash, because a plain hash of a name can be guessed back."""
        return bytes.fromhex(self.log.keys.digest(msgspec.json.encode(fact).decode()))

    def build_append_request(
        self, stream: str, version: int, facts: Sequence[F], origin: Origin, digest: bytes = b""
    ) -> AppendRequest[F]:
        if self.log.topic.personal and not version:
            self.log.keys.provide([stream])
        return AppendRequest(
            stream=stream,
            expected=version,
            facts=facts,
            actor=origin.actor,
            command_id=origin.command_id,
            digest=digest,
            cause=origin.cause,
            correlation=origin.correlation,
            observed_lamport=origin.observed_lamport,
        )


def _with_override(finding: Finding, given: Finding | None) -> Finding:
    """The finding with the override that came with the proposal, if there was one."""
    if given is None:
        return finding
    return replace(finding, overridden_by=given.overridden_by, reason=given.reason, document=given.document)


AnyService = Service[Any, Any]
AnyApplication = Application[Any, Any]
