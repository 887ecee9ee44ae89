"""Facts, the envelope they are recorded in, and the topics that group them by service."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec

from shared.core.partial_dates import UNKNOWN, Day, Instant, PDate

PENDING = ""
"""The decision document of a fact is not known yet; such facts are reported as gaps."""

Confidentiality = Literal["OPEN", "INTERNAL", "CONFIDENTIAL", "SECRET"]
PERSONAL = "personal"
"""Marks a field that is stored only as ciphertext: `Annotated[str, PERSONAL]`."""
SENSITIVE = "sensitive"
"""Marks a personal field that only those read whose role is permitted to: `Annotated[str, PERSONAL, SENSITIVE]`."""
FieldClass = Literal["internal", "personal", "sensitive"]
"""How closely a field is kept. A whole fact is public or secret by its service and its `confidentiality`."""
MASKED = "•••"
"""The text of a personal field for a reader who may not see it. It is never stored; erased ones are `⊘` for all,
those of another site whose key is not here `⊙`."""
ID = "id"
"""Marks a field that holds an id, or several: `Annotated[str, ID]`. Which texts are ids: `shared.core.identifiers`."""
Id = Annotated[str, ID]


class Code(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A name that a coding scheme gives to a thing; never its identity."""

    scheme: str
    """Name of the scheme, such as GSO for the statistics office."""
    value: str
    """The code in that scheme."""


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A breach of a rule, stored with the fact it concerns, and who overrode it: authority, reason, document."""

    rule: Id
    """Id of the rule."""
    version: int = 1
    """Number of the version of the rule."""
    detail: str = ""
    """What was found, in words."""
    overridden_by: str = ""
    """Who decided to go on in spite of it; empty: nobody yet."""
    reason: str = ""
    """Why they decided so."""
    document: Id = ""
    """Id of the document that says so."""
    severity: str = ""
    """INFO, WARN or BLOCK_UNLESS_OVERRIDDEN, as the rule says."""
    inputs: dict[str, str] = {}
    """The values the rule was given, by name, so that the case can be judged again."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type"):
    """Something that happened, named in the past tense; `effective_from` is the civil date from which it is true in the
    world.

    A fact that ends something gives the first day on which it no longer holds: all intervals are half-open.
    """

    effective_from: PDate = UNKNOWN
    """When it is true in the world. Of a fact that ends something: the first day on which that no longer
    holds."""
    same_day_order: int = 0
    """Order among facts of one day; the smaller comes first."""
    decision: Id = PENDING
    """Id of the decision document in the register; empty: not known yet."""
    decided_on: Day | None = None
    """The day of the decision, where it is known."""
    managed_by: Id = ""
    """Id of the unit that manages the cadre or post, and so decides; empty: not stated."""
    confidentiality: Confidentiality = "INTERNAL"
    """How widely it may be known: OPEN, INTERNAL, CONFIDENTIAL or SECRET."""
    findings: tuple[Finding, ...] = ()
    """The rules it breaks, and who answers for that. Rules add theirs when it is recorded."""
    note: str = ""
    """Remarks, in words."""

    closes: ClassVar[bool] = False
    """Closing facts sort by the latest day their date can mean, so that a partial end never precedes its start."""


class FurtherCorrection(msgspec.Struct, frozen=True, omit_defaults=True):
    """A correction of another fact that goes with a correction."""

    topic: str
    """Name of the service that recorded it."""
    stream: str
    """Id of what it is about."""
    event_id: str
    """Event id of the fact."""
    mode: Literal["VOID", "AMEND"] = "VOID"
    """VOID: it never was. AMEND: some of its fields become others."""
    new_values: dict[str, Any] = {}
    """Of AMEND: the new values, by name of the field."""
    because: Literal["NEEDS", "FOLLOWS"] = "NEEDS"
    """NEEDS: the fact needs the corrected one, and is corrected because this says so. FOLLOWS: a reaction recorded it
    because of the corrected one, and corrects it."""


class Corrected(Fact, frozen=True, tag="ledger.corrected"):
    """An earlier fact of the same stream is void, or some of its fields were recorded wrongly."""

    target: str
    """Event id of the fact to be corrected."""
    mode: Literal["VOID", "AMEND"]
    """VOID: it never was. AMEND: some of its fields were recorded wrongly."""
    reason: str
    """Why it is corrected, in words."""
    new_values: dict[str, Any] = {}
    """Of AMEND: the right values, by name of the field."""
    consequences: Literal["", "apply", "reopen"] = ""
    """What shall happen to facts that followed from this one or need it: empty: refuse the correction if there are
    any; apply: correct them too; reopen: correct them too, but where a rotation led to the fact, leave the rotation
    open instead of void."""
    also: tuple[FurtherCorrection, ...] = ()
    """The facts of other streams that are corrected with it, found when it was recorded."""


F = TypeVar("F", bound=Fact)


class Recorded(msgspec.Struct, Generic[F], frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact in its envelope: who recorded it, when, in which stream and at which position.

    `seq` counts 1, 2, 3, … without holes within (site, topic, epoch); `version` counts within (site, stream).
    """

    event_id: str
    """Id of the event, the same in every copy."""
    site: str
    """The installation that recorded it."""
    epoch: str
    """One span of time in which a process at that site alone could write; within it, `seq` counts."""
    seq: int
    """1, 2, 3 and so on without holes within (site, topic, epoch)."""
    stream: str
    """Id of what the fact is about."""
    version: int
    """1, 2, 3 and so on within (site, stream)."""
    recorded_at: Instant
    """When it was recorded (UTC): from then on it was known."""
    actor: str
    """Who asked for it."""
    command_id: str
    """The Idempotency-Key of the request."""
    lamport: int
    """Lamport time: larger than that of every event known to its writer."""
    fact: F
    """What happened."""
    cause: str = ""
    """Event id of the fact that it follows from; empty: from a request."""
    correlation: str = ""
    """Trace of the request that led to it (W3C traceparent)."""
    policy: str = ""
    """Hash of the access policies by which it was permitted; empty: none were asked."""


AnyEvent = Recorded[Any]
"""An event among others, of whatever topic."""


def event_tag(service: str) -> Callable[[str], str]:
    """The `tag` of the facts of a service, made of the class name: `UnitEstablished` of organization is stored as
    `organization.unit-established`."""

    def tag(name: str) -> str:
        words = "".join("-" + letter.lower() if letter.isupper() else letter for letter in name)
        return f"{service}.{words.lstrip('-')}"

    return tag


class Topic(Generic[F]):
    """The name of a service's event log and the kinds of fact it may hold."""

    def __init__(self, name: str, facts: Any) -> None:
        self.name = name
        self.kinds: dict[str, type[Fact]] = {
            str(kind.__struct_config__.tag): kind for kind in (*(get_args(facts) or (facts,)), Corrected)
        }
        self.personal = {
            kind: fields for kind in self.kinds.values() if (fields := _marked_fields(kind, PERSONAL))
        }
        if self.personal:  # a correction carries the fields of what it corrects
            self.personal[Corrected] = tuple(
                {name: None for fields in self.personal.values() for name in fields}
            )
        self.sensitive = {
            kind: fields for kind in self.kinds.values() if (fields := _marked_fields(kind, SENSITIVE))
        }
        if self.sensitive:
            self.sensitive[Corrected] = tuple(
                {name: None for fields in self.sensitive.values() for name in fields}
            )
        self._tags = {kind: tag for tag, kind in self.kinds.items()}
        self.type = reduce(or_, self.kinds.values())
        self.proposable: Any = facts
        self._decoder: msgspec.json.Decoder[Recorded[F]] = msgspec.json.Decoder(Recorded[self.type])  # type: ignore[name-defined]  # a type made at run time
        self.encode = msgspec.json.Encoder().encode

    def class_of(self, kind: type[Fact], field: str) -> FieldClass:
        """How closely a field of a fact is kept."""
        if field in self.sensitive.get(kind, ()):
            return "sensitive"
        if field in self.personal.get(kind, ()):
            return "personal"
        return "internal"

    def decode(self, stored: bytes) -> Recorded[F]:
        """The event that these stored bytes hold. Raises msgspec.MsgspecError."""
        return self._decoder.decode(stored)

    def tag(self, fact: Fact) -> str:
        """The stored name of the fact's kind."""
        return self._tags[type(fact)]


def _marked_fields(kind: type[Fact], mark: str) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if mark in getattr(hint, "__metadata__", ()))
