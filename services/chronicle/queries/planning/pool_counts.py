"""Planning pools as numbers: entries counted by any of their sides, and what enters and leaves."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.responses import AsOf, Documents
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.entry_queries import added, live, removed
from shared.core.partial_dates import Day

YOUNG = 40
"""Under this age a cadre counts as young (50-QĐ/TW: province and district; 45 at the centre)."""
BANDS = (40, 50)
"""The ages at which the next band begins."""


def band(age: int | None, limits: Sequence[int] = BANDS) -> str:
    """`<40`, `40-49`, `>=50`; empty where the age is not known."""
    if age is None:
        return ""
    for lower, limit in zip((0, *limits), limits, strict=False):
        if age < limit:
            return f"{lower}-{limit - 1}" if lower else f"<{limit}"
    return f">={limits[-1]}"


BY: Mapping[str, Callable[[EntryLine], str]] = {
    "list": lambda line: line.planning_list,
    "owner": lambda line: line.owner,
    "title_set": lambda line: line.title_set,
    "term": lambda line: line.term,
    "bloc": lambda line: line.bloc,
    "title": lambda line: line.post or f"{line.title_code}@{line.target_unit}",
    "target_unit": lambda line: line.target_unit,
    "source": lambda line: line.source,
    "source_unit": lambda line: line.source_unit,
    "vertical": lambda line: line.vertical,
    "outside": lambda line: _yes_no(line.outside),
    "woman": lambda line: _yes_no(line.woman),
    "minority": lambda line: _yes_no(line.minority),
    "age_band": lambda line: band(line.age),
    "managed_by": lambda line: line.managed_by,
    "reason": lambda line: line.outcome,
    "mode": lambda line: line.mode,
    "ground": lambda line: line.ground,
}
"""What entries can be counted by; an empty key is "not known"."""
ALLOWED: Sequence[CountingUnit] = ("entry", "person", "post")


def _yes_no(what: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[what]


def pool(
    connection: Connection,
    when: AsOf,
    *,
    place: str = "",
    by: Sequence[str] = ("list",),
    unit: CountingUnit = "entry",
    basis: Basis = "actual",
    chosen: Mapping[str, str],
) -> Counts:
    """Live entries on the day asked for. `chosen`: only those with these sides (names of BY). Raises NotCountable."""
    applies(by, basis)
    items = [_item(line, "", by) for line in choose(live(connection, when, place), chosen)]
    return _counted(connection, when, items, by, unit)


def changes(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    place: str = "",
    by: Sequence[str] = ("title_set",),
    unit: CountingUnit = "entry",
    basis: Basis = "actual",
    chosen: Mapping[str, str],
    review: int = 0,
) -> Counts:
    """Entries that began (ADDED) and that ended (REMOVED) in [since, until), each filed under `change` first.

    `review`: only what the review of that year added and removed. Raises NotCountable.
    """
    applies(by, basis)
    items = [
        _item(line, change, by)
        for change, lines in (
            ("ADDED", added(connection, when, since, until, place)),
            ("REMOVED", removed(connection, when, since, until, place)),
        )
        for line in choose(lines, chosen)
        if not review or review == (line.review_in if change == "ADDED" else line.review_out)
    ]
    sides = sorted({item.key[1:] for item in items})
    both = [(change, *side) for side in sides for change in ("ADDED", "REMOVED")]
    return _counted(connection, when, items, ("change", *by), unit, since, until, both)


def applies(by: Sequence[str], basis: Basis) -> None:
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    if basis != "actual":
        raise NotCountable("basis=plan does not apply here: who is on a list is on it; use basis=actual")


def choose(lines: Iterable[EntryLine], chosen: Mapping[str, str]) -> list[EntryLine]:
    wanted = [(BY[name], value) for name, value in chosen.items() if value]
    return [line for line in lines if all(side(line) == value for side, value in wanted)]


def _item(line: EntryLine, change: str, by: Sequence[str]) -> Item:
    sides = tuple(BY[name](line) for name in by)
    proof = line.proof
    fact, decision = (
        (proof.closed, proof.closing_decision) if change == "REMOVED" else (proof.opened, proof.decision)
    )
    return Item(
        (change, *sides) if change else sides,
        {"entry": f"{line.planning_list}/{line.entry}", "person": line.cadre, "post": BY["title"](line)},
        fact,
        decision.id if decision else "",
    )


def _counted(
    connection: Connection,
    when: AsOf,
    items: list[Item],
    names: Sequence[str],
    unit: CountingUnit,
    since: str = "",
    until: str = "",
    expected: Iterable[tuple[str, ...]] = (),
) -> Counts:
    items.sort(key=lambda item: item.key)
    documents = Documents(connection, when)
    return counts(
        names,
        items,
        documents,
        when,
        unit=unit,
        allowed=ALLOWED,
        expected=expected,
        since=since,
        until=until,
    )
