"""Term histories of a cadre, a post or a unit, and who held what on a day."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, Documents, Proof, link, read_codes
from services.chronicle.queries.people.merged_files import Holders
from services.chronicle.queries.units.subjects import BELOW
from shared.core.facts import Code
from shared.core.partial_dates import LAST_DAY, PDate, earliest, latest, precision
from shared.core.text import fold
from shared.database.sql import NAMED, Query, as_of_condition, contains, known_condition, pattern


class Stretch(msgspec.Struct, frozen=True):
    """[start, end) during which the holder was suspended."""

    start: str
    """First day, perhaps partial."""
    end: str
    """First day after, perhaps partial; empty: open."""


class TermLine(msgspec.Struct, frozen=True, kw_only=True):
    """One term: [start, end) with the precision of its source. `concurrent` are the same person's terms in other posts
    that overlap it for certain dates; `possibly_concurrent` those that overlap it in some reading of partial dates."""

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
    """certain, or possible where partial dates leave it open. In a history, a term with exact dates is certain."""
    concurrent: list[str] = []
    """Ids of terms of the same person, in other posts, that certainly overlap it."""
    possibly_concurrent: list[str] = []
    """Ids of those that overlap it in some reading of partial dates."""
    suspensions: list[Stretch] = []
    """When the holder was suspended."""
    codes: list[Code] = []
    """Codes of the tenure in other schemes."""
    post_codes: list[Code] = []
    """Codes of the post."""
    cadre_codes: list[Code] = []
    """Codes of the cadre."""
    proof: Proof
    """The facts it comes from."""


class _TermRow(NamedTuple):
    """A stretch of a tenure, with its holder's name, the post's title and the unit's name as they were when it began.

    None: the cadre, the post or its unit is not on record.
    """

    tenure_id: str
    cadre_id: str
    name: str | None
    post_id: str
    title: str | None
    unit_id: str | None
    unit_name: str | None
    holding: str
    route: str
    start: str
    end: str
    planned_end: str
    ended: str
    status: str
    term_no: int
    continues: str
    codes: str
    post_codes: str | None
    cadre_codes: str | None
    opened_by: str
    decision: str
    closed_by: str
    closing_decision: str
    stretch: int
    valid_from: str
    valid_to: str
    certain_from: str
    certain_to: str


class PostIdRow(NamedTuple):
    post_id: str


_COLUMNS = f"""
SELECT t.tenure_id, t.cadre_id, c.name, t.post_id, p.title, p.unit_id, u.name AS unit_name, t.holding, t.route, t.start,
       t."end", t.planned_end, t.ended, t.status, t.term_no, t.continues, t.codes, p.codes AS post_codes,
       c.codes AS cadre_codes, t.opened_by, t.decision, t.closed_by, t.closing_decision, t.stretch,
       t.valid_from, t.valid_to, t.certain_from, t.certain_to
FROM tenures t
LEFT JOIN cadres c ON c.cadre_id = t.cadre_id AND {known_condition("c")}
LEFT JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")} AND p.valid_from = (
  SELECT max(q.valid_from) FROM posts{NAMED} q WHERE q.post_id = t.post_id AND {known_condition("q")}
  AND (q.valid_from <= t.valid_from OR q.valid_from = (
    SELECT min(r.valid_from) FROM posts{NAMED} r WHERE r.post_id = t.post_id AND {known_condition("r")})))
LEFT JOIN units u ON u.unit_id = p.unit_id AND {known_condition("u")} AND u.valid_from = (
  SELECT max(v.valid_from) FROM units{NAMED} v WHERE v.unit_id = p.unit_id AND {known_condition("v")}
  AND (v.valid_from <= t.valid_from OR v.valid_from = (
    SELECT min(w.valid_from) FROM units{NAMED} w WHERE w.unit_id = p.unit_id AND {known_condition("w")})))
"""

BY_CADRE = Query(_TermRow, f"{_COLUMNS} WHERE t.cadre_id = :id AND {known_condition('t')}")
BY_POST = Query(_TermRow, f"{_COLUMNS} WHERE t.post_id = :id AND {known_condition('t')}")
BY_UNIT = Query(
    _TermRow,
    f"{_COLUMNS} WHERE t.post_id IN (SELECT o.post_id FROM posts o WHERE o.unit_id = :id AND {known_condition('o')}) "
    f"AND {known_condition('t')}",
)
ON_DAY = Query(_TermRow, f"{_COLUMNS} WHERE {as_of_condition('t')}")
IN_UNIT_ON_DAY = Query(_TermRow, f"{_COLUMNS} WHERE p.unit_id = :id AND {as_of_condition('t')}")
BELOW_ON_DAY = Query(
    _TermRow,
    f"{BELOW}{_COLUMNS} WHERE t.post_id IN (SELECT post_id FROM sub_posts) AND {as_of_condition('t')}",
)
OF_POST_ON_DAY = Query(_TermRow, f"{_COLUMNS} WHERE t.post_id = :id AND {as_of_condition('t')}")
_TITLES = Query(
    PostIdRow,
    f"""
SELECT p.post_id FROM posts p JOIN units u ON u.unit_id = p.unit_id AND {as_of_condition("u")}
WHERE {as_of_condition("p")} AND {contains("p.search", "title")} AND {contains("u.search", "place")}""",
)


def list_terms(connection: Connection, by: str, id_: str, when: AsOf) -> list[TermLine]:
    """All terms of a cadre, a post or a unit, in effective order, as known at an instant. A cadre whose files were
    merged has the terms of all of them, and is shown as one holder everywhere."""
    people = Holders(connection, when)
    if by == "cadre":
        rows = _terms_of(connection, id_, people, when)
        return _lines(connection, rows, people, when, rows)
    query = {"post": BY_POST, "unit": BY_UNIT}[by]
    rows = people.without_duplicates(query(connection, id=id_, known=when.known_at))
    holders = dict.fromkeys(people.person(row.cadre_id) for row in rows)
    all_terms = [row for holder in holders for row in _terms_of(connection, holder, people, when)]
    return _lines(connection, rows, people, when, all_terms)


def list_holders(
    connection: Connection, when: AsOf, unit: str = "", post: str = "", below: str = ""
) -> list[TermLine]:
    """Who holds what on a day: everywhere, in a unit, in a post, or in a unit and all below it. `certainty` tells
    whether every reading agrees."""
    times = {"day": when.as_of, "known": when.known_at}
    if post:
        rows = OF_POST_ON_DAY(connection, id=post, **times)
    elif below:
        rows = BELOW_ON_DAY(connection, unit=below, **times)
    elif unit:
        rows = IN_UNIT_ON_DAY(connection, id=unit, **times)
    else:
        rows = ON_DAY(connection, **times)
    people = Holders(connection, when)
    rows = people.without_duplicates(rows)
    documents = _documents(connection, rows, when)
    return [_line(row, people, documents, when) for row in sorted(rows, key=_order)]


def find_holders(connection: Connection, title: str, place: str, when: AsOf) -> list[TermLine]:
    """By words, without marks: every post of that title in every unit of that name then. Homonyms all answer."""
    posts = _TITLES(
        connection,
        title=pattern(fold(title)),
        place=pattern(fold(place)),
        day=when.as_of,
        known=when.known_at,
    )
    return [line for row in posts for line in list_holders(connection, when, post=row.post_id)]


def _terms_of(connection: Connection, cadre: str, people: Holders, when: AsOf) -> list[_TermRow]:
    """Every term, wherever, in all files of a person; those recorded twice once."""
    files = people.files.files(cadre)
    return people.without_duplicates(
        row for file in files for row in BY_CADRE(connection, id=file, known=when.known_at)
    )


def _order(row: _TermRow) -> tuple[str, str, str]:
    return (row.start if row.start[:1].isdigit() else LAST_DAY, row.end or LAST_DAY, row.tenure_id)


def _lines(
    connection: Connection, rows: list[_TermRow], people: Holders, when: AsOf, all_terms: list[_TermRow]
) -> list[TermLine]:
    """A line for each tenure; `all_terms` of the same people are what they may overlap with."""
    by_person: dict[str, dict[str, _TermRow]] = defaultdict(dict)
    for row in all_terms:
        by_person[people.person(row.cadre_id)].setdefault(row.tenure_id, row)
    suspensions: dict[str, list[Stretch]] = defaultdict(list)
    for row in rows:
        if row.status == "SUSPENDED":
            end = "" if row.valid_to == LAST_DAY else row.valid_to
            suspensions[row.tenure_id].append(Stretch(row.valid_from, end))
    documents = _documents(connection, rows, when)
    lines = []
    for row in sorted((row for row in rows if row.stretch == 0), key=_order):
        certain, possible = _overlapping(row, by_person[people.person(row.cadre_id)].values())
        line, (_, _, exact) = _line(row, people, documents, when), _span(row)
        lines.append(
            msgspec.structs.replace(
                line,
                certainty="certain" if exact else line.certainty,
                concurrent=certain,
                possibly_concurrent=possible,
                suspensions=suspensions.get(row.tenure_id, []),
            )
        )
    return lines


def _overlapping(row: _TermRow, others: Iterable[_TermRow]) -> tuple[list[str], list[str]]:
    """The tenures of other posts that overlap it: for certain, and in some reading of partial dates."""
    certain: list[str] = []
    possible: list[str] = []
    start, after, exact = _span(row)
    for other in sorted(others, key=_order):
        if other.post_id == row.post_id:  # this term, or another in the same post
            continue
        other_start, other_after, other_exact = _span(other)
        if start < other_after and other_start < after:
            (certain if exact and other_exact else possible).append(other.tenure_id)
    return certain, possible


def _span(row: _TermRow) -> tuple[str, str, bool]:
    """[start, end) at its widest, and whether both dates are exact."""
    start, end = PDate(row.start), PDate(row.end)
    exact = len(start) == 10 and (len(end) == 10 or not row.ended)
    return earliest(start), latest(end) if row.ended else LAST_DAY, exact


def _documents(connection: Connection, rows: list[_TermRow], when: AsOf) -> Documents:
    return Documents(connection, when, (id_ for row in rows for id_ in (row.decision, row.closing_decision)))


def _line(row: _TermRow, people: Holders, documents: Documents, when: AsOf) -> TermLine:
    certain = row.certain_from <= when.as_of < row.certain_to
    return TermLine(
        tenure=row.tenure_id,
        cadre=people.person(row.cadre_id),
        name=people.name(row.cadre_id, row.name),
        post=row.post_id,
        title=row.title or "",
        unit=row.unit_id or "",
        unit_name=row.unit_name or "",
        holding=row.holding,
        route=row.route,
        start=row.start,
        end=row.end,
        start_precision=precision(PDate(row.start)),
        end_precision=precision(PDate(row.end)),
        planned_end=row.planned_end,
        ended=row.ended,
        status=row.status,
        term_no=row.term_no,
        continues=row.continues,
        certainty="certain" if certain else "possible",
        codes=read_codes(row.codes),
        post_codes=read_codes(row.post_codes),
        cadre_codes=read_codes(row.cadre_codes),
        proof=Proof(
            link("appointment", row.cadre_id, row.opened_by),
            documents.get(row.decision),
            link("appointment", row.cadre_id, row.closed_by),
            documents.get(row.closing_decision),
        ),
    )
