"""Who was replaced or taken out of a post before its time, and on what ground."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, count_items
from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.dimensions import yes_no
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.core.partial_dates import Day
from shared.database.sql import BatchQuery, Query, known_condition


class MovedRow(NamedTuple):
    cadre_id: str
    move_id: str
    kind: str
    ground: str
    trigger: str
    valid_from: str
    opened_by: str
    decision: str
    from_post: str
    from_unit: str
    to_post: str
    to_unit: str


class RelievedRow(NamedTuple):
    cadre_id: str
    tenure_id: str
    reason: str
    ground: str
    valid_from: str
    opened_by: str
    decision: str
    unit_id: str


class EventRow(NamedTuple):
    opened_by: str


class _DisciplineRow(NamedTuple):
    cadre_id: str
    valid_from: str
    valid_to: str


MOVED = Query(
    MovedRow,
    f"""
SELECT r.cadre_id, r.move_id, r.kind, r.ground, r.trigger, r.valid_from, r.opened_by, r.decision, r.from_post,
       r.from_unit, r.to_post, r.to_unit
FROM rotations r WHERE {known_condition("r")} AND r.kind = 'REPLACEMENT' AND r.valid_from >= :since AND r.valid_from < :until""",
)
RELIEVED = Query(
    RelievedRow,
    f"""
SELECT r.cadre_id, r.tenure_id, r.reason, r.ground, r.valid_from, r.opened_by, r.decision, p.unit_id
FROM reliefs r JOIN tenures t ON t.tenure_id = r.tenure_id AND t.closed_by = r.opened_by AND t.stretch = 0
  AND t.cadre_id = r.cadre_id AND {known_condition("t")}
JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")}
WHERE {known_condition("r")} AND r.valid_from >= :since AND r.valid_from < :until""",
)
DISCIPLINED = BatchQuery(
    _DisciplineRow,
    f"""
SELECT d.cadre_id, d.valid_from, d.valid_to FROM disciplines d WHERE d.cadre_id IN :ids AND {known_condition("d")}""",
)


def _events(table: str, person: str) -> BatchQuery[EventRow]:
    return BatchQuery(
        EventRow, f"SELECT r.opened_by FROM {table} r WHERE r.{person} IN :ids AND {known_condition('r')}"
    )


TRIGGERS = {
    "EVALUATION": _events("evaluations", "subject_id"),
    "DEEP_REVIEW": _events("reviews", "subject_id"),
    "CONFIDENCE_VOTE": _events("ballots", "cadre_id"),
    "DISCIPLINE": _events("disciplines", "cadre_id"),
}


class Replaced(NamedTuple):
    """One cadre who left a post before its time; `trigger` is the id of the event that led to it."""

    cadre: str
    case: str
    kind: str
    ground: str
    trigger: str
    day: str
    fact: str
    decision: str


REPLACED_BY = ("kind", "ground", "trigger", "disciplined")


def count_replacements(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    unit: str = "",
    by: Sequence[str] = ("trigger",),
    counted: CountingUnit = "person",
) -> Counts:
    """Who was replaced and given other work, or taken out of a post before its time, in [since, until).

    `trigger` is what led to it (EVALUATION, DEEP_REVIEW, CONFIDENCE_VOTE, DISCIPLINE), `ground` why in words,
    `disciplined` whether a discipline was in force against the person on that day.
    """
    if wrong := [name for name in by if name not in REPLACED_BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(REPLACED_BY)}")
    within = list_units_below(connection, unit, when, since, until) if unit else None
    cases = list(dict.fromkeys(_cases(connection, when, since, until, within)))
    cadres = list({case.cadre for case in cases})
    triggers = {
        row.opened_by: name
        for name, query in TRIGGERS.items()
        for row in query(connection, ids=cadres, known=when.known_at)
    }
    disciplines = DISCIPLINED(connection, ids=cadres, known=when.known_at)
    dimensions: dict[str, Callable[[Replaced], str]] = {
        "kind": lambda case: case.kind,
        "ground": lambda case: case.ground,
        "trigger": lambda case: triggers.get(case.trigger, "OTHER" if case.trigger else ""),
        "disciplined": lambda case: yes_no(
            any(
                row.cadre_id == case.cadre and row.valid_from <= case.day < row.valid_to
                for row in disciplines
            )
        ),
    }
    items = [
        Item(
            tuple(dimensions[name](case) for name in by),
            {"person": case.cadre, "case": case.case},
            case.fact,
            case.decision,
        )
        for case in cases
    ]
    return count_items(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        counted=counted,
        allowed=("person", "case"),
        since=since,
        until=until,
    )


def _cases(
    connection: Connection, when: AsOf, since: Day, until: Day, within: Collection[str] | None
) -> Iterator[Replaced]:
    """Replacements by a move out of or into these units (None: all), then reliefs that are not such a move."""
    moves = MOVED(connection, known=when.known_at, since=since, until=until)
    lookup = DatedLookup(connection, when)
    lookup.read(posts=[post for row in moves for post in (row.from_post, row.to_post)])
    for row in moves:
        if within is None or not _units(row, lookup).isdisjoint(within):
            fact = link("rotation", row.cadre_id, row.opened_by)
            yield Replaced(
                row.cadre_id,
                row.move_id,
                row.kind,
                row.ground,
                row.trigger,
                row.valid_from,
                fact,
                row.decision,
            )
    moved = {(row.cadre_id, row.valid_from) for row in moves}
    for relief in RELIEVED(connection, known=when.known_at, since=since, until=until):
        if (relief.cadre_id, relief.valid_from) in moved:
            continue
        if within is None or relief.unit_id in within:
            yield Replaced(
                cadre=relief.cadre_id,
                case=relief.tenure_id,
                kind=relief.reason,
                ground=relief.ground,
                trigger="",
                day=relief.valid_from,
                fact=link("appointment", relief.cadre_id, relief.opened_by),
                decision=relief.decision,
            )


def _units(row: MovedRow, lookup: DatedLookup) -> set[str]:
    """Out of which unit, and into which."""
    return {
        row.from_unit or lookup.post(row.from_post, row.valid_from).unit,
        row.to_unit or lookup.post(row.to_post, row.valid_from).unit,
    }
