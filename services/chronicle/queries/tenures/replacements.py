"""Who was replaced or taken out of a post before its time, and on what ground."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.dated_lookup import DatedLookup, units_below
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.tenures.appointments import yes_or_no
from shared.core.partial_dates import Day
from shared.database.sql import Lookup, Statement, known_condition

MOVED = Statement(f"""
SELECT r.cadre_id, r.move_id, r.kind, r.ground, r.trigger, r.valid_from, r.opened_by, r.decision, r.from_post,
       r.from_unit, r.to_post, r.to_unit
FROM rotations r WHERE {known_condition("r")} AND r.kind = 'REPLACEMENT' AND r.valid_from >= :since AND r.valid_from < :until""")
RELIEVED = Statement(f"""
SELECT r.cadre_id, r.tenure_id, r.reason, r.ground, r.valid_from, r.opened_by, r.decision, p.unit_id
FROM reliefs r JOIN tenures t ON t.tenure_id = r.tenure_id AND t.closed_by = r.opened_by AND t.stretch = 0
  AND t.cadre_id = r.cadre_id AND {known_condition("t")}
JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")}
WHERE {known_condition("r")} AND r.valid_from >= :since AND r.valid_from < :until""")
_TRIGGERS = {
    "EVALUATION": Lookup(
        f"SELECT e.opened_by FROM evaluations e WHERE e.subject_id IN :ids AND {known_condition('e')}"
    ),
    "DEEP_REVIEW": Lookup(
        f"SELECT r.opened_by FROM reviews r WHERE r.subject_id IN :ids AND {known_condition('r')}"
    ),
    "CONFIDENCE_VOTE": Lookup(
        f"SELECT b.opened_by FROM ballots b WHERE b.cadre_id IN :ids AND {known_condition('b')}"
    ),
    "DISCIPLINE": Lookup(
        f"SELECT d.opened_by FROM disciplines d WHERE d.cadre_id IN :ids AND {known_condition('d')}"
    ),
}
DISCIPLINED = Lookup(f"""
SELECT d.cadre_id, d.valid_from, d.valid_to FROM disciplines d WHERE d.cadre_id IN :ids AND {known_condition("d")}""")


class Replaced(NamedTuple):
    cadre: str
    case: str
    kind: str
    ground: str
    trigger: str
    day: str
    fact: str
    decision: str


REPLACED_BY = ("kind", "ground", "trigger", "disciplined")


def replacements(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    place: str = "",
    by: Sequence[str] = ("trigger",),
    unit: CountingUnit = "person",
) -> Counts:
    """Who was replaced and given other work, or taken out of a post before its time, in [since, until).

    `trigger` is what led to it (EVALUATION, DEEP_REVIEW, CONFIDENCE_VOTE, DISCIPLINE), `ground` why in words,
    `disciplined` whether a discipline stood against the person on that day.
    """
    if wrong := [name for name in by if name not in REPLACED_BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(REPLACED_BY)}")
    within = units_below(connection, place, when, since, until) if place else None
    moves = MOVED(connection, known=when.known_at, since=since, until=until)
    then = DatedLookup(connection, when)
    then.read(posts=[id_ for row in moves for id_ in (row[8], row[10])])
    found = [
        Replaced(cadre, id_, kind, ground, trigger, day, link("rotation", cadre, event), decision)
        for cadre, id_, kind, ground, trigger, day, event, decision, *ends in moves
        if within is None or within & set(_units(day, ends, then))
    ]
    answered = {row[0] + row[5] for row in moves}
    for row in RELIEVED(connection, known=when.known_at, since=since, until=until):
        if row[0] + row[4] not in answered and (within is None or row[7] in within):
            fact = link("appointment", row[0], row[5])
            found.append(Replaced(row[0], row[1], row[2], row[3], "", row[4], fact, row[6]))
    cadres = list({each.cadre for each in found})
    triggers = {
        row[0]: name
        for name, ask in _TRIGGERS.items()
        for row in ask(connection, ids=cadres, known=when.known_at)
    }
    disciplines = DISCIPLINED(connection, ids=cadres, known=when.known_at)
    said: dict[str, Callable[[Replaced], str]] = {
        "kind": lambda each: each.kind,
        "ground": lambda each: each.ground,
        "trigger": lambda each: triggers.get(each.trigger, "OTHER" if each.trigger else ""),
        "disciplined": lambda each: yes_or_no(
            any(row[0] == each.cadre and row[1] <= each.day < row[2] for row in disciplines)
        ),
    }
    items = [
        Item(
            tuple(said[name](each) for name in by),
            {"person": each.cadre, "case": each.case},
            each.fact,
            each.decision,
        )
        for each in dict.fromkeys(found)
    ]
    return counts(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        unit=unit,
        allowed=("person", "case"),
        since=since,
        until=until,
    )


def _units(day: str, ends: Sequence[str], then: DatedLookup) -> tuple[str, str]:
    """Out of which unit, and into which."""
    from_post, from_unit, to_post, to_unit = ends
    return from_unit or then.post(from_post, day).unit, to_unit or then.post(to_post, day).unit
