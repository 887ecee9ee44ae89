"""Term histories: of a cadre, of a post, of a unit; and who held a title in a place on a date."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link
from services.chronicle.queries.people.files import duplicates_of, files_of
from services.chronicle.queries.units.subjects import BELOW
from shared.core.partial_dates import LAST_DAY, PDate, earliest, latest, precision
from shared.core.text import fold
from shared.database.sql import Statement, as_of_condition, known_condition


class Stretch(msgspec.Struct, frozen=True):
    """[start, end) during which the holder was suspended."""

    start: str
    """First day, perhaps partial."""
    end: str
    """First day after, perhaps partial; empty: open."""


class TermLine(msgspec.Struct, frozen=True, kw_only=True):
    """One term: [start, end) with the precision of its source. `concurrent` are the same person's terms that overlap
    it for certain dates; `possibly_concurrent` those that overlap it in some reading of partial dates."""

    tenure: str
    """Id of the tenure."""
    cadre: str
    """Id of the cadre."""
    name: str
    """Full name."""
    post: str
    """Id of the post."""
    title: str
    """Title of the post then."""
    unit: str
    """Id of the unit."""
    unit_name: str
    """Name of the unit then."""
    holding: str
    """PRIMARY, CONCURRENT, ACTING, IN_CHARGE or UNSTATED."""
    route: str
    """By what kind of act it came about."""
    start: str
    """First day, perhaps partial."""
    end: str
    """First day after, perhaps partial; empty: open or not known."""
    start_precision: str
    """day, month, year, before or fuzzy; empty: not known."""
    end_precision: str
    """Likewise, of the end."""
    planned_end: str
    """The day on which the term should end; empty: no fixed term."""
    ended: str
    """Why it ended; empty: it has not."""
    status: str
    """ACTIVE or SUSPENDED."""
    term_no: int
    """Number of the term in this post."""
    continues: str
    """Id of the tenure that it goes on from."""
    certainty: str = "certain"
    """certain, or possible where partial dates leave it open."""
    concurrent: list[str] = []
    """Ids of terms of the same person that certainly overlap it."""
    possibly_concurrent: list[str] = []
    """Ids of those that overlap it in some reading of partial dates."""
    suspensions: list[Stretch] = []
    """When the holder was suspended."""
    codes: str = ""
    """Codes of the tenure in other schemes."""
    post_codes: str = ""
    """Codes of the post."""
    cadre_codes: str = ""
    """Codes of the cadre."""
    proof: Proof
    """The facts it comes from."""


COLUMNS = f"""
SELECT t.tenure_id, t.cadre_id, c.name, t.post_id, p.title, p.unit_id, u.name, t.holding, t.route, t.start, t."end",
       t.planned_end, t.ended, t.status, t.term_no, t.continues, t.codes, p.codes, c.codes,
       t.opened_by, t.decision, t.closed_by, t.closing_decision, t.stretch, t.valid_from, t.valid_to,
       t.certain_from, t.certain_to
FROM tenures t
LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")}
LEFT JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from = (
  SELECT max(q.valid_from) FROM posts q WHERE q.post_id = t.post_id AND {known_condition("q")}
  AND (q.valid_from <= t.valid_from OR q.valid_from = (
    SELECT min(r.valid_from) FROM posts r WHERE r.post_id = t.post_id AND {known_condition("r")})))
LEFT JOIN units u ON u.unit_id = p.unit_id AND {known_condition("u")} AND u.valid_from = (
  SELECT max(v.valid_from) FROM units v WHERE v.unit_id = p.unit_id AND {known_condition("v")}
  AND (v.valid_from <= t.valid_from OR v.valid_from = (
    SELECT min(w.valid_from) FROM units w WHERE w.unit_id = p.unit_id AND {known_condition("w")})))
"""
"""A tenure with its holder's name, the post's title and the unit's name as they were when it began."""

BY_CADRE = Statement(f"{COLUMNS} WHERE t.cadre_id = :id AND {known_condition('t')}")
BY_POST = Statement(f"{COLUMNS} WHERE t.post_id = :id AND {known_condition('t')}")
BY_UNIT = Statement(
    f"{COLUMNS} WHERE t.post_id IN (SELECT o.post_id FROM posts o WHERE o.unit_id = :id AND {known_condition('o')}) "
    f"AND {known_condition('t')}"
)
ON_DAY = Statement(f"{COLUMNS} WHERE {as_of_condition('t')}")
IN_UNIT_ON_DAY = Statement(f"{COLUMNS} WHERE p.unit_id = :id AND {as_of_condition('t')}")
BELOW_ON_DAY = Statement(
    f"{BELOW}{COLUMNS} WHERE t.post_id IN (SELECT post_id FROM seat) AND {as_of_condition('t')}"
)
OF_POST_ON_DAY = Statement(f"{COLUMNS} WHERE t.post_id = :id AND {as_of_condition('t')}")
TITLES = Statement(f"""
SELECT p.post_id FROM posts p JOIN units u ON u.unit_id = p.unit_id AND {as_of_condition("u")}
WHERE {as_of_condition("p")} AND p.search LIKE :title AND u.search LIKE :place""")


def term_history(connection: Connection, by: str, id_: str, when: AsOf) -> list[TermLine]:
    """All terms of a cadre, a post or a unit, in effective order, as known at an instant. A cadre whose files were
    merged has the terms of all of them, each with the id of the file that it was told of."""
    if by == "cadre":
        files = files_of(connection, id_, when)
        told_twice = duplicates_of(connection, files, when)
        rows = [row for file in files for row in BY_CADRE(connection, id=file, known=when.known_at)]
        rows = [row for row in rows if row[0] not in told_twice]
        return _lines(connection, rows, when, rows)
    ask = {"post": BY_POST, "unit": BY_UNIT}[by]
    rows = ask(connection, id=id_, known=when.known_at)
    return _lines(connection, rows, when, _others(connection, rows, when))


def holders(
    connection: Connection, when: AsOf, unit: str = "", post: str = "", place: str = ""
) -> list[TermLine]:
    """Who holds what on a day: everywhere, in a unit, in a post, or in a unit and all below it. `certainty` tells
    whether every reading agrees."""
    values = {"day": when.as_of, "known": when.known_at}
    if post:
        rows = OF_POST_ON_DAY(connection, id=post, **values)
    elif place:
        rows = BELOW_ON_DAY(connection, unit=place, **values)
    elif unit:
        rows = IN_UNIT_ON_DAY(connection, id=unit, **values)
    else:
        rows = ON_DAY(connection, **values)
    documents = _documents(connection, rows, when)
    return [_line(row, documents, when) for row in sorted(rows, key=_order)]


def who_held(connection: Connection, title: str, place: str, when: AsOf) -> list[TermLine]:
    """By words, without marks: every post of that title in every unit of that name then. Homonyms all answer."""
    asked = {
        "title": f"%{fold(title)}%",
        "place": f"%{fold(place)}%",
        "day": when.as_of,
        "known": when.known_at,
    }
    found = [row[0] for row in TITLES(connection, **asked)]
    return [line for post in found for line in holders(connection, when, post=post)]


def _others(connection: Connection, rows: list[Any], when: AsOf) -> list[Any]:
    people = {row[1] for row in rows}
    return [row for cadre in people for row in BY_CADRE(connection, id=cadre, known=when.known_at)]


def _order(row: Any) -> tuple[str, str, str]:
    return (row[9] if row[9][:1].isdigit() else LAST_DAY, row[10] or LAST_DAY, row[0])


def _lines(connection: Connection, rows: list[Any], when: AsOf, theirs: list[Any]) -> list[TermLine]:
    by_person: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in theirs:
        by_person[row[1]].setdefault(row[0], row)
    suspended: dict[str, list[Stretch]] = defaultdict(list)
    for row in rows:
        if row[13] == "SUSPENDED":
            suspended[row[0]].append(Stretch(row[24], "" if row[25] == LAST_DAY else row[25]))
    documents = _documents(connection, rows, when)
    lines = []
    for row in sorted((row for row in rows if row[23] == 0), key=_order):
        sure, maybe = _overlapping(row, by_person[row[1]].values())
        line = _line(row, documents, when)
        lines.append(
            msgspec.structs.replace(
                line, concurrent=sure, possibly_concurrent=maybe, suspensions=suspended.get(row[0], [])
            )
        )
    return lines


def _overlapping(row: Any, theirs: Iterable[Any]) -> tuple[list[str], list[str]]:
    sure: list[str] = []
    maybe: list[str] = []
    start, after, exact = _span(row)
    for other in sorted(theirs, key=_order):
        if other[0] == row[0]:
            continue
        other_start, other_after, other_exact = _span(other)
        if start < other_after and other_start < after:
            (sure if exact and other_exact else maybe).append(other[0])
    return sure, maybe


def _span(row: Any) -> tuple[str, str, bool]:
    start, end = PDate(row[9]), PDate(row[10])
    exact = len(start) == 10 and (len(end) == 10 or not row[12])
    return earliest(start), latest(end) if row[12] else LAST_DAY, exact


def _documents(connection: Connection, rows: list[Any], when: AsOf) -> Documents:
    return Documents(connection, when, (id_ for row in rows for id_ in (row[20], row[22])))


def _line(row: Any, documents: Documents, when: AsOf) -> TermLine:
    sure = row[26] <= when.as_of < row[27]
    return TermLine(
        tenure=row[0],
        cadre=row[1],
        name=row[2] or "",
        post=row[3],
        title=row[4] or "",
        unit=row[5] or "",
        unit_name=row[6] or "",
        holding=row[7],
        route=row[8],
        start=row[9],
        end=row[10],
        start_precision=precision(PDate(row[9])),
        end_precision=precision(PDate(row[10])),
        planned_end=row[11],
        ended=row[12],
        status=row[13],
        term_no=row[14],
        continues=row[15],
        certainty="certain" if sure else "possible",
        codes=row[16],
        post_codes=row[17] or "",
        cadre_codes=row[18] or "",
        proof=Proof(
            link("appointment", row[1], row[19]),
            documents.get(row[20]),
            link("appointment", row[1], row[21]),
            documents.get(row[22]),
        ),
    )
