"""Counts with their counting unit, their basis and their facts; "no data" is null, never 0."""

import sys
from base64 import b64decode, urlsafe_b64encode
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
    next: str = ""
    """What `cursor` takes to see the facts after these; empty: there are none."""


class FactPage(msgspec.Struct, frozen=True):
    """Which of the counted facts an answer shows: at most `limit` (None: all), from the `index`-th of the figure `key`
    on. The figures themselves are always complete."""

    limit: int | None = None
    key: tuple[str, ...] | None = None
    index: int = 0


ALL_FACTS = FactPage()


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
    page: FactPage = ALL_FACTS,
    by_key: bool = False,
) -> Counts:
    """One figure per key, named by `names`; `expected` keys have one even where there is nothing:
    0 if there is anything at all, None if there is no data. Raises NotCountable where `counted` is not `allowed`.

    `items` are read once; of them only the counted ids are kept, and the facts that `page` shows. Figures come in the
    order of their first items, with `by_key` in that of their keys.
    """
    if counted not in allowed:
        raise NotCountable(f"unit={counted} does not apply here; use {' or '.join(allowed)}")
    first = list(expected)
    counts: dict[tuple[str, ...], dict[str, int]] = {key: {} for key in first}
    shown = _ShownFacts(page, first, by_key)
    for item in items:
        counts.setdefault(item.key, {})[item.ids[counted]] = item.times
        shown.add(item)
    together: dict[str, int] = {}
    for ids in counts.values():
        together |= ids
    total = sum(together.values())
    facts, next_ = shown.finish()
    documents.read(decision for same_key in facts.values() for _, decision, _ in same_key)
    named = documents.find_names(subject for same_key in facts.values() for _, _, subject in same_key)
    figures = []
    for key in sorted(counts, key=shown.rank):
        number = sum(counts[key].values())
        figure = Figure(
            key=dict(zip(names, key, strict=True)),
            value=number if total else None,
            share=number / total if total else None,
            facts=[
                Evidence(fact, documents.get(decision), named.get(subject, ""))
                for fact, decision, subject in facts.get(key, ())
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
        next=next_,
    )


class _ShownFacts:
    """The facts of one page, in the order of the figures, gathered from items that come in any order of figures."""

    def __init__(self, page: FactPage, first: Sequence[tuple[str, ...]], by_key: bool) -> None:
        self._page, self._by_key = page, by_key
        self._places = {key: number for number, key in enumerate(first)}
        self._expected = len(first)
        self._facts: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
        self._skipped, self._kept = 0, 0

    def rank(self, key: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        """The place of a figure among those that were met: those that are expected first."""
        if self._by_key:
            return self._places.get(key, self._expected), key
        return self._places.get(key, sys.maxsize), ()

    def add(self, item: Item) -> None:
        page = self._page
        if not self._by_key:
            self._places.setdefault(item.key, len(self._places))
        if page.key is not None:
            if self.rank(item.key) < self.rank(page.key):
                return
            if item.key == page.key and self._skipped < page.index:
                self._skipped += 1
                return
        same_key = self._facts.setdefault(item.key, [])
        if page.limit is None or len(same_key) <= page.limit:
            subject = item.ids.get("person") or item.fact.split("/")[1] if item.fact else ""
            same_key.append((item.fact, item.decision, subject))
            self._kept += 1
        if page.limit is not None and self._kept > 4 * (page.limit + 1):
            self._cut(page.limit + 1)

    def _cut(self, most: int) -> tuple[tuple[str, ...], int] | None:
        """Keep the first so many; the figure and the index in it of the first that is left out."""
        kept: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
        left_out = None
        for key in sorted(self._facts, key=self.rank):
            if most and self._facts[key]:
                kept[key] = self._facts[key][:most]
                most -= len(kept[key])
            if left_out is None and len(self._facts[key]) > len(kept.get(key, ())):
                left_out = key, len(kept.get(key, ()))
        self._facts, self._kept = kept, sum(map(len, kept.values()))
        return left_out

    def finish(self) -> tuple[Mapping[tuple[str, ...], list[tuple[str, str, str]]], str]:
        """The facts by figure, and the cursor of the next page."""
        page = self._page
        left_out = self._cut(page.limit) if page.limit is not None else None
        if left_out is None:
            return self._facts, ""
        key, index = left_out
        return self._facts, encode_fact_cursor(key, index + (page.index if key == page.key else 0))


def cut_facts(counts: Counts, page: FactPage) -> Counts:
    """The same figures with the facts of one page of those that they have."""
    if page.limit is None:
        return counts
    keys = [tuple(figure.key.values()) for figure in counts.figures]
    start = keys.index(page.key) if page.key in keys else 0 if page.key is None else len(keys)
    room, next_, figures = page.limit, "", []
    for number, figure in enumerate(counts.figures):
        first = page.index if number == start else len(figure.facts) if number < start else 0
        shown = figure.facts[first : first + room]
        if not next_ and first + len(shown) < len(figure.facts):
            next_ = encode_fact_cursor(keys[number], first + len(shown))
        room -= len(shown)
        figures.append(msgspec.structs.replace(figure, facts=shown))
    return msgspec.structs.replace(counts, figures=figures, next=next_)


def encode_fact_cursor(key: tuple[str, ...], index: int) -> str:
    """The cursor of the page that begins with this fact of this figure."""
    return urlsafe_b64encode(msgspec.json.encode((key, index))).decode()


def decode_fact_cursor(cursor: str, limit: int) -> FactPage:
    """The page that begins at a cursor; the first for an empty one. Raises ValueError for what is no cursor."""
    if not cursor:
        return FactPage(limit)
    text = b64decode(cursor, altchars=b"-_", validate=True)
    key, index = msgspec.json.decode(text, type=tuple[tuple[str, ...], int])
    if index < 0:
        raise ValueError(cursor)
    return FactPage(limit, key, index)
