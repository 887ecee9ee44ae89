"""Generated histories: the facts of any topic, built by Hypothesis from their types alone."""

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.core.facts import AnyEvent, Corrected, Topic
from shared.core.partial_dates import Day, PDate
from shared.core.projection import AnyProjection
from shared.testing.given import amend, recorded, void

DAYS = ("2024-02-29", "2024-12-31", "2025-01-01", "2025-06-30", "2025-07-01", "2025-07-02", "2026-01-01")
PARTIAL = ("", "2024", "2025", "2025-01", "2025-06", "2025-07", "~", "~2025", "..2025-06-30")
COMMON_WORDS = ("a", "a", "b")
EARLY_DATES = ("2024-01-01", "2024-01-01", "2024", "2025-07-01")
ODD_TEXTS = ("", "Đặng Thị Hoà", "a/b", "a>b", "x\u0301", "a\tb\nc", "0")
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    PDate: st.sampled_from(DAYS * 2 + PARTIAL),
    Day: st.sampled_from(DAYS),
    str: st.sampled_from(COMMON_WORDS * 9 + ODD_TEXTS),
    int: st.sampled_from((0, 1, 2, 3, 12, 60, -1, 10**9)),
    float: st.sampled_from((0.25, 0.5, 1.0)),
    bool: st.booleans(),
    type(None): st.none(),
}
_EXAMPLES = {PDate: "2025-07", Day: "2025-07-01", str: "a", int: 2, float: 0.5, bool: True, Any: "a"}


@cache
def strategy_of(hint: Any) -> st.SearchStrategy[Any]:
    """Plausible values of a field, from sets so small that facts refer to each other."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    kind, of = get_origin(hint), get_args(hint)
    if kind is Annotated:
        return strategy_of(of[0])
    if kind in (Union, UnionType):
        return st.one_of([strategy_of(each) for each in of])
    if kind is Literal:
        return st.sampled_from(of)
    if kind is tuple:
        each = strategy_of(of[0])
        return st.one_of(st.just(()), st.tuples(each), st.tuples(each), st.tuples(each, each))
    if kind is dict:
        return st.dictionaries(strategy_of(of[0]), strategy_of(of[1]), max_size=2)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return structs(hint)


@cache
def structs(kind: type[Any], whole: bool = False) -> st.SearchStrategy[Any]:
    """Any struct: its required fields, and about a third of the others, or all of them."""
    hints = get_type_hints(kind, include_extras=True)
    fields = msgspec.structs.fields(kind)
    needed = [
        (f.name, strategy_of(hints[f.name])) for f in fields if f.required or f.name == "effective_from"
    ]
    allowed = [
        (f.name, strategy_of(hints[f.name])) for f in fields if not f.required and f.name != "effective_from"
    ]
    everything = 2 ** len(allowed) - 1
    mask = st.just(everything) if whole else st.integers(0, everything)

    def build(draw: st.DrawFn) -> Any:
        chosen = draw(mask) & (draw(mask) | draw(mask))
        wanted = needed + [each for number, each in enumerate(allowed) if chosen >> number & 1]
        return kind(**{name: draw(value) for name, value in wanted})

    return st.composite(build)()


@cache
def _one_of(*options: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(options)


@st.composite
def corrections(draw: st.DrawFn, history_facts: Sequence[Any], ids: Sequence[str]) -> Any:
    """A correction of any fact of the history, earlier or later, corrections included; sometimes with a value that does
    not fit."""
    number = draw(_one_of(*range(len(history_facts))))
    fact, mode = history_facts[number], draw(_one_of("void", "amend", "misfit"))
    if mode == "void":
        return void(ids[number])
    if isinstance(fact, Corrected):
        return amend(ids[number], **draw(correction_changes(ids)))
    kind: Any = type(fact)
    new = msgspec.to_builtins(draw(structs(kind))) | ({"note": 7} if mode == "misfit" else {})
    return amend(ids[number], **{name: value for name, value in new.items() if name != "type"})


def correction_changes(ids: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    """New values of a correction: its mode, its target, or its own new values."""
    new_values = st.fixed_dictionaries({"effective_from": _PLAIN[PDate]})
    return st.one_of(
        st.fixed_dictionaries({"mode": _one_of("VOID", "AMEND", 7)}),
        st.fixed_dictionaries({"target": _one_of(*ids)}),
        st.fixed_dictionaries({"new_values": new_values}),
    )


def build_example(hint: Any, whole: bool = False) -> Any:
    """One plain value, always the same: of a struct only the required fields, or all of them."""
    if hint in _EXAMPLES:
        return _EXAMPLES[hint]
    kind, of = get_origin(hint), [each for each in get_args(hint) if each is not type(None)]
    if kind in (Annotated, Union, UnionType):
        return build_example(of[0], whole)
    if kind is Literal:
        return of[-1 if whole else 0]
    if kind is tuple:
        return (build_example(of[0], whole),)
    if kind is dict:
        return {build_example(of[0], whole): build_example(of[1], whole)}
    if issubclass(hint, Enum):
        return list(hint)[1 if whole else 0]
    hints = get_type_hints(hint, include_extras=True)
    fields = [each.name for each in msgspec.structs.fields(hint) if whole or each.required]
    return hint(**{name: build_example(hints[name], whole) for name in fields})


def find_opening_kinds(projection: AnyProjection) -> tuple[type[Any], ...]:
    """The kinds of fact that give a row to a stream that has none; empty where there is no such kind."""
    kinds = _kinds(projection.follows)
    return tuple(
        kind for kind in kinds if any(projection.fold([recorded(each, 1)]) for each in _variants(kind))
    )


def _variants(kind: type[Any]) -> Iterator[Any]:
    """A fact with every field, then once with each other value of each enumeration in it, because much depends on
    reasons."""
    fact = build_example(kind, whole=True)
    yield fact
    for name, hint in get_type_hints(kind).items():
        if isinstance(hint, type) and issubclass(hint, Enum) and name in kind.__struct_fields__:
            yield from (replace(fact, **{name: value}) for value in hint)


def _kinds(topic: Topic[Any]) -> list[type[Any]]:
    return [kind for kind in topic.kinds.values() if kind is not Corrected]


@cache
def histories(
    topic: Topic[Any],
    first: tuple[type[Any], ...] = (),
    max_size: int = 10,
    sites: tuple[str, ...] = ("here", "there"),
) -> st.SearchStrategy[Any]:
    """One stream as several sites recorded it, each with its own clock: facts of a few kinds, and corrections.

    Most histories have a fact of the kinds in `first`, early in time.
    """
    few = st.lists(st.sampled_from((*_kinds(topic), *first, *first)), min_size=2, max_size=6)
    starting = st.sampled_from(first or tuple(_kinds(topic)))

    def build(draw: st.DrawFn) -> list[AnyEvent]:
        size, kinds = draw(_one_of(*range(1, max_size + 1))), _one_of(*(structs(kind) for kind in draw(few)))
        where = [draw(_one_of(*sites)) for _ in range(size)]
        ids = [f"{site}/{where[:number].count(site) + 1}" for number, site in enumerate(where)]
        history_facts: list[Any] = [draw(draw(kinds)) for _ in range(size)]
        if draw(_one_of(True, True, True, False)):
            opened = draw(structs(draw(starting), whole=draw(_one_of(True, False))))
            history_facts[draw(_one_of(0, 0, size - 1))] = replace(
                opened, effective_from=draw(_one_of(*EARLY_DATES))
            )
        for number in range(1, size):
            match draw(_one_of("", "", "", "correction", "correction", "repetition")):
                case "correction":
                    history_facts[number] = draw(corrections(history_facts, ids))
                case "repetition":
                    history_facts[number] = history_facts[number - 1]
        skew = {site: draw(_one_of(0, 0, 2, -2)) for site in sites}
        now, lamport, events = 10, dict.fromkeys(sites, 0), []
        for site, fact, name in zip(where, history_facts, ids, strict=True):
            now += draw(_one_of(0, 1, 1, 3))
            lamport[site] = 1 + (max(lamport.values()) if draw(_one_of(True, False)) else lamport[site])
            seq = int(name.rpartition("/")[2])
            events.append(recorded(fact, seq, site, at=now + skew[site], lamport=lamport[site]))
        return events

    return st.composite(build)()
