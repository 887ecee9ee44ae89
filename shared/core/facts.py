"""Facts, the envelope they are recorded in, and the topics that group them by service."""

from functools import reduce
from operator import or_
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args, get_type_hints

import msgspec

from shared.core.partial_dates import UNKNOWN, Day, Instant, PDate

PENDING = ""
"""Stands for a decision document that is not known yet; such facts are reported as gaps."""

Confidentiality = Literal["OPEN", "INTERNAL", "CONFIDENTIAL", "SECRET"]
PERSONAL = "personal"
"""Marks a field that is stored only as ciphertext: `Annotated[str, PERSONAL]`."""


class Code(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A name that a coding scheme gives to a thing; never its identity."""

    scheme: str
    value: str


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A breach of a rule, stored with the fact it concerns, and who overrode it: authority, reason, document."""

    rule: str
    version: int = 1
    detail: str = ""
    overridden_by: str = ""
    reason: str = ""
    document: str = ""
    severity: str = ""
    inputs: dict[str, str] = {}
    """The values the rule was given, by name, so that the case can be judged again."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type"):
    """Something that happened, named in the past tense; `effective_from` is the civil date from which it is true in the
    world.

    A fact that ends something gives the first day on which it no longer holds: all intervals are half-open.
    """

    effective_from: PDate = UNKNOWN
    same_day_order: int = 0
    decision: str = PENDING
    decided_on: Day | None = None
    managed_by: str = ""
    confidentiality: Confidentiality = "INTERNAL"
    findings: tuple[Finding, ...] = ()
    note: str = ""

    closes: ClassVar[bool] = False
    """Closing facts sort by the latest day their date can mean, so that a partial end never precedes its start."""


class Corrected(Fact, frozen=True, tag="ledger.corrected"):
    """An earlier fact of the same stream is void, or some of its fields were recorded wrongly."""

    target: str
    mode: Literal["VOID", "AMEND"]
    reason: str
    new_values: dict[str, Any] = {}


F = TypeVar("F", bound=Fact)


class Recorded(msgspec.Struct, Generic[F], frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact in its envelope: who recorded it, when, in which stream and at which position.

    `seq` counts 1, 2, 3, … without holes within (site, topic, epoch); `version` counts within (site, stream).
    """

    event_id: str
    site: str
    epoch: str
    seq: int
    stream: str
    version: int
    recorded_at: Instant
    actor: str
    command_id: str
    lamport: int
    fact: F
    cause: str = ""
    correlation: str = ""


class Topic(Generic[F]):
    """The name of a service's event log and the kinds of fact it may hold."""

    def __init__(self, name: str, facts: Any) -> None:
        self.name = name
        self.kinds: dict[str, type[Fact]] = {
            str(kind.__struct_config__.tag): kind for kind in (*(get_args(facts) or (facts,)), Corrected)
        }
        self.personal = {kind: fields for kind in self.kinds.values() if (fields := _personal_fields(kind))}
        if self.personal:  # a correction carries the fields of what it corrects
            self.personal[Corrected] = tuple(
                {name: None for fields in self.personal.values() for name in fields}
            )
        self.type = reduce(or_, self.kinds.values())
        self.proposable: Any = facts
        self._decoder: msgspec.json.Decoder[Recorded[F]] = msgspec.json.Decoder(Recorded[self.type])  # type: ignore[name-defined]  # a type made at run time
        self.encode = msgspec.json.Encoder().encode

    def decode(self, stored: bytes) -> Recorded[F]:
        """The event that these stored bytes hold. Raises msgspec.MsgspecError."""
        return self._decoder.decode(stored)

    def tag(self, fact: Fact) -> str:
        """The stored name of the fact's kind."""
        return str(type(fact).__struct_config__.tag)


def _personal_fields(kind: type[Fact]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if PERSONAL in getattr(hint, "__metadata__", ()))
