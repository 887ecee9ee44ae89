"""Entries of planning lists counted by any of their dimensions, and those that are added and removed."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import (
    Basis,
    CountingUnit,
    Counts,
    Item,
    NotCountable,
    count_items,
)
from services.chronicle.queries.common.dimensions import age_band, title_key, yes_no
from services.chronicle.queries.common.responses import AsOf, Documents
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.entry_queries import (
    list_added_entries,
    list_live_entries,
    list_removed_entries,
)
from shared.core.partial_dates import Day


def title_of(line: EntryLine) -> str:
    """The key of the title that an entry is for."""
    return title_key(line.post, line.title_code, line.target_unit)


BY: Mapping[str, Callable[[EntryLine], str]] = {
    "list": lambda line: line.planning_list,
    "owner": lambda line: line.owner,
    "title_set": lambda line: line.title_set,
    "term": lambda line: line.term,
    "bloc": lambda line: line.bloc,
    "title": title_of,
    "target_unit": lambda line: line.target_unit,
    "source": lambda line: line.source,
    "source_unit": lambda line: line.source_unit,
    "vertical": lambda line: line.vertical,
    "outside": lambda line: yes_no(line.outside),
    "woman": lambda line: yes_no(line.woman),
    "minority": lambda line: yes_no(line.minority),
    "age_band": lambda line: age_band(line.age),
    "managed_by": lambda line: line.managed_by,
    "reason": lambda line: line.outcome,
    "mode": lambda line: line.mode,
    "ground": lambda line: line.ground,
}
"""The dimensions of an entry; an empty key is "not known"."""
ALLOWED: Sequence[CountingUnit] = ("entry", "person", "post")


def count_pool(
    connection: Connection,
    when: AsOf,
    *,
    unit: str = "",
    by: Sequence[str] = ("list",),
    counted: CountingUnit = "entry",
    basis: Basis = "actual",
    chosen: Mapping[str, str],
) -> Counts:
    """Live entries on the day asked for. `chosen`: only those with these values of BY. Raises NotCountable."""
    require_countable(by, basis)
    items = [_item(line, "", by) for line in choose_lines(list_live_entries(connection, when, unit), chosen)]
    return _count(connection, when, items, by, counted)


def count_changes(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    unit: str = "",
    by: Sequence[str] = ("title_set",),
    counted: CountingUnit = "entry",
    basis: Basis = "actual",
    chosen: Mapping[str, str],
    review: int = 0,
) -> Counts:
    """Entries that began (ADDED) and that ended (REMOVED) in [since, until), with `change` as the first key.

    `review`: only what the review of that year added and removed. Raises NotCountable.
    """
    require_countable(by, basis)
    items = [
        _item(line, change, by)
        for change, lines in (
            ("ADDED", list_added_entries(connection, when, since, until, unit)),
            ("REMOVED", list_removed_entries(connection, when, since, until, unit)),
        )
        for line in choose_lines(lines, chosen)
        if not review or review == (line.review_in if change == "ADDED" else line.review_out)
    ]
    keys = sorted({item.key[1:] for item in items})
    expected = [(change, *key) for key in keys for change in ("ADDED", "REMOVED")]
    return _count(connection, when, items, ("change", *by), counted, since, until, expected)


def require_countable(by: Sequence[str], basis: Basis) -> None:
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    if basis != "actual":
        raise NotCountable("basis=plan does not apply here: who is on a list is on it; use basis=actual")


def choose_lines(lines: Iterable[EntryLine], chosen: Mapping[str, str]) -> list[EntryLine]:
    """Those lines that have the chosen value of every dimension; an empty one does not count."""
    wanted = [(BY[name], value) for name, value in chosen.items() if value]
    return [line for line in lines if all(dimension(line) == value for dimension, value in wanted)]


def _item(line: EntryLine, change: str, by: Sequence[str]) -> Item:
    key = tuple(BY[name](line) for name in by)
    proof = line.proof
    fact, decision = (
        (proof.closed, proof.closing_decision) if change == "REMOVED" else (proof.opened, proof.decision)
    )
    return Item(
        (change, *key) if change else key,
        {"entry": f"{line.planning_list}/{line.entry}", "person": line.cadre, "post": title_of(line)},
        fact,
        decision.id if decision else "",
    )


def _count(
    connection: Connection,
    when: AsOf,
    items: list[Item],
    names: Sequence[str],
    counted: CountingUnit,
    since: str = "",
    until: str = "",
    expected: Iterable[tuple[str, ...]] = (),
) -> Counts:
    return count_items(
        names,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        counted=counted,
        allowed=ALLOWED,
        expected=expected,
        since=since,
        until=until,
    )
