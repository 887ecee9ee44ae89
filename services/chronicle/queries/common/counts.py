"""Numbers that say what they count, on which basis, and by which facts: "no data" is null, never 0."""

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
    decision: Document | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """One thing to be counted: what it is filed under, who and what it is in each counting unit, and its fact.

    `times`: how many it stands for where nobody is told apart, as the items of a plan may do.
    """

    key: tuple[str, ...]
    ids: Mapping[CountingUnit, str]
    fact: str
    decision: str = ""
    times: int = 1


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many of what `key` names. `value` None: no data. `share` of the total, 0..1, where that makes sense."""

    key: dict[str, str]
    value: int | None
    share: float | None = None
    facts: list[Evidence] = []


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over [since, until) with what they count. `total` counts anew: one person in two figures is one person.

    `rules`: the versions of rules that went into it, as `RULE_ID/number`.
    """

    as_of: str
    known_at: str
    unit: CountingUnit
    basis: Basis
    total: int | None
    figures: list[Figure]
    since: str = ""
    until: str = ""
    rules: list[str] = []


class NotCountable(ValueError):
    """The question cannot be answered in that unit; the message says in which it can."""


def counts(
    names: Sequence[str],
    items: Iterable[Item],
    documents: Documents,
    when: AsOf,
    *,
    unit: CountingUnit,
    allowed: Sequence[CountingUnit],
    basis: Basis = "actual",
    expected: Iterable[tuple[str, ...]] = (),
    since: str = "",
    until: str = "",
    rules: Sequence[str] = (),
) -> Counts:
    """One figure per key, named by `names`; `expected` keys have one even where nothing is found:
    0 if there is anything at all, None if there is no data. Raises NotCountable for a unit that is not `allowed`."""
    if unit not in allowed:
        raise NotCountable(f"unit={unit} does not apply here; use {' or '.join(allowed)}")
    by_key: dict[tuple[str, ...], list[Item]] = defaultdict(list, {key: [] for key in expected})
    for item in items:
        by_key[item.key].append(item)
    whole = _number(unit, (item for found in by_key.values() for item in found))
    documents.read(item.decision for found in by_key.values() for item in found)
    figures = []
    for key, found in by_key.items():
        number = _number(unit, found)
        figure = Figure(
            key=dict(zip(names, key, strict=True)),
            value=number if whole else None,
            share=number / whole if whole else None,
            facts=[Evidence(item.fact, documents.get(item.decision)) for item in found],
        )
        figures.append(figure)
    return Counts(
        as_of=when.as_of,
        known_at=when.known_at,
        unit=unit,
        basis=basis,
        total=whole or None,
        figures=figures,
        since=since,
        until=until,
        rules=list(rules),
    )


def _number(unit: CountingUnit, items: Iterable[Item]) -> int:
    """How many different ones, each as often as it stands for."""
    return sum({item.ids[unit]: item.times for item in items}.values())
