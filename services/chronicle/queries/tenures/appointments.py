"""Appointments between two days, and whether those appointed were planned for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from services.appointment.events import AppointmentRoute
from services.chronicle.queries.common.counts import CountingUnit, Counts, Item, NotCountable, counts
from services.chronicle.queries.common.responses import AsOf, Documents, link
from shared.core.partial_dates import Day, full_months
from shared.database.sql import Lookup, Statement, known_condition

KINDS = {
    AppointmentRoute.DIRECT.value: "APPOINTED",
    AppointmentRoute.CONTEST.value: "APPOINTED",
    AppointmentRoute.AFTER_ROTATION.value: "APPOINTED",
    AppointmentRoute.REAPPOINTED.value: "REAPPOINTED",
    AppointmentRoute.DESIGNATED.value: "DESIGNATED",
    AppointmentRoute.ELECTED.value: "ELECTED",
}
"""Whoever is rotated or transferred into a post is counted as a move."""
CASES = ("APPOINTED", "REAPPOINTED", "DESIGNATED")
_TENURE = "t.tenure_id, t.cadre_id, t.route, t.valid_from, t.opened_by, t.decision"
_POST = "p.post_id, p.unit_id, p.title_code, p.role, p.managed_by, p.valid_from"
_BEGUN = f"""t.post_id = p.post_id AND t.stretch = 0 AND t.valid_from >= :since AND t.valid_from < :until
  AND {known_condition("t")}"""
_BELOW = f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT :place UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id
  WHERE {known_condition("u")} AND u.valid_from < :until AND u.valid_to > :since
)"""
STARTED = Statement(f"""
SELECT {_TENURE}, {_POST} FROM tenures t JOIN posts p ON {_BEGUN} AND {known_condition("p")} ORDER BY p.valid_from""")
STARTED_BELOW = Statement(f"""{_BELOW}
SELECT {_TENURE}, {_POST} FROM sub CROSS JOIN posts p CROSS JOIN tenures t
WHERE p.unit_id = sub.unit_id AND {_BEGUN} AND {known_condition("p")} ORDER BY p.valid_from""")
ENTRIES = Lookup(f"""
SELECT e.cadre_id, e.post_id, e.title_code, e.title_unit, e.valid_from, e.valid_to FROM planning_entries e
WHERE e.cadre_id IN :ids AND {known_condition("e")}""")
PEOPLE = Lookup(f"""
SELECT c.cadre_id, c.sex, c.birth, c.ethnicity FROM cadres c WHERE c.cadre_id IN :ids AND {known_condition("c")}""")


class Case(NamedTuple):
    """One person taking up one post. `planned`: on a planning list that day; `for_title`: for this very post."""

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
        return KINDS.get(self.route, "")

    @property
    def under_40(self) -> str:
        """yes, no, or empty where the birth is not known."""
        if not self.birth[:4].isdigit():
            return ""
        born = self.birth + "0000-12-31"[len(self.birth) :]
        return yes_or_no(full_months(Day(born), Day(self.day)) < 480)  # type: ignore[arg-type]


def yes_or_no(so: bool) -> str:
    return "yes" if so else "no"


BY: dict[str, Callable[[Case], str]] = {
    "kind": lambda case: case.kind,
    "route": lambda case: case.route,
    "planned": lambda case: yes_or_no(case.planned),
    "planned_title": lambda case: yes_or_no(case.for_title),
    "role": lambda case: case.role,
    "title_code": lambda case: case.code,
    "post_unit": lambda case: case.unit,
    "managed_by": lambda case: case.managed_by,
    "year": lambda case: case.day[:4],
    "sex": lambda case: case.sex,
    "under_40": lambda case: case.under_40,
    "minority": lambda case: yes_or_no(case.ethnicity != "Kinh") if case.ethnicity else "",
}


def appointments(
    connection: Connection,
    when: AsOf,
    since: Day,
    until: Day,
    *,
    place: str = "",
    by: Sequence[str] = ("kind",),
    unit: CountingUnit = "case",
    kinds: Sequence[str] = CASES,
    managed_by: str = "",
) -> Counts:
    """Posts taken up in [since, until), counted by what `by` names; one decision about one person is one case."""
    if wrong := [name for name in by if name not in BY]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(sorted(BY))}")
    found = [
        case
        for case in cases(connection, when, since, until, place)
        if case.kind in kinds and managed_by in ("", case.managed_by)
    ]
    items = [
        Item(
            tuple(BY[name](case) for name in by),
            {"case": case.tenure, "person": case.cadre, "post": case.post},
            link("appointment", case.cadre, case.opened),
            case.decision,
        )
        for case in found
    ]
    expected = [("yes",), ("no",)] if by in (["planned"], ["planned_title"]) else ()
    return counts(
        by,
        sorted(items, key=lambda item: item.key),
        Documents(connection, when),
        when,
        unit=unit,
        allowed=("case", "person", "post"),
        expected=expected,
        since=since,
        until=until,
    )


def cases(connection: Connection, when: AsOf, since: Day, until: Day, place: str = "") -> list[Case]:
    """Everything that somebody took up in [since, until), with the post as it was then."""
    ask = STARTED_BELOW if place else STARTED
    asked = {"since": since, "until": until, "known": when.known_at} | ({"place": place} if place else {})
    found: dict[tuple[str, str], Case] = {}
    for row in ask(connection, **asked):
        if (row[1], row[0]) not in found or row[11] <= row[3]:
            found[row[1], row[0]] = Case(*row[:11])
    people = {case.cadre for case in found.values()}
    entries = defaultdict(list)
    for entry in ENTRIES(connection, ids=list(people), known=when.known_at):
        entries[entry[0]].append(entry)
    known_of = {row[0]: row[1:] for row in PEOPLE(connection, ids=list(people), known=when.known_at)}
    return [_told(case, entries[case.cadre], known_of.get(case.cadre)) for case in found.values()]


def _told(case: Case, entries: Iterable[Any], person: Any) -> Case:
    live = [entry for entry in entries if entry[4] <= case.day <= entry[5]]
    meant = any(
        entry[1] == case.post or (entry[2] and entry[2] == case.code and entry[3] in ("", case.unit))
        for entry in live
    )
    sex, birth, ethnicity = person or ("", "", "")
    return case._replace(planned=bool(live), for_title=meant, sex=sex, birth=birth, ethnicity=ethnicity)
