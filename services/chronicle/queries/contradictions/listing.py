"""Contradictions with names, a page at a time, of a place, a cadre or a post."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.dated_lookup import DatedLookup, list_units_below
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.contradictions.candidates import Found, holds_on
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.chronicle.queries.contradictions.kinds import REMEDIES, ContradictionKind
from services.chronicle.queries.people.files import files_of
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, day_after
from shared.database.sql import BatchQuery, known_condition


class ConcernedThing(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that a contradiction is about."""

    what: str
    """unit, post, cadre, tenure, rotation, entry or code; of a fact without effect also list, decision and the like."""
    id: str
    """Its id; of a code, `scheme:value`."""
    name: str
    """Its name or title; empty: it has none, or is not on record."""


class ContradictionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that cannot all be true on the days [since, until)."""

    kind: str
    """Which kind of contradiction, such as TWO_PRIMARY."""
    title: str
    """The kind in English."""
    title_vi: str
    """The kind in Vietnamese."""
    since: str
    """The first day."""
    until: str
    """The first day after; empty: it lasts."""
    concerns: list[ConcernedThing]
    """Whom and what it concerns."""
    facts: list[str]
    """The facts in question, as topic/stream/event_id."""
    mend: str
    """How it is mended, in English."""
    mend_vi: str
    """How it is mended, in Vietnamese."""
    accepted_by: str
    """Who answered for it when it was recorded; empty: nobody."""


class _CadreUnitRow(NamedTuple):
    cadre_id: str
    unit_id: str


_UNITS_OF_CADRES = BatchQuery(
    _CadreUnitRow,
    f"""
SELECT DISTINCT t.cadre_id, p.unit_id FROM tenures t JOIN posts p ON p.post_id = t.post_id AND {known_condition("p")}
WHERE t.cadre_id IN :ids AND {known_condition("t")}""",
)


def choose_contradictions(
    connection: Connection,
    when: AsOf,
    *,
    kinds: Iterable[ContradictionKind] = tuple(ContradictionKind),
    on: Day | None = None,
    place: str = "",
    cadre: str = "",
    post: str = "",
    among: Iterable[Found] | None = None,
) -> list[Found]:
    """Those of these kinds that hold on a day (None: on any), in the unit or below it, of a cadre and of a post.
    `among`: all as known then, where they were found before."""
    wanted = frozenset(kinds)
    found = (
        find_contradictions(connection, when.known_at, wanted)
        if among is None
        else [each for each in among if each.kind in wanted]
    )
    if on is not None:
        found = [each for each in found if holds_on(each, on)]
    if cadre:
        files = set(files_of(connection, cadre, when))
        found = [each for each in found if each.is_about("cadre", files)]
    if post:
        found = [each for each in found if each.is_about("post", {post})]
    if place:
        since, until = (on, day_after(on)) if on is not None else (FIRST_DAY, LAST_DAY)
        units = {place, *list_units_below(connection, place, when, since, until)}
        found = _in_units(connection, found, units, when)
    return found


def _in_units(connection: Connection, found: list[Found], units: set[str], when: AsOf) -> list[Found]:
    """Those in these units; one that names no unit is where its cadres have served."""
    cadres = {c.id for each in found if not each.units for c in each.concerns if c.what == "cadre"}
    served: dict[str, set[str]] = defaultdict(set)
    for row in _UNITS_OF_CADRES(connection, ids=sorted(cadres), known=when.known_at):
        served[row.cadre_id].add(row.unit_id)

    def where(each: Found) -> set[str]:
        if each.units:
            return set(each.units)
        return {unit for c in each.concerns if c.what == "cadre" for unit in served[c.id]}

    return [each for each in found if where(each) & units]


def name_contradictions(connection: Connection, when: AsOf, found: list[Found]) -> list[ContradictionLine]:
    """Lines with the names of what they concern, under the names of their first day."""
    names = DatedLookup(connection, when)
    ids: dict[str, set[str]] = defaultdict(set)
    for each in found:
        for concern in each.concerns:
            ids[concern.what].add(concern.id)
    names.read(sorted(ids["unit"]), sorted(ids["post"]), sorted(ids["cadre"]))

    def name(what: str, id_: str, day: str) -> str:
        match what:
            case "unit":
                return names.unit(id_, day).name
            case "post":
                return names.post(id_, day).title
            case "cadre":
                return names.person(id_).name
        return ""

    return [
        ContradictionLine(
            kind=each.kind.value,
            title=each.kind.en,
            title_vi=each.kind.vi,
            since=each.since,
            until="" if each.until == LAST_DAY else each.until,
            concerns=[
                ConcernedThing(what=what, id=id_, name=name(what, id_, each.since))
                for what, id_ in each.concerns
            ],
            facts=list(each.facts),
            mend=REMEDIES[each.kind].en,
            mend_vi=REMEDIES[each.kind].vi,
            accepted_by=each.accepted_by,
        )
        for each in found
    ]


def leave_out_hidden(found: list[Found], hidden: frozenset[str]) -> list[Found]:
    """Those that speak of none of these ids: neither a thing, nor where it is, nor a fact."""
    if not hidden:
        return found
    return [
        each
        for each in found
        if hidden.isdisjoint(concern.id for concern in each.concerns)
        and hidden.isdisjoint(each.units)
        and hidden.isdisjoint(part for fact in each.facts for part in fact.split("/"))
    ]


def leave_out_of_scope(found: list[Found], ids: frozenset[str]) -> list[Found]:
    """Those that concern nobody and nothing out of these ids, and one of them at least."""

    def is_in_scope(each: Found) -> bool:
        about = [concern.id for concern in each.concerns if concern.what in ("cadre", "unit", "post")]
        streams = (fact.split("/")[1] for fact in each.facts)
        return ids.issuperset(about) and not ids.isdisjoint((*about, *each.units, *streams))

    return [each for each in found if is_in_scope(each)]


def page_of_contradictions(found: list[Found], after: str, limit: int) -> tuple[list[Found], str]:
    """The page that begins after a mark, and the mark that the next page begins after; empty: there is none.

    A mark is short, however many things a contradiction is about. Where the list has changed and lacks the line of the
    mark, all lines of its kind and day are given again, so that none is lost.
    """
    first = 0
    if after:
        kind, day, _ = after.split("\t", 2)
        first = bisect_left(found, (kind, day), key=_kind_and_day)
        end = bisect_right(found, (kind, day), key=_kind_and_day)
        first = next((n + 1 for n in range(first, end) if _mark(found[n]) == after), first)
    page = found[first : first + limit]
    return page, _mark(page[-1]) if len(found) > first + limit else ""


def _kind_and_day(found: Found) -> tuple[str, str]:
    return (found.kind.value, found.since)


def _mark(found: Found) -> str:
    digest = sha256("\t".join(found.order).encode()).hexdigest()[:16]
    return f"{found.kind.value}\t{found.since}\t{digest}"
