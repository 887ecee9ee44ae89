"""What every question over HTTP shares: the two times, lists, cursors, and problems that say what to mend."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query
from sqlalchemy import Connection

from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.counts import Basis, NotCountable
from services.chronicle.queries.rulings import rulebook
from shared.clock import Clock
from shared.dates import FIRST_DAY, LAST_DAY, VIETNAM, Day, civil_day, day_after, known_instant
from shared.http import Json, Problem
from shared.rulebook import Rulebook
from shared.store import Log
from shared.tables import Tables
from shared.text import listed

Text = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Place = Annotated[
    str, Query(max_length=200, description="Id of a unit: it and all below it. Empty: everywhere.")
]
"""Of a count, where `unit` is what is counted: persons, moves, entries …"""


class Period(msgspec.Struct, frozen=True):
    """[since, until): the first day and the first day after."""

    since: Day
    until: Day


def period(
    from_: Annotated[str, Query(alias="from", max_length=10, description="First day.")] = "",
    to: Annotated[str, Query(max_length=10, description="Last day, counted too.")] = "",
) -> Period:
    """All time unless asked otherwise."""
    last = day_after(day("to", to)) if to else LAST_DAY
    return Period(day("from", from_) if from_ else FIRST_DAY, last)


During = Annotated[Period, Depends(period)]


@contextmanager
def countable() -> Iterator[None]:
    """A count asked for in a unit or on a basis that does not apply is the caller's mistake; it is told which do."""
    try:
        yield
    except NotCountable as error:
        raise Problem(
            422, "NotCountable", "It is not counted so.", "Không đếm được theo cách này", str(error)
        ) from error


def names(by: str, allowed: Sequence[str]) -> list[str]:
    """What to count by, comma-separated; NotCountable says what else there is."""
    asked = listed(by)
    if wrong := [name for name in asked if name not in allowed]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(allowed)}")
    return asked


def only_done(basis: Basis) -> None:
    """For what nobody plans in numbers here."""
    if basis == "plan":
        raise NotCountable("basis=plan does not apply here: no numbers are planned; use basis=actual")


class Asking:
    """The rows, the logs, the clock and the rules that questions are answered from."""

    def __init__(
        self, tables: Tables, logs: Mapping[str, Log[Any]], clock: Clock, book: Rulebook | None = None
    ) -> None:
        self.tables, self.logs, self.clock = tables, logs, clock
        self.shipped = book or Rulebook(())

    def book(self, connection: Connection, when: When) -> Rulebook:
        """The rules that are shipped under those enacted here, as known then."""
        return rulebook(connection, when, self.shipped)

    def connect(self) -> Connection:
        return self.tables.engine.connect()

    def when(self, as_of: Text = "", known_at: Text = "") -> When:
        """Today in Viet Nam, and now, unless asked otherwise."""
        now = self.clock()
        today = datetime.fromisoformat(now).astimezone(VIETNAM).date().isoformat()
        return When(day("as_of", as_of or today), instant(known_at or now))


def answer(asked: When, items: list[Any], next_: str = "") -> Json:
    return Json(Answer(as_of=asked.as_of, known_at=asked.known_at, items=items, next=next_))


def found(items: list[Any], what: str) -> list[Any]:
    if not items:
        raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", what)
    return items


def day(name: str, text: str) -> Day:
    try:
        return civil_day(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a day.", "Ngày không hợp lệ", str(error), field=name
        ) from error


def instant(text: str) -> Any:
    try:
        return known_instant(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a moment.", "Thời điểm không hợp lệ", str(error), field="known_at"
        ) from error


def cursor_of(name: str, id_: str) -> str:
    return urlsafe_b64encode(f"{name}\t{id_}".encode()).decode()


def read_cursor(cursor: str) -> tuple[str, str]:
    if not cursor:
        return ("", "")
    try:
        name, tab, id_ = b64decode(cursor, altchars=b"-_", validate=True).decode().partition("\t")
        if not tab:
            raise ValueError(cursor)
    except ValueError as error:
        raise Problem(
            422,
            "BadCursor",
            "Use the cursor of the page before.",
            "Con trỏ trang không hợp lệ",
            field="cursor",
        ) from error
    return name, id_
