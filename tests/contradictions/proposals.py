"""What the random driver proposes: every kind of fact of every service, about few things on few days."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from services.appointment.events import (
    Appointed,
    AppointmentRoute,
    Designated,
    Elected,
    Holding,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
)
from services.bootstrap.services import SERVICES
from services.organization.events import (
    Edge,
    Portion,
    PostAbolished,
    PostCreated,
    PostRevised,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReparented,
)
from services.personnel.events import ProfileAmended, RecordsMerged, Registered, ServiceEnded, ServiceResumed
from services.planning.events import AddedToPlanning
from services.rotation.events import Rotated, RotationEnded, Transferred
from shared.core.facts import Code, Corrected
from shared.core.partial_dates import PDate
from shared.testing.histories import structs

UNITS, POSTS, CADRES = ("u", "v", "w"), ("p", "q", "r"), ("an", "binh", "chi")
STARTS = ("2024-01-01", "2025-03-01", "2025-06-30", "2025-07-01", "2026-01-01", "2025", "2025-06")
DATES = st.sampled_from((*STARTS, *STARTS[:5], "", "~2025", "..2025-06-30")).map(PDate)
TENURES = st.sampled_from(("t1", "t2", "t3", "t4"))
_POOLS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("parent", "unit", "to_unit", "owner"), st.sampled_from((*UNITS, *UNITS, "none", ""))),
    **dict.fromkeys(("post", "to_post"), st.sampled_from((*POSTS, *POSTS, "none"))),
    "next_post": st.sampled_from((*POSTS, "")),
    **dict.fromkeys(("cadre", "merged"), st.sampled_from((*CADRES, "nobody"))),
    **dict.fromkeys(("tenure", "previous"), TENURES),
    "from_tenure": st.sampled_from(("", "t1", "t2")),
    **dict.fromkeys(("rotation", "move"), st.sampled_from(("r1", "r2"))),
    "entry": st.sampled_from(("e1", "e2")),
    "identity": st.sampled_from(("", "id1", "id1", "id1", "id2")),
    "codes": st.sampled_from(((), (Code("s", "1"),), (Code("s", "1"),), (Code("s", "1"), Code("s", "2")))),
    "duplicates": st.sampled_from(((), (), ("t1",))),
    "edges": st.builds(
        lambda source, target: (Edge(source=source, target=target, portion=Portion.PART),),
        st.sampled_from(UNITS),
        st.sampled_from(UNITS),
    ),
    "seats": st.sampled_from((0, 1, 1, 2)),
    "term_no": st.just(2),
    "holding": st.sampled_from((Holding.PRIMARY, Holding.PRIMARY, Holding.CONCURRENT, Holding.ACTING)),
    "route": st.sampled_from((AppointmentRoute.DIRECT, AppointmentRoute.ROTATED)),
    "effective_from": DATES,
}
"""Values of fields by their name, wherever it is used in this sense."""
_ALWAYS = frozenset({"identity", "holding", "seats", "unit", "parent", "duplicates", "codes"})
"""Fields that are drawn from their pool also where the fact would leave them out."""
_NAMES = frozenset(
    {
        *("parent", "unit", "to_unit", "owner", "post", "to_post", "next_post", "cadre", "merged", "tenure"),
        *("previous", "from_tenure", "rotation", "move", "entry", "identity"),
    }
)
"""Fields that hold the name of a thing, which is another in every round."""
_STREAMS: dict[str, tuple[str, ...]] = {
    "organization.unit": UNITS,
    "organization.post": POSTS,
    "organization": ("x1", "x2"),
    "personnel": CADRES,
    "appointment": (*CADRES, *CADRES, "nobody"),
    "rotation": CADRES,
    "planning": ("l1",),
    "evaluation": CADRES,
}
_STREAM_OF = {key: st.sampled_from(streams) for key, streams in _STREAMS.items()}
_OTHER_STREAM = st.sampled_from(("y1", "y2"))
OWN_TOPICS = (
    *("organization", "personnel", "appointment", "planning", "rotation"),
    *("evaluation", "regulation"),
)
KINDS = [
    (topic, kind)
    for topic in OWN_TOPICS
    for kind in SERVICES[topic].topic.kinds.values()
    if kind is not Corrected
]
"""Every kind of fact of cadre work, with its topic: facts of sites and of the audit contradict nothing."""
_WEIGHTS: dict[type[Any], int] = {
    **dict.fromkeys((UnitEstablished, UnitReparented, UnitDissolved, ReorganisationExecuted), 4),
    **dict.fromkeys((PostCreated, PostRevised, PostAbolished), 3),
    **dict.fromkeys((Registered, ProfileAmended), 8),
    **dict.fromkeys((RecordsMerged, ServiceEnded, ServiceResumed), 4),
    **dict.fromkeys((Elected, Designated, Reappointed, Suspended, Reinstated), 3),
    **dict.fromkeys((TenureEnded, Rotated, Transferred), 5),
    **dict.fromkeys((RotationEnded, AddedToPlanning), 3),
    Appointed: 20,
}
"""Kinds that contradict each other are proposed so many times as often as others."""
_CHOICE = st.sampled_from([each for each in KINDS for _ in range(_WEIGHTS.get(each[1], 1))])
_REQUIRED = {kind: {each.name for each in msgspec.structs.fields(kind) if each.required} for _, kind in KINDS}
_SELDOM = st.sampled_from((False, False, True))
_HOW = st.sampled_from(("command", "command", "import", "sync", "sync", "sync"))


@dataclass(frozen=True)
class Proposal:
    """`how`: command, import, or sync: taken over from another site without any judgement. `stream` and the names in
    `fact` are those of no round yet."""

    how: str
    topic: str
    stream: str
    fact: Any


@dataclass(frozen=True)
class Correction:
    """Of the `number`-th event of the round that `topic` has, counted from the last: void, or amended to another day.
    Of all events where the topic has none yet."""

    how: str
    topic: str
    number: int
    mode: str
    date: PDate


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    topic, kind = draw(_CHOICE)
    fact = draw(structs(kind))
    fields = set(kind.__struct_fields__)
    shown = {name for name in fields if name in _ALWAYS or getattr(fact, name) not in ("", None, ())}
    shown |= _REQUIRED[kind]
    values = {
        name: draw(pool) for name, pool in _POOLS.items() if name in shown | ({"effective_from"} & fields)
    }
    if kind is not Appointed:
        values.pop("route", None)  # of a post it means another thing
    if "codes" in values and kind.__name__ in ("UnitRenamed", "UnitReparented", "UnitReclassified"):
        values["codes"] = None
    fact = replace(fact, **values, same_day_order=0, findings=())
    if isinstance(fact, UnitEstablished):
        fact = replace(fact, baseline=draw(_SELDOM))
    if isinstance(fact, Rotated):
        fact = replace(fact, from_post="")
    part = kind.__name__.partition("Unit")[1] or kind.__name__.partition("Post")[1]
    part = part or ("Unit" if kind.__name__ in ("OversightSet", "QuotaSet") else "")
    key = f"{topic}.{part.lower()}" if topic == "organization" and part else topic
    stream = draw(_STREAM_OF.get(key, _OTHER_STREAM))
    return Proposal(draw(_HOW), topic, stream, fact)


corrections = st.builds(
    Correction,
    st.sampled_from(("command", "sync")),
    st.sampled_from((*OWN_TOPICS, "appointment", "appointment", "personnel", "organization")),
    st.integers(0, 25),
    st.sampled_from(("VOID", "AMEND")),
    DATES,
)


def rename(value: Any, of_round: Callable[[str], str]) -> Any:
    """The fact with every name in it made one of the round."""
    changes: dict[str, Any] = {
        name: of_round(getattr(value, name))
        for name in value.__struct_fields__
        if name in _NAMES and isinstance(getattr(value, name), str) and getattr(value, name)
    }
    if edges := getattr(value, "edges", ()):
        changes["edges"] = tuple(
            replace(edge, source=of_round(edge.source), target=of_round(edge.target)) for edge in edges
        )
    if codes := getattr(value, "codes", ()):
        changes["codes"] = tuple(Code(of_round(code.scheme), code.value) for code in codes)
    if duplicates := getattr(value, "duplicates", ()):
        changes["duplicates"] = tuple(of_round(tenure) for tenure in duplicates)
    return replace(value, **changes)
