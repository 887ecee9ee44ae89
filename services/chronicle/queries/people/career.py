"""The official life of one cadre: planned, trained, moved, judged, appointed; each with its fact and document."""

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


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: what, on which day (as precisely as known), about which title or unit, and its proof."""

    day: str
    kind: str
    title: str
    where: str = ""
    detail: str = ""
    fact: str = ""
    decision: Document | None = None


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """All steps by date. `chain`: the links between being planned for a title and reaching it (or as far as it has
    come), each once and in the order in which they came; `entry` is the planning entry, empty where there is none."""

    as_of: str
    known_at: str
    cadre: str
    name: str
    chain: list[str]
    entry: str
    steps: list[Step]


def life(connection: Connection, when: AsOf, cadre: str) -> Life | None:
    """None: nobody has this id."""
    then = DatedLookup(connection, when)
    then.read(people=[cadre])
    name = then.person(cadre).name
    if not name:
        return None
    entries = entry_queries.of_cadre(connection, when, cadre)
    steps = sorted(_steps(connection, when, cadre, entries), key=lambda step: (step.day, _place(step)))
    entry = max(entries, key=lambda each: (each.outcome == "APPOINTED", each.live, each.start), default=None)
    return Life(
        as_of=when.as_of,
        known_at=when.known_at,
        cadre=cadre,
        name=name,
        chain=_chain(steps, entry) if entry else [],
        entry=entry.entry if entry else "",
        steps=steps,
    )


def _place(step: Step) -> int:
    return CHAIN.index(step.kind) if step.kind in CHAIN else len(CHAIN)


def _chain(steps: list[Step], entry: EntryLine) -> list[str]:
    """What came between being planned and leaving the list; of the appointments only the one to the planned title."""
    until = entry.end or "9999"
    links = [
        step.kind
        for step in steps
        if entry.start <= step.day <= until and (step.kind != "APPOINTED" or step.title == entry.title)
    ]
    return [kind for kind in dict.fromkeys(links) if kind in CHAIN]


def _steps(connection: Connection, when: AsOf, cadre: str, entries: list[EntryLine]) -> Iterator[Step]:
    for entry in entries:
        title = entry.title or entry.title_code
        yield _opened("PLANNED", entry.start, title, entry.list_name, entry.term, entry.proof)
        if entry.outcome:
            yield _closed("PLANNING_CLOSED", entry.end, title, entry.list_name, entry.outcome, entry.proof)
    for training in trainings.of_cadre(connection, cadre, when):
        detail = f"{training.level} {training.status}".strip()
        yield _opened("TRAINED", training.since, training.field, training.programme, detail, training.proof)
    for move in moves.of_cadre(connection, when, cadre):
        kind = "ROTATED" if move.kind == "ROTATION" else "MOVED"
        place = move.to_unit_name
        detail = " ".join(filter(None, (move.kind, move.direction, move.purpose)))
        yield _opened(kind, move.start, move.to_title or move.from_title, place, detail, move.proof)
        if move.outcome:
            over = "RETURNED" if move.outcome == "RETURNED" else "MOVE_ENDED"
            detail = " ".join(filter(None, (move.outcome, f"{move.months} months" if move.months else "")))
            yield _closed(over, move.end, move.next_title, move.from_unit_name, detail, move.proof)
    for grade in grades.of_subject(connection, cadre, when):
        detail = f"{grade.occasion} {grade.grade}"
        yield _opened("EVALUATED", grade.decided, grade.period, "", detail, grade.proof)
    for term in histories.term_history(connection, "cadre", cadre, when):
        kind = "TOOK_UP" if term.route in OF_MOVES else "APPOINTED"
        yield _opened(
            kind, term.start, term.title, term.unit_name, f"{term.route} {term.holding}", term.proof
        )
        if term.ended:
            yield _closed("LEFT_POST", term.end, term.title, term.unit_name, term.ended, term.proof)
    for discipline in files.disciplines(connection, when, cadre):
        detail = f"{discipline.side} {discipline.form}"
        yield _opened("DISCIPLINED", discipline.since, discipline.form, "", detail, discipline.proof)
    for away in files.away(connection, cadre, when):
        yield _opened("LEFT_SERVICE", away.since, away.kind, "", "", away.proof)


def _opened(kind: str, day: str, title: str, where: str, detail: str, proof: Proof) -> Step:
    return Step(
        day=day,
        kind=kind,
        title=title,
        where=where,
        detail=detail,
        fact=proof.opened,
        decision=proof.decision,
    )


def _closed(kind: str, day: str, title: str, where: str, detail: str, proof: Proof) -> Step:
    return Step(
        day=day,
        kind=kind,
        title=title,
        where=where,
        detail=detail,
        fact=proof.closed,
        decision=proof.closing_decision,
    )
