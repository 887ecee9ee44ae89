"""What every question over HTTP shares: the two times, lists, cursors, and problems that say what to mend."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import Basis, NotCountable
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.rules.rule_versions import rulebook
from shared.core.clock import Clock
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, VIETNAM, Day, civil_day, day_after, known_instant
from shared.core.rulebook import Rulebook
from shared.core.text import split_list
from shared.eventlog.event_log import EventLog
from shared.http.problems import JsonResponse, Problem
from shared.readmodel.row_store import RowStore

TextParam = Annotated[str, Query(max_length=200)]
LimitParam = Annotated[int, Query(ge=1, le=1000)]
UnitParam = Annotated[
    str, Query(max_length=200, description="Id of a unit: it and all below it. Empty: everywhere.")
]
"""Of a count, where `unit` is what is counted: persons, moves, entries …"""


class DateRange(msgspec.Struct, frozen=True):
    """[since, until): the first day and the first day after."""

    since: Day
    until: Day


def parse_date_range(
    from_: Annotated[str, Query(alias="from", max_length=10, description="First day.")] = "",
    to: Annotated[str, Query(max_length=10, description="Last day, counted too.")] = "",
) -> DateRange:
    """All time unless asked otherwise."""
    last = day_after(parse_day("to", to)) if to else LAST_DAY
    return DateRange(parse_day("from", from_) if from_ else FIRST_DAY, last)


DateRangeParam = Annotated[DateRange, Depends(parse_date_range)]


@contextmanager
def countable_or_422() -> Iterator[None]:
    """A count asked for in a unit or on a basis that does not apply is the caller's mistake; it is told which do."""
    try:
        yield
    except NotCountable as error:
        raise Problem(
            422, "NotCountable", "It is not counted so.", "Không đếm được theo cách này", str(error)
        ) from error


def parse_dimensions(by: str, allowed: Sequence[str]) -> list[str]:
    """What to count by, comma-separated; NotCountable says what else there is."""
    asked = split_list(by)
    if wrong := [name for name in asked if name not in allowed]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(allowed)}")
    return asked


def require_actual_basis(basis: Basis) -> None:
    """For what nobody plans in numbers here."""
    if basis == "plan":
        raise NotCountable("basis=plan does not apply here: no numbers are planned; use basis=actual")


class QueryContext:
    """The rows, the logs, the clock and the rules that questions are answered from."""

    def __init__(
        self, tables: RowStore, logs: Mapping[str, EventLog[Any]], clock: Clock, book: Rulebook | None = None
    ) -> None:
        self.tables, self.logs, self.clock = tables, logs, clock
        self.shipped = book or Rulebook(())

    def book(self, connection: Connection, when: AsOf) -> Rulebook:
        """The rules that are shipped under those enacted here, as known then."""
        return rulebook(connection, when, self.shipped)

    def connect(self) -> Connection:
        return self.tables.engine.connect()

    def when(self, as_of: TextParam = "", known_at: TextParam = "") -> AsOf:
        """Today in Viet Nam, and now, unless asked otherwise."""
        now = self.clock()
        today = datetime.fromisoformat(now).astimezone(VIETNAM).date().isoformat()
        return AsOf(parse_day("as_of", as_of or today), parse_instant(known_at or now))


def respond(asked: AsOf, items: list[Any], next_: str = "") -> JsonResponse:
    return JsonResponse(Answer(as_of=asked.as_of, known_at=asked.known_at, items=items, next=next_))


def found_or_404(items: list[Any], what: str) -> list[Any]:
    if not items:
        raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", what)
    return items


def parse_day(name: str, text: str) -> Day:
    try:
        return civil_day(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a day.", "Ngày không hợp lệ", str(error), field=name
        ) from error


def parse_instant(text: str) -> Any:
    try:
        return known_instant(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a moment.", "Thời điểm không hợp lệ", str(error), field="known_at"
        ) from error


def encode_cursor(name: str, id_: str) -> str:
    return urlsafe_b64encode(f"{name}\t{id_}".encode()).decode()


def decode_cursor(cursor: str) -> tuple[str, str]:
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
