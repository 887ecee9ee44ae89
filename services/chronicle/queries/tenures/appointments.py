"""Appointments between two days, and whether those appointed were planned for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.appointment.events import AppointmentRoute
from services.chronicle.queries.common.counts import (
    ALL_FACTS,
    CountingUnit,
    Counts,
    FactPage,
    Item,
    NotCountable,
    count_items,
)
from services.chronicle.queries.common.dimensions import (
    PlannedTitle,
    age_on,
    is_minority,
    is_planned_for,
    is_young,
    sex_of,
    was_on_list,
    yes_no,
)
from services.chronicle.queries.common.responses import AsOf, Documents, link
from services.chronicle.queries.common.subtree import SUBTREE_DURING
from services.chronicle.queries.planning.planned_share import list_planned_titles
from shared.core.partial_dates import Day, PDate
from shared.database.sql import BatchQuery, Query, known_condition

_KINDS = {
    AppointmentRoute.DIRECT.value: "APPOINTED",
    AppointmentRoute.CONTEST.value: "APPOINTED",
    AppointmentRoute.AFTER_ROTATION.value: "APPOINTED",
    AppointmentRoute.REAPPOINTED.value: "REAPPOINTED",
    AppointmentRoute.DESIGNATED.value: "DESIGNATED",
    AppointmentRoute.ELECTED.value: "ELECTED",
}
"""Whoever is rotated or transferred into a post is counted as a move."""
_TENURES_AT_A_TIME = 2000
CASES = ("APPOINTED", "REAPPOINTED", "DESIGNATED")
_STARTED = """
SELECT t.tenure_id, t.cadre_id, t.route, t.valid_from, t.opened_by, t.decision,
       p.post_id, p.unit_id, p.title_code, p.role, p.managed_by, p.valid_from AS post_from"""
_BEGUN = f"""t.post_id = p.post_id AND t.stretch = 0 AND t.valid_from >= :since AND t.valid_from < :until
  AND {known_condition("t")}"""


class StartedRow(NamedTuple):
    """A tenure and one version of its post, valid from `post_from`."""

    tenure_id: str
    cadre_id: str
    route: str
    valid_from: str
    opened_by: str
    decision: str
    post_id: str
    unit_id: str
    title_code: str
    role: str
    managed_by: str
    post_from: str


class StreamRow(NamedTuple):
    stream: str | None


class PersonRow(NamedTuple):
    """What a cadre is counted by."""

    cadre_id: str
    sex: str
    birth: str
    ethnicity: str


STARTED = Query(
    StartedRow,
    f"""{_STARTED} FROM tenures t JOIN posts p ON {_BEGUN} AND {known_condition("p")}
WHERE t.stream > :after AND t.stream <= :upto ORDER BY p.valid_from""",
)
STARTED_BELOW = Query(
    StartedRow,
    f"""{SUBTREE_DURING}{_STARTED} FROM sub CROSS JOIN posts p CROSS JOIN tenures t
WHERE p.unit_id = sub.unit_id AND {_BEGUN} AND {known_condition("p")} ORDER BY p.valid_from""",
)
_NEXT_STREAMS = Query(
    StreamRow,
    "SELECT max(s.stream) AS stream FROM "
    "(SELECT t.stream FROM tenures t WHERE t.stream > :after ORDER BY t.stream LIMIT :count) s",
)
_PEOPLE = BatchQuery(
    PersonRow,
    f"SELECT c.cadre_id, c.sex, c.birth, c.ethnicity FROM cadres c WHERE c.cadre_id IN :ids AND {known_condition('c')}",
)


class Case(NamedTuple):
    """One person taking up one post. `planned`: on a planning list that day, for whatever title; `for_title`:
    for this title or an equal one."""

    tenure: str
    cadre: str
    route: str
    day: str
    opened: str
    decision: str
    post: str
    unit: str
    code: str
    role: str
    managed_by: str
    planned: bool = False
    for_title: bool = False
    sex: str = ""
    birth: str = ""
    ethnicity: str = ""

    @property
    def kind(self) -> str:
        return _KINDS.get(self.route, "")

    @property
    def young(self) -> bool | None:
        """On the day that the post is taken up."""
        return is_young(age_on(self.birth, Day(PDate(self.day))))


BY: dict[str, Callable[[Case], str]] = {
    "kind": lambda case: case.kind,
    "route": lambda case: case.route,
    "planned": lambda case: yes_no(case.planned),
    "planned_title": lambda case: yes_no(case.for_title),
    "role": lambda case: case.role,
    "title_code": lambda case: case.code,
    "post_unit": lambda case: case.unit,
    "managed_by": lambda case: case.managed_by,
    "year": lambda case: case.day[:4],
    "sex": lambda case: sex_of(case.sex),
    "under_40": lambda case: yes_no(case.young),
    "minority": lambda case: yes_no(is_minority(case.ethnicity)),
}


def count_appointments(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    unit: str = "",
    by: Sequence[str] = ("kind",),
    counted: CountingUnit = "case",
    kinds: Sequence[str] = CASES,
    managed_by: str = "",
    page: FactPage = ALL_FACTS,
) -> Counts:
    """Posts taken up in [since, until), counted by what `by` names; one decision about one person is one case."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    items = (
        Item(
            tuple(BY[name](case) for name in by),
            {"case": case.tenure, "person": case.cadre, "post": case.post},
            link("appointment", case.cadre, case.opened),
            case.decision,
        )
        for case in iterate_cases(connection, when, since, until, unit)
        if case.kind in kinds and managed_by in ("", case.managed_by)
    )
    expected = [("yes",), ("no",)] if by in (["planned"], ["planned_title"]) else ()
    return count_items(
        by,
        items,
        Documents(connection, when),
        when,
        counted=counted,
        allowed=("case", "person", "post"),
        expected=expected,
        since=since,
        until=until,
        page=page,
        by_key=True,
    )


def iterate_cases(
    connection: Connection, when: AsOf, since: Day, until: Day, unit: str = ""
) -> Iterator[Case]:
    """Every post that somebody took up in [since, until), as the post was on that day; some people at a time, so that
    memory does not grow with their number."""
    values = {"since": since, "until": until, "known": when.known_at}
    if unit:
        yield from _cases(connection, when, STARTED_BELOW(connection, unit=unit, **values))
        return
    after = ""
    while upto := _NEXT_STREAMS(connection, after=after, count=_TENURES_AT_A_TIME)[0].stream:
        yield from _cases(connection, when, STARTED(connection, after=after, upto=upto, **values))
        after = upto


def _cases(connection: Connection, when: AsOf, rows: Iterable[StartedRow]) -> list[Case]:
    started: dict[tuple[str, str], StartedRow] = {}
    for row in rows:
        if (row.cadre_id, row.tenure_id) not in started or row.post_from <= row.valid_from:
            started[row.cadre_id, row.tenure_id] = row
    ids = list({row.cadre_id for row in started.values()})
    entries = list_planned_titles(connection, when, ids)
    people = {row.cadre_id: row for row in _PEOPLE(connection, ids=ids, known=when.known_at)}
    return [_case(row, entries[row.cadre_id], people.get(row.cadre_id)) for row in started.values()]


def _case(row: StartedRow, entries: Sequence[PlannedTitle], person: PersonRow | None) -> Case:
    return Case(
        tenure=row.tenure_id,
        cadre=row.cadre_id,
        route=row.route,
        day=row.valid_from,
        opened=row.opened_by,
        decision=row.decision,
        post=row.post_id,
        unit=row.unit_id,
        code=row.title_code,
        role=row.role,
        managed_by=row.managed_by,
        planned=any(was_on_list(entry, row.valid_from) for entry in entries),
        for_title=is_planned_for(row.post_id, row.title_code, row.valid_from, entries),
        sex=person.sex if person else "",
        birth=person.birth if person else "",
        ethnicity=person.ethnicity if person else "",
    )
