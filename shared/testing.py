"""What tests are written with: given/when/then, histories by hand or from Hypothesis for any topic, and what every fold obeys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Generic, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.dates import FOREVER, Day, Instant, PDate, later
from shared.decider import Decider, Rejected, S
from shared.facts import Corrected, F, Fact, Recorded, Topic
from shared.periods import Period, periods, periods_by_definition
from shared.projection import Projection
from shared.timeline import effective_order, timeline

NOW = later(FOREVER, -1)
AnyProjection = Projection[Any, Any]
History = Sequence[Recorded[Any]]


class Given(Generic[S, F]):
    """What has happened, in the order in which it was learnt."""

    def __init__(self, decider: Decider[S, F], *facts: F) -> None:
        self.decider, self.facts = decider, facts

    def when(self, proposed: F) -> "Outcome":
        try:
            return Outcome(self.decider.judge(history(*self.facts), proposed))
        except Rejected as rejected:
            return Outcome(rejected)


@dataclass(frozen=True)
class Outcome:
    """What the decider answered."""

    answer: tuple[Fact, ...] | Rejected

    def then(self, *facts: Fact) -> None:
        assert self.answer == facts, f"answered {self.answer!r}"

    def rejected(self, rule: type[Rejected], **case: Any) -> None:
        """By this very rule, with these particulars among those it names."""
        assert isinstance(self.answer, Rejected), f"accepted {self.answer!r}"
        assert type(self.answer) is rule, f"rejected by {self.answer!r}"
        said = {name: self.answer.case.get(name) for name in case}
        assert said == case, f"the case is {self.answer.case}"


def moment(seconds: int) -> Instant:
    return later(Instant("2030-01-01T00:00:00.000000Z"), seconds * 1_000_000)


def recorded(fact: F, number: int, site: str = "here", stream: str = "it", at: int = 0, lamport: int = 0) -> Recorded[F]:
    """The fact as the nth of a stream, with the id `here/n`, n seconds after the start unless told otherwise."""
    return Recorded(
        event_id=f"{site}/{number}",
        site=site,
        epoch="1",
        seq=number,
        stream=stream,
        version=number,
        recorded_at=moment(at or number),
        actor="tester",
        command_id="",
        lamport=lamport or number,
        fact=fact,
    )


def history(*facts: Any, stream: str = "it") -> list[Recorded[Any]]:
    """The facts of one stream as one site recorded them, a second apart: `here/1`, `here/2` …"""
    return [recorded(fact, number, stream=stream) for number, fact in enumerate(facts, start=1)]


def void(target: str) -> Corrected:
    return Corrected(target=target, mode="VOID", reason="recorded by mistake")


def amend(target: str, /, **new_values: Any) -> Corrected:
    return Corrected(target=target, mode="AMEND", reason="recorded wrongly", new_values=new_values)


def as_known(found: Iterable[Period[Any]], at: Instant = NOW) -> dict[str, Any]:
    """The rows by key, as they were known at an instant."""
    return {each.key: each.row for each in found if each.known_from <= at < each.known_to}


def in_bytes(found: Iterable[Period[Any]]) -> bytes:
    """Rows in one order and one spelling, to be compared byte for byte."""
    return b"\n".join(sorted(msgspec.json.encode(each) for each in found))


DAYS = ("2024-02-29", "2024-12-31", "2025-01-01", "2025-06-30", "2025-07-01", "2025-07-02", "2026-01-01")
PARTIAL = ("", "2024", "2025", "2025-01", "2025-06", "2025-07", "~", "~2025", "..2025-06-30")
WORDS = ("a", "b", "c")
ODD = ("", "Đặng Thị Hoà", "a/b", "a>b", "x\u0301", "a\tb\nc", "0")
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    PDate: st.sampled_from(DAYS * 2 + PARTIAL),
    Day: st.sampled_from(DAYS),
    str: st.sampled_from(WORDS * 5 + ODD),
    int: st.sampled_from((0, 1, 2, 3, 12, 60, -1, 10**9)),
    float: st.sampled_from((0.25, 0.5, 1.0)),
    bool: st.booleans(),
    type(None): st.none(),
}


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Plausible values of a field, from pools so small that facts meet each other."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    kind, of = get_origin(hint), get_args(hint)
    if kind is Annotated:
        return values(of[0])
    if kind in (Union, UnionType):
        return st.one_of([values(each) for each in of])
    if kind is Literal:
        return st.sampled_from(of)
    if kind is tuple:
        return st.lists(values(of[0]), max_size=3).map(tuple)
    if kind is dict:
        return st.dictionaries(values(of[0]), values(of[1]), max_size=2)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return facts(hint)


@cache
def facts(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any struct: what it demands, and about a quarter of what it allows."""
    hints = get_type_hints(kind, include_extras=True)
    fields = msgspec.structs.fields(kind)
    needed = [(f.name, values(hints[f.name])) for f in fields if f.required or f.name == "effective_from"]
    allowed = [(f.name, values(hints[f.name])) for f in fields if not f.required and f.name != "effective_from"]
    mask = st.integers(0, 2 ** len(allowed) - 1)

    def build(draw: st.DrawFn) -> Any:
        chosen = draw(mask) & draw(mask)
        wanted = needed + [each for number, each in enumerate(allowed) if chosen >> number & 1]
        return kind(**{name: draw(value) for name, value in wanted})

    return st.composite(build)()


@cache
def some(*options: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(options)


@st.composite
def corrections(draw: st.DrawFn, said: Sequence[Any], ids: Sequence[str]) -> Corrected:
    """Of any fact of the history, earlier or later, corrections included; sometimes with a value that does not fit."""
    number = draw(some(*range(len(said))))
    fact, way = said[number], draw(some("void", "void", "amend", "amend", "misfit"))
    if way == "void":
        return void(ids[number])
    if isinstance(fact, Corrected):
        return amend(ids[number], **draw(some_change(ids)))
    new: dict[str, Any] = msgspec.to_builtins(draw(facts(type(fact)))) | ({"note": 7} if way == "misfit" else {})
    return amend(ids[number], **{name: value for name, value in new.items() if name != "type"})


def some_change(ids: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Of a correction: what it does, to which fact, with which value."""
    new_values = st.fixed_dictionaries({"effective_from": _PLAIN[PDate]})
    return st.one_of(
        st.fixed_dictionaries({"mode": some("VOID", "AMEND", 7)}),
        st.fixed_dictionaries({"target": some(*ids)}),
        st.fixed_dictionaries({"new_values": new_values}),
    )


@cache
def histories(topic: Topic[Any], most: int = 9, sites: tuple[str, ...] = ("here", "there")) -> st.SearchStrategy[Any]:
    """One stream as several sites recorded it, each with a clock of its own: facts of a few kinds, and corrections."""
    own = [facts(kind) for kind in topic.kinds.values() if kind is not Corrected]
    few = st.lists(st.sampled_from(own), min_size=1, max_size=4, unique_by=id)

    def build(draw: st.DrawFn) -> list[Recorded[Any]]:
        kinds, size = some(*draw(few)), draw(some(*range(1, most + 1)))
        where = [draw(some(*sites)) for _ in range(size)]
        ids = [f"{site}/{where[:number].count(site) + 1}" for number, site in enumerate(where)]
        said: list[Any] = [draw(draw(kinds)) for _ in range(size)]
        for number in range(1, size):
            match draw(some("", "", "", "", "", "correction", "correction", "repetition")):
                case "correction":
                    said[number] = draw(corrections(said, ids))
                case "repetition":
                    said[number] = said[number - 1]
        skew = {site: draw(some(0, 0, 2, -2)) for site in sites}
        now, lamport, found = 10, dict.fromkeys(sites, 0), []
        for number, (site, fact) in enumerate(zip(where, said, strict=True)):
            now += draw(some(0, 1, 1, 3))
            lamport[site] = 1 + (max(lamport.values()) if draw(some(True, False)) else lamport[site])
            seq = int(ids[number].split("/")[1])
            found.append(recorded(fact, seq, site, at=now + skew[site], lamport=lamport[site]))
        return found

    return st.composite(build)()


def fast_is_as_defined(projection: AnyProjection, events: History) -> None:
    """Extending the last rows gives what folding everything at every instant gives."""
    assert in_bytes(periods(projection, events)) == in_bytes(periods_by_definition(projection, events))


def delivery_is_no_matter(projection: AnyProjection, events: History, delivered: History) -> None:
    """The same facts in another order, some of them twice."""
    assert in_bytes(periods(projection, delivered)) == in_bytes(periods(projection, events))


def knowledge_is_whole(projection: AnyProjection, events: History) -> None:
    """What is known of a row never overlaps, never repeats itself, and ends in what all the facts say."""
    found = sorted(periods(projection, events), key=lambda each: (each.key, each.known_from))
    assert all(each.known_from < each.known_to for each in found), "a row that was never known"
    for one, next_ in pairwise(found):
        if one.key == next_.key:
            assert one.known_to <= next_.known_from, f"{one} and {next_} were known at once"
            assert one.known_to < next_.known_from or one.row != next_.row, f"{one} is cut for nothing"
    assert as_known(found) == projection.fold(timeline(events))


def voiding_is_forgetting(projection: AnyProjection, events: History, target: str) -> bool:
    """From the correction on it is as if the fact had never been; as known before, it still is. True if that showed."""
    last = max(event.recorded_at for event in events)
    correction = replace(recorded(void(target), 99, "judge"), recorded_at=later(last), lamport=99)
    found = periods(projection, [*events, correction])
    before, after = as_known(found, last), as_known(found)
    assert before == as_known(periods(projection, events))
    assert after == projection.fold(timeline(event for event in events if event.event_id != target))
    return before != after


def learning_late_is_no_matter(projection: AnyProjection, events: History, instants: Sequence[Instant]) -> None:
    """Facts learnt at other instants, hence in another order, show the same in the end."""
    facts_only = [event for event in events if not isinstance(event.fact, Corrected)]
    other = [replace(event, recorded_at=at) for event, at in zip(facts_only, instants, strict=False)]
    assert as_known(periods(projection, facts_only)) == as_known(periods(projection, other))
