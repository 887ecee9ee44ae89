"""What every question over HTTP shares: its documentation, the two times, lists, cursors, and problems."""

import inspect
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Connection

from services.chronicle.api.masked_tables import Limits, bring_scope, mask_tables
from services.chronicle.api.parameters import OptionalDay, ShortOptionalDay
from services.chronicle.api.views import chosen_view, explain_unseen
from services.chronicle.queries.common.counts import (
    Basis,
    FactPage,
    NotCountable,
    decode_fact_cursor,
)
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.rules.rule_versions import rulebook
from shared.contract.cloudevents import decode_envelope
from shared.core.clock import Clock
from shared.core.partial_dates import (
    FIRST_DAY,
    LAST_DAY,
    Day,
    Instant,
    civil_day,
    day_after,
    day_of,
)
from shared.core.rulebook import Rulebook
from shared.core.text import split_list
from shared.database.sql import TABLE_VIEWS, TableViews
from shared.eventlog.commit_timestamps import NEVER
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.eventlog.union import UnionReader
from shared.http.positions import SeenPositions, parse_positions
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.token_classes import TokenClass, current_reader
from shared.readmodel.known_at import KnownInFuture, resolve_known_at
from shared.readmodel.row_store import RowStore
from shared.runtime.site_views import HERE, SiteAlone, SiteViews

LARGE_QUESTIONS = 2
"""How many questions about everything are answered at once."""
MAX_FIRST = 2**31 - 1
"""The highest place in a list that a cursor may name."""
WAIT_SECONDS = 2.0
"""How long a question waits for the rows of what was recorded by its `known_at`."""
Line = TypeVar("Line")
Function = TypeVar("Function", bound=Callable[..., Response])


def query_route(
    api: APIRouter,
    path: str,
    operation: str,
    response: object,
    *,
    missing: str = "",
    refused: Sequence[int] = (422, 503),
    formats: Mapping[str, object] | None = None,
) -> Callable[[Function], Function]:
    """Add a GET whose operation is documented by its function's docstring: the first sentence is its summary.

    `response`: the type of its body. `missing`: what a 404 means, where there is one. `refused`: the other
    statuses of problems that occur. `formats`: media types besides JSON, with their schemas.
    """
    responses: dict[int | str, dict[str, Any]] = {
        **response_schema(response),
        **{status: {} for status in refused},
    }
    responses[200]["description"] = "The answer."
    responses[200]["content"] |= formats or {}
    if missing:
        responses[404] = {"description": missing}

    def add(function: Function) -> Function:
        description = inspect.getdoc(function) or ""
        summary = " ".join(description.split()).partition(". ")[0].removesuffix(".")
        return api.get(
            path,
            operation_id=operation,
            summary=summary,
            description=description,
            responses=responses,
        )(function)

    return add


class DateRange(msgspec.Struct, frozen=True):
    """[since, until): the first day and the first day after."""

    since: Day
    until: Day


def parse_period(
    from_: Annotated[
        ShortOptionalDay,
        Query(alias="from", description="First day. Left out: since ever.", examples=["2024-01-01"]),
    ] = None,
    to: Annotated[
        ShortOptionalDay,
        Query(description="Last day, counted too. Left out: for ever.", examples=["2024-12-31"]),
    ] = None,
) -> DateRange:
    """The days of `from` and `to`; all time where they are left out."""
    last = day_after(parse_day("to", to)) if to else LAST_DAY
    return DateRange(parse_day("from", from_) if from_ else FIRST_DAY, last)


DateRangeParam = Annotated[DateRange, Depends(parse_period)]


@contextmanager
def report_uncountable() -> Iterator[None]:
    """Turn NotCountable into a 422 that names the counting units and bases that apply."""
    try:
        yield
    except NotCountable as error:
        raise Problem(
            422, "NotCountable", "It is not counted so.", "Không đếm được theo cách này", str(error)
        ) from error


def parse_fact_page(
    limit: Annotated[
        int,
        Query(ge=1, le=1000, description="At most so many of the facts behind the figures.", examples=[100]),
    ] = 1000,
    cursor: Annotated[
        str,
        Query(
            max_length=2000,
            description="`next` of the answer before, asked with the same two times: the facts after those. "
            "The figures are always complete.",
            examples=["W1siUk9VVEUiXSwxMDAwXQ=="],
        ),
    ] = "",
) -> FactPage:
    """The facts that an answer with figures shows; a 422 for what is no cursor."""
    try:
        return decode_fact_cursor(cursor, limit)
    except (ValueError, msgspec.MsgspecError) as error:
        raise bad_cursor() from error


FactPageParam = Annotated[FactPage, Depends(parse_fact_page)]


def parse_names(by: str, allowed: Sequence[str]) -> list[str]:
    """What to count by, comma-separated; NotCountable says what else there is."""
    names = split_list(by)
    if wrong := [name for name in names if name not in allowed]:
        raise NotCountable(f"by={','.join(wrong)} does not apply here; use {', '.join(allowed)}")
    return names


def require_actual(basis: Basis) -> None:
    """Raise NotCountable for `basis=plan`: for counts that no plan has numbers of."""
    if basis == "plan":
        raise NotCountable("basis=plan does not apply here: no numbers are planned; use basis=actual")


class QueryContext:
    """What the routes read from: the rows, the logs, the clock and the rules."""

    def __init__(
        self,
        tables: RowStore,
        logs: Mapping[str, EventLog[Any]],
        clock: Clock,
        watermark: Callable[[], Instant],
        book: Rulebook | None = None,
        foreign: ForeignEvents = NO_FOREIGN_EVENTS,
        views: SiteViews | None = None,
    ) -> None:
        self.tables, self.logs, self.clock, self.watermark = tables, logs, clock, watermark
        self.views: SiteViews = views or SiteAlone(tables, "")
        self.foreign = foreign
        self.unions = {topic: UnionReader(log, foreign) for topic, log in logs.items()}
        self.shipped = book or Rulebook(())
        self._about_everything = BoundedSemaphore(LARGE_QUESTIONS)
        self._views: dict[Limits, TableViews] = {}

    def book(self, connection: Connection, when: AsOf) -> Rulebook:
        """The rules that are shipped under those enacted here, as known then."""
        return rulebook(connection, when, self.shipped)

    def connect(self) -> Connection:
        """A connection that reads the rows as the token of the request may see them."""
        reader = current_reader()
        if reader.sees_all:
            return self._connect_view()
        # what is hidden is read first: nobody may hold one connection of the pool and wait for another
        hidden, scoped = reader.hidden, reader.scoped
        connection = self._connect_view()
        if scoped is not None:
            bring_scope(connection, scoped.ids)
        limits = Limits(
            is_masked=not reader.token_class.sees_personal,
            secret=hidden,
            is_sensitive_masked=not reader.sees_sensitive,
            is_public=reader.token_class is TokenClass.PUBLIC,
            database="" if scoped is None else connection.dialect.name,
        )
        return connection.execution_options(**{TABLE_VIEWS: self._views_within(limits)})

    def _views_within(self, limits: Limits) -> TableViews:
        """The rows within these limits; those of an earlier request where nothing is secret."""
        if limits.secret:
            return mask_tables(self.tables, limits)
        return self._views.get(limits) or self._views.setdefault(limits, mask_tables(self.tables, limits))

    def _connect_view(self) -> Connection:
        """A connection to the rows of the view that the request asks for."""
        choice = chosen_view()
        if choice == HERE:
            return self.tables.engine.connect()
        with explain_unseen():
            return self.views.connect(choice)

    @contextmanager
    def connect_for(self, place: str) -> Iterator[Connection]:
        """A connection for a question about a unit; without one it is about everything, and waits for others like it:
        so many answers at once would need as many times the memory, and be no sooner ready."""
        with nullcontext() if place else self._about_everything, self.connect() as connection:
            yield connection

    def when(
        self,
        request: Request,
        as_of: Annotated[
            OptionalDay,
            Query(
                description="The day that the question is about. Left out: today in Viet Nam.",
                examples=["2025-06-30"],
            ),
        ] = None,
        known_at: Annotated[
            str | None,
            Query(
                max_length=200,
                description="Only what was recorded by then: a moment, or a day in Viet Nam taken to its end. "
                "Left out, or the day that is not over: everything known now. Later than that is refused.",
                examples=["2025-06-30T17:00:00Z"],
            ),
        ] = None,
        cadre_position: SeenPositions = "",
    ) -> AsOf:
        """The two times of a question; where they are left out those of the page before, today in Viet Nam and now."""
        today = day_of(self.clock())
        before = _times_of_cursor(request)
        as_of, known_at = as_of or before[0], known_at or before[1]
        seen = NEVER if known_at else self._recorded_at(parse_positions(cadre_position))
        when = AsOf(parse_day("as_of", as_of or today), self._known_at(known_at or "", today, seen))
        request.state.when = when  # what is said about sites beside the answer is of the same times
        return when

    def _recorded_at(self, positions: Mapping[str, int]) -> Instant:
        """When the latest of the events at these positions was recorded."""
        events = [self.logs[topic].read_stored(position - 1, 1) for topic, position in positions.items()]
        return Instant(
            max([decode_envelope(state).recorded_at for (*_, state), *_ in filter(None, events)], default="")
        )

    def _known_at(self, text: str, today: Day, seen: Instant) -> Instant:
        """The instant that the parameter means, and not before what the caller has `seen` where it is left out; a 422
        for one that is later than the watermark, a 503 for one that is past and has not all its rows yet."""
        deadline = monotonic() + WAIT_SECONDS
        while True:
            try:
                known_at = resolve_known_at(text, watermark := self.watermark(), today)
                if known_at < seen:
                    raise KnownInFuture(seen, watermark)
                return known_at
            except ValueError as error:
                raise _no_moment(error) from error
            except KnownInFuture as error:
                is_past = error.known_at <= self.clock() or error.known_at == seen
                if is_past and monotonic() < deadline:
                    sleep(0.05)
                    continue
                raise _too_late(error, is_past) from error


def list_response(when: AsOf, items: list[Line], next_: str = "") -> JsonResponse:
    """A list with the two times of the question."""
    return JsonResponse(Answer(as_of=when.as_of, known_at=when.known_at, items=items, next=next_))


class ListPage(msgspec.Struct, frozen=True):
    """At most `limit` lines from the `first`-th on; a cursor holds for the two `times` of the page before."""

    limit: int
    first: int = 0
    times: tuple[str, str] | None = None

    def respond(self, when: AsOf, items: Sequence[Line]) -> JsonResponse:
        """This page of a list, with the cursor of the next where there is one."""
        return self.respond_part(when, items[self.first : self.first + self.limit + 1])

    def respond_part(self, when: AsOf, part: Sequence[Line]) -> JsonResponse:
        """Likewise, of the lines from the `first`-th on, with one more than `limit` where there is one."""
        return list_response(when, *self.cut(when, part))

    def cut(self, when: AsOf, part: Sequence[Line]) -> tuple[list[Line], str]:
        """The lines of this page, and the cursor of the next."""
        times = (str(when.as_of), str(when.known_at))
        if self.times is not None and self.times != times:
            problem = bad_cursor()
            problem.body["detail"] = f"Ask with as_of={self.times[0]} and known_at={self.times[1]}."
            raise problem
        more = len(part) > self.limit
        text = msgspec.json.encode((self.first + self.limit, *times)) if more else b""
        return list(part[: self.limit]), urlsafe_b64encode(text).decode()


def parse_list_page(
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many.", examples=[100])] = 1000,
    cursor: Annotated[
        str,
        Query(
            max_length=200,
            description="`next` of the page before. Its two times hold where none are given. Empty: the first page.",
            examples=["WzEwMDAsIjIwMjUtMDYtMzAiLCIyMDI1LTA2LTMwVDE3OjAwOjAwWiJd"],
        ),
    ] = "",
) -> ListPage:
    """The part of a list that is asked for; a 422 for what is no cursor."""
    if not cursor:
        return ListPage(limit)
    try:
        first, *times = _decode_list_cursor(cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise bad_cursor() from error
    if not 0 <= first <= MAX_FIRST:
        raise bad_cursor()
    return ListPage(limit, first, (times[0], times[1]))


def _decode_list_cursor(cursor: str) -> tuple[int, str, str]:
    """The place in the list, and the two times of the page before."""
    text = b64decode(cursor, altchars=b"-_", validate=True)
    return msgspec.json.decode(text, type=tuple[int, str, str])


def _times_of_cursor(request: Request) -> tuple[str, str]:
    """The two times of the page before where a request brings its cursor; empty texts where it does not."""
    try:
        _, *times = _decode_list_cursor(request.query_params.get("cursor", ""))
    except (ValueError, msgspec.MsgspecError):
        return "", ""  # another kind of cursor, or none: whoever reads it says so
    return times[0], times[1]


ListPageParam = Annotated[ListPage, Depends(parse_list_page)]


def require_found(items: list[Line], id_: str) -> list[Line]:
    """The items, or a 404 where there are none."""
    if not items:
        raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", id_)
    return items


def parse_day(name: str, text: str) -> Day:
    """A whole day; else a 422 that names the parameter."""
    try:
        return civil_day(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a day.", "Ngày không hợp lệ", str(error), field=name
        ) from error


def _no_moment(error: ValueError) -> Problem:
    return Problem(
        422, "BadDate", "This is not a moment.", "Thời điểm không hợp lệ", str(error), field="known_at"
    )


def _too_late(error: KnownInFuture, is_past: bool) -> Problem:
    """Later than the watermark: in the future, or past while the rows are not there yet."""
    if is_past:
        return Problem(
            503,
            "ReadModelBehind",
            "Not everything recorded by then can be shown yet; try again.",
            "Chưa hiện được hết những gì đã ghi đến lúc đó, hãy thử lại",
            str(error),
            watermark=error.watermark,
        )
    return Problem(
        422,
        "KnownInFuture",
        "What is known then is not known yet.",
        "Chưa thể biết điều gì sẽ được ghi nhận đến lúc đó",
        str(error),
        field="known_at",
        watermark=error.watermark,
    )


def encode_cursor(name: str, id_: str) -> str:
    """The cursor of the page that begins after this name and id."""
    return urlsafe_b64encode(msgspec.json.encode((name, id_))).decode()


def decode_cursor(cursor: str) -> tuple[str, str]:
    """The name and id that a page begins after; empty texts for the first page, a 422 for what is no cursor."""
    if not cursor:
        return ("", "")
    try:
        name, id_ = msgspec.json.decode(
            b64decode(cursor, altchars=b"-_", validate=True), type=tuple[str, str]
        )
    except (ValueError, msgspec.DecodeError) as error:
        raise bad_cursor() from error
    return name, id_


def bad_cursor() -> Problem:
    return Problem(
        422, "BadCursor", "Use the cursor of the page before.", "Con trỏ trang không hợp lệ", field="cursor"
    )
