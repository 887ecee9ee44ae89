"""The career of one cadre: planned, trained, moved, evaluated, appointed; each with its fact and document."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup
from services.chronicle.queries.common.responses import AsOf, Document, Proof
from services.chronicle.queries.evaluation import grades
from services.chronicle.queries.people import files, trainings
from services.chronicle.queries.planning import entry_queries
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.rotation import moves
from services.chronicle.queries.tenures import histories

CHAIN = ("PLANNED", "TRAINED", "ROTATED", "EVALUATED", "RETURNED", "APPOINTED", "PLANNING_CLOSED")
"""The links from a planning list to the planned title, as the field names them."""
OF_MOVES = ("ROTATED", "TRANSFERRED", "AFTER_ROTATION")
BY_OTHER_ACTS = ("ELECTED", "DESIGNATED", "REAPPOINTED")
"""Routes to a post that are no appointment, and are kinds of their own."""
STARTS = ("APPOINTED", *BY_OTHER_ACTS)
"""Ways to reach the planned title: one of them is the link of the chain."""
ENDINGS = ("RETURNED", "MOVE_ENDED", "LEFT_POST", "LEFT_SERVICE")
"""What ends on a day comes before what begins on it."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: what, on which day (as precisely as known), about which title or unit, and its proof."""

    day: str
    """The day, as precisely as known."""
    kind: str
    """PLANNED, TRAINED, ROTATED, EVALUATED, APPOINTED, ELECTED …"""
    title: str
    """The title, field or period it is about."""
    where: str = ""
    """The unit, list or programme it happened in."""
    detail: str = ""
    """The particulars, in words."""
    fact: str = ""
    """The fact behind it: `topic/stream/event`, to be read at `/facts/`."""
    decision: Document | None = None
    """The decision document; null: pending."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """All steps by date. `chain`: the links between being planned for a title and reaching it (or as far as it has
    come), each once and in the order in which they came; `entry` is the planning entry, empty where there is none."""

    as_of: str
    """The day that was asked about."""
    known_at: str
    """The moment up to which facts count."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Name of the person."""
    chain: list[str]
    """Links between being planned for a title and reaching it, in order."""
    entry: str
    """Id of the planning entry the chain is of; empty: there is none."""
    steps: list[Step]
    """Everything that happened, by date."""


def trace_career(connection: Connection, when: AsOf, cadre: str) -> Life | None:
    """None: nobody has this id."""
    lookup = DatedLookup(connection, when)
    lookup.read(people=[cadre])
    name = lookup.person(cadre).name
    if not name:
        return None
    entries = entry_queries.list_entries_of_cadre(connection, when, cadre)
    steps = sorted(_list_steps(connection, when, cadre, entries), key=_order)
    entry = max(entries, key=lambda each: (each.outcome == "APPOINTED", each.live, each.start), default=None)
    return Life(
        as_of=when.as_of,
        known_at=when.known_at,
        cadre=cadre,
        name=name,
        chain=_find_chain(steps, entry) if entry else [],
        entry=entry.entry if entry else "",
        steps=steps,
    )


def _order(step: Step) -> tuple[str, bool, int]:
    """By day; on one day what ends, then the links of the chain in its order, then all else."""
    link = "APPOINTED" if step.kind in STARTS else step.kind
    return step.day, step.kind not in ENDINGS, CHAIN.index(link) if link in CHAIN else len(CHAIN)


def _find_chain(steps: list[Step], entry: EntryLine) -> list[str]:
    """What came between being planned and leaving the list; of the appointments only the one to the planned title."""
    until = entry.end or "9999"
    links = [
        step.kind
        for step in steps
        if entry.start <= step.day <= until and (step.kind not in STARTS or step.title == entry.title)
    ]
    return [kind for kind in dict.fromkeys(links) if kind in CHAIN or kind in STARTS]


def _list_steps(connection: Connection, when: AsOf, cadre: str, entries: list[EntryLine]) -> Iterator[Step]:
    for entry in entries:
        title = entry.title or entry.title_code
        yield _opening("PLANNED", entry.start, title, entry.list_name, entry.term, entry.proof)
        if entry.outcome:
            yield _closing("PLANNING_CLOSED", entry.end, title, entry.list_name, entry.outcome, entry.proof)
    for training in trainings.list_trainings_of(connection, cadre, when):
        detail = f"{training.level} {training.status}".strip()
        yield _opening("TRAINED", training.since, training.field, training.programme, detail, training.proof)
    for move in moves.list_moves_of(connection, when, cadre):
        kind = "ROTATED" if move.kind == "ROTATION" else "MOVED"
        place = move.to_unit_name
        detail = " ".join(filter(None, (move.kind, move.direction, move.purpose)))
        yield _opening(kind, move.start, move.to_title or move.from_title, place, detail, move.proof)
        if move.outcome:
            kind = "RETURNED" if move.outcome == "RETURNED" else "MOVE_ENDED"
            detail = " ".join(filter(None, (move.outcome, f"{move.months} months" if move.months else "")))
            place = move.next_unit_name or move.from_unit_name
            yield _closing(kind, move.end, move.next_title, place, detail, move.proof)
    for grade in grades.list_grades_of(connection, cadre, when):
        detail = f"{grade.occasion} {grade.grade}"
        yield _opening("EVALUATED", grade.decided, grade.period, "", detail, grade.proof)
    for term in histories.list_terms(connection, "cadre", cadre, when):
        kind = "TOOK_UP" if term.route in OF_MOVES else "APPOINTED"
        kind = term.route if term.route in BY_OTHER_ACTS else kind
        yield _opening(
            kind, term.start, term.title, term.unit_name, f"{term.route} {term.holding}", term.proof
        )
        if term.ended:
            yield _closing("LEFT_POST", term.end, term.title, term.unit_name, term.ended, term.proof)
    for discipline in files.list_disciplines(connection, when, cadre):
        detail = f"{discipline.side} {discipline.form}"
        yield _opening("DISCIPLINED", discipline.since, discipline.form, "", detail, discipline.proof)
    for away in files.list_service_breaks(connection, cadre, when):
        yield _opening("LEFT_SERVICE", away.since, away.kind, "", "", away.proof)


def _opening(kind: str, day: str, title: str, where: str, detail: str, proof: Proof) -> Step:
    return Step(
        day=day,
        kind=kind,
        title=title,
        where=where,
        detail=detail,
        fact=proof.opened,
        decision=proof.decision,
    )


def _closing(kind: str, day: str, title: str, where: str, detail: str, proof: Proof) -> Step:
    return Step(
        day=day,
        kind=kind,
        title=title,
        where=where,
        detail=detail,
        fact=proof.closed,
        decision=proof.closing_decision,
    )
