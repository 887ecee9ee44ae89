"""A service as one declaration, and the command handler: read the stream, decide, append, retry on a conflict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import msgspec
from msgspec.structs import replace

from shared.core.corrections import check_amended, check_correction
from shared.core.decider import Decider, EmptyReadModel, ReadModel, S
from shared.core.errors import Conflict, Fenced
from shared.core.facts import Corrected, F, Fact, Finding, Recorded, Topic
from shared.core.normalization import normalize_fact
from shared.core.projection import Projection
from shared.core.reaction import Reaction
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest

TRIES = 3
IMPORT_ACTOR_PREFIX = "import:"
"""Begins the actor of imported facts. An import says all that its source knows, so nothing is answered for it."""


def _no_check(stream: str, proposed: Fact, read_model: ReadModel) -> None:
    """For services whose facts need nothing outside their stream."""


def _no_findings(stream: str, fact: Fact, read_model: ReadModel) -> tuple[Finding, ...]:
    """For services whose facts no rule looks at."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S, F]):
    """A service as data: its topic, its decider, its checks against the read model, its projections and reactions."""

    topic: Topic[F]
    decider: Decider[S, F]
    check: Callable[[str, F, ReadModel], None] = _no_check
    """Raises Rejected where what a proposed fact needs of other streams is not in the read model."""
    findings: Callable[[str, F, ReadModel], tuple[Finding, ...]] = _no_findings
    """What rules find about a fact that can be true: stored with it, refusing nothing."""
    projections: tuple[Projection[Any, Any], ...] = ()
    reactions: tuple[Reaction[Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The part of the envelope that the caller knows: who asks, the command's id, and what caused it."""

    actor: str
    command_id: str = ""
    cause: str = ""
    correlation: str = ""
    observed_lamport: int = 0


@dataclass(frozen=True, slots=True)
class Receipt(Generic[F]):
    stream: str
    version: int
    events: tuple[Recorded[F], ...]


class VersionMismatch(Exception):
    """The stream has changed since it was read."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.version = version


class Application(Generic[S, F]):
    """Takes proposed facts of one service over its log. `read_model` is empty where the read side is out of reach."""

    def __init__(self, service: Service[S, F], log: EventLog[F], read_model: ReadModel | None = None) -> None:
        self.service, self.log, self.read_model = service, log, read_model or EmptyReadModel()

    def handle(self, stream: str, proposed: F, origin: Origin, expected: int | None = None) -> Receipt[F]:
        """Decide and store. Rejected, VersionMismatch, KeyReused or StoreUnavailable: then nothing was stored."""
        proposed = normalize_fact(proposed)

        def decide(history: Sequence[Recorded[F]]) -> Sequence[F]:
            self.service.check(stream, proposed, self.read_model)
            facts = self.service.decider.judge(history, proposed)
            return [self.with_findings(stream, fact) for fact in facts]

        return self._decided(stream, decide, self._digest(proposed), origin, expected)

    def correct(
        self, stream: str, correction: Corrected, origin: Origin, expected: int | None = None
    ) -> Receipt[F]:
        """Record that an earlier fact of the stream is void or wrong in some fields. What is true only without the new
        values is refused with them."""
        correction = normalize_fact(correction)

        # a correction stands in the log of every topic, though nobody proposes it as one of the topic's facts
        def decide(history: Sequence[Recorded[F]]) -> Sequence[Any]:
            fitting = check_correction(history, correction)
            if fitting.mode == "AMEND":
                check_amended(self.service.decider, history, fitting, self._checked(stream))
            return (fitting,)

        return self._decided(stream, decide, self._digest(correction), origin, expected)

    def _checked(self, stream: str) -> Callable[[F], None]:
        return lambda fact: self.service.check(stream, fact, self.read_model)

    def _decided(
        self,
        stream: str,
        decide: Callable[[Sequence[Recorded[F]]], Sequence[F]],
        digest: bytes,
        origin: Origin,
        expected: int | None,
    ) -> Receipt[F]:
        for attempt in range(1, TRIES + 1):
            if (
                origin.command_id
                and (again := self.log.find_response(origin.command_id, digest, stream)) is not None
            ):
                return Receipt(stream, again[-1].version if again else self.log.version(stream), again)
            history = self.log.load_stream(stream)
            version = history[-1].version if history else 0
            if expected is not None and expected != version:
                raise VersionMismatch(stream, version)
            facts = decide(history)
            if not facts and not origin.command_id:
                return Receipt(stream, version, ())
            build_append_request = self.build_append_request(stream, version, facts, origin, digest)
            try:
                events = self.log.append(build_append_request)
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

    def with_findings(self, stream: str, fact: F) -> F:
        """The fact with what the rules find. A finding that came with it, overridden by somebody, stays overridden."""
        found = self.service.findings(stream, fact, self.read_model)
        if not found:
            return fact
        proposed = {finding.rule: finding for finding in fact.findings}
        findings = [_with_override(finding, proposed.get(finding.rule)) for finding in found]
        others = proposed.keys() - {finding.rule for finding in found}
        return replace(fact, findings=(*findings, *(each for each in fact.findings if each.rule in others)))

    def _digest(self, fact: Fact) -> bytes:
        """Tells a repeat from another request. Keyed, for a plain hash of a name can be guessed back."""
        return bytes.fromhex(self.log.keys.digest(msgspec.json.encode(fact).decode()))

    def build_append_request(
        self, stream: str, version: int, facts: Sequence[F], origin: Origin, digest: bytes = b""
    ) -> AppendRequest[F]:
        if self.log.topic.personal and not version:
            self.log.keys.create_keys([stream])
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


def _with_override(finding: Finding, proposed: Finding | None) -> Finding:
    """The finding with the override that came with the proposal, if one did."""
    if proposed is None:
        return finding
    return replace(
        finding, overridden_by=proposed.overridden_by, reason=proposed.reason, document=proposed.document
    )


AnyService = Service[Any, Any]
AnyApplication = Application[Any, Any]
AnyFact = Fact
