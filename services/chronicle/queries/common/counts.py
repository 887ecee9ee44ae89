"""Counts with their counting unit, their basis and their facts; "no data" is null, never 0."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from services.chronicle.queries.common.responses import AsOf, Document, Documents

CountingUnit = Literal["person", "move", "case", "entry", "post", "unit"]
"""A person counts once, a move or a case each time, an entry per title planned for."""
Basis = Literal["plan", "actual"]


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A fact that was counted (`topic/stream/event`), and its decision document (None: pending)."""

    fact: str
    """The fact behind it: `topic/stream/event`, to be read at `/facts/`."""
    decision: Document | None = None
    """The decision document; null: pending."""
    name: str = ""
    """Who or what the fact is about: the name of a cadre, unit or post; empty: not named."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """One thing to be counted: its key, its id in each counting unit, and its fact.

    `times`: how many it counts for: an item of a plan may be several people who are not named.
    """

    key: tuple[str, ...]
    ids: Mapping[CountingUnit, str]
    fact: str
    decision: str = ""
    times: int = 1


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many have the values of `key`. `value` None: no data. `share` of the total, 0..1, where that makes sense."""

    key: dict[str, str]
    """What is counted here, by the names that were asked for."""
    value: int | None
    """How many; null: no data."""
    share: float | None = None
    """Share of the total, 0 to 1; null where that makes no sense."""
    facts: list[Evidence] = []
    """The facts that were counted."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over [since, until) with what they count. `total` counts anew: one person in two figures is one person.

    `rules`: the versions of rules that went into it, as `RULE_ID/number`.
    """

    as_of: str
    """The day that was asked about."""
    known_at: str
    """The moment up to which facts count."""
    unit: CountingUnit
    """What is counted."""
    basis: Basis
    """plan or actual."""
    total: int | None
    """How many in all, each once; null: no data."""
    figures: list[Figure]
    """One figure for each key."""
    since: str = ""
    """First day of the time counted; empty: since ever."""
    until: str = ""
    """First day after the time counted; empty: for ever."""
    rules: list[str] = []
    """Versions of rules that went into it, as `RULE/number`."""


class NotCountable(ValueError):
    """The count does not exist in that counting unit, basis or dimension; the message names those that do."""


def count_items(
    names: Sequence[str],
    items: Iterable[Item],
    documents: Documents,
    when: AsOf,
    *,
    counted: CountingUnit,
    allowed: Sequence[CountingUnit],
    basis: Basis = "actual",
    expected: Iterable[tuple[str, ...]] = (),
    since: str = "",
    until: str = "",
    rules: Sequence[str] = (),
) -> Counts:
    """One figure per key, named by `names`; `expected` keys have one even where there is nothing:
    0 if there is anything at all, None if there is no data. Raises NotCountable where `counted` is not `allowed`."""
    if counted not in allowed:
        raise NotCountable(f"unit={counted} does not apply here; use {' or '.join(allowed)}")
    by_key: dict[tuple[str, ...], list[Item]] = defaultdict(list, {key: [] for key in expected})
    for item in items:
        by_key[item.key].append(item)
    all_items = [item for same_key in by_key.values() for item in same_key]
    total = _count_different(counted, all_items)
    documents.read(item.decision for item in all_items)
    subjects = {
        item.fact: item.ids.get("person") or item.fact.split("/")[1] for item in all_items if item.fact
    }
    named = documents.find_names(subjects.values())
    figures = []
    for key, same_key in by_key.items():
        number = _count_different(counted, same_key)
        figure = Figure(
            key=dict(zip(names, key, strict=True)),
            value=number if total else None,
            share=number / total if total else None,
            facts=[
                Evidence(item.fact, documents.get(item.decision), named.get(subjects.get(item.fact, ""), ""))
                for item in same_key
            ],
        )
        figures.append(figure)
    return Counts(
        as_of=when.as_of,
        known_at=when.known_at,
        unit=counted,
        basis=basis,
        total=total or None,
        figures=figures,
        since=since,
        until=until,
        rules=list(rules),
    )


def _count_different(counted: CountingUnit, items: Iterable[Item]) -> int:
    """How many different ones, each as many times as its `times`."""
    return sum({item.ids[counted]: item.times for item in items}.values())
