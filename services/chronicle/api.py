"""The chronicle over HTTP: questions about any day, as known at any instant."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query

from services.appointment import events as appointment
from services.chronicle.queries import differences, documents, histories, places
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.charts import Box, org_chart
from services.chronicle.queries.differences import Difference
from services.chronicle.queries.histories import TermLine
from services.chronicle.queries.places import Lineage, UnitLine
from services.chronicle.queries.search import Hit, search
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.regulation import events as regulation
from shared.clock import Clock
from shared.dates import VIETNAM, Day, civil_day, known_instant
from shared.facts import Corrected
from shared.http import Json, Problem, shows
from shared.labels import Labelled
from shared.store import Log
from shared.tables import Tables

Text = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000)]

ANSWERS = (
    Answer[Box],
    Answer[UnitLine],
    Answer[TermLine],
    Answer[Difference],
    Answer[Hit],
    Answer[documents.DecisionLine],
    Lineage,
)


def router(tables: Tables, logs: Mapping[str, Log[Any]], clock: Clock) -> APIRouter:
    api = APIRouter(tags=["chronicle"])
    connect = tables.engine.connect

    def when(as_of: Text = "", known_at: Text = "") -> When:
        """Today in Viet Nam, and now, unless asked otherwise."""
        now = clock()
        today = datetime.fromisoformat(now).astimezone(VIETNAM).date().isoformat()
        return When(_day("as_of", as_of or today), _instant(known_at or now))

    Asked = Annotated[When, Depends(when)]  # noqa: N806 - a type, used as one

    def answer(asked: When, items: list[Any], next_: str = "") -> Json:
        return Json(Answer(as_of=asked.as_of, known_at=asked.known_at, items=items, next=next_))

    @api.get("/org-chart", responses=shows(Answer[Box]))
    def chart(asked: Asked, unit: Text, depth: Annotated[int, Query(ge=0, le=32)] = 1) -> Json:
        with connect() as connection:
            boxes = org_chart(connection, unit, asked, depth)
        if not boxes:
            raise Problem(
                404,
                "NotFound",
                "No such unit existed on that day.",
                "Không có đơn vị này vào ngày đó",
                f"{unit} on {asked.as_of}; /units/{unit}/versions tells when it existed",
            )
        return answer(asked, boxes)

    @api.get("/units", responses=shows(Answer[UnitLine]))
    def units(
        asked: Asked,
        parent: Text = "",
        q: Text = "",
        level: Text = "",
        scheme: Text = "",
        cursor: Text = "",
        limit: Limit = 200,
    ) -> Json:
        after = _read_cursor(cursor)
        with connect() as connection:
            lines = places.units(
                connection, asked, parent=parent, q=q, level=level, scheme=scheme, after=after, limit=limit
            )
        more = _cursor(lines[-1].name, lines[-1].unit) if len(lines) == limit else ""
        return answer(asked, lines, more)

    @api.get("/units/{unit}/versions", responses=shows(Answer[UnitLine]))
    def versions(asked: Asked, unit: str) -> Json:
        with connect() as connection:
            return answer(asked, _found(places.versions(connection, unit, asked), unit))

    @api.get("/lineage", responses=shows(Lineage))
    def lineage(asked: Asked, unit: Text) -> Json:
        with connect() as connection:
            return Json(places.lineage(connection, unit, asked))

    @api.get("/holders", responses=shows(Answer[TermLine]))
    def holders(asked: Asked, unit: Text = "", post: Text = "") -> Json:
        if not (unit or post):
            raise Problem(
                422, "BadParameter", "Say of which unit or post.", "Cần nêu đơn vị hoặc chức vụ", field="unit"
            )
        with connect() as connection:
            return answer(asked, histories.holders(connection, asked, unit, post))

    @api.get("/term-history", responses=shows(Answer[TermLine]))
    def term_history(asked: Asked, cadre: Text = "", post: Text = "", unit: Text = "") -> Json:
        given = {"cadre": cadre, "post": post, "unit": unit}
        chosen = [(name, id_) for name, id_ in given.items() if id_]
        if len(chosen) != 1:
            raise Problem(
                422,
                "BadParameter",
                "Give one of cadre, post, unit.",
                "Cần đúng một trong cadre, post, unit",
                field="cadre",
            )
        with connect() as connection:
            return answer(asked, histories.term_history(connection, *chosen[0], asked))

    @api.get("/who-held", responses=shows(Answer[TermLine]))
    def who_held(asked: Asked, title: Text, place: Text, date: Text = "") -> Json:
        on = When(_day("date", date), asked.known_at) if date else asked
        with connect() as connection:
            return answer(on, histories.who_held(connection, title, place, on))

    @api.get("/diff", responses=shows(Answer[Difference]))
    def diff(
        asked: Asked,
        unit: Text,
        from_: Annotated[str, Query(alias="from", max_length=20)],
        to: Annotated[str, Query(max_length=20)],
    ) -> Json:
        before, after = (When(_day(n, day), asked.known_at) for n, day in (("from", from_), ("to", to)))
        with connect() as connection:
            return answer(after, differences.diff(connection, unit, before, after))

    @api.get("/search", responses=shows(Answer[Hit]))
    def find(asked: Asked, q: Text, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
        with connect() as connection:
            return answer(asked, search(connection, q, asked, limit))

    @api.get("/decisions", responses=shows(Answer[documents.DecisionLine]))
    def decisions(asked: Asked, q: Text = "", limit: Limit = 200) -> Json:
        with connect() as connection:
            return answer(asked, documents.register(connection, asked, q=q, limit=limit))

    @api.get("/decisions/{decision}", responses=shows(documents.DecisionLine))
    def decision(asked: Asked, decision: str) -> Json:
        with connect() as connection:
            return Json(_found(documents.register(connection, asked, id_=decision), decision)[0])

    @api.get("/facts/{topic}/{stream}/{event_id}")
    def fact(
        topic: Literal["organization", "personnel", "appointment", "regulation", "evaluation"],
        stream: str,
        event_id: str,
    ) -> Json:
        events = logs[topic].stream(stream)
        target = _found([event for event in events if event.event_id == event_id], event_id)[0]
        corrections = [
            event for event in events if isinstance(event.fact, Corrected) and event.fact.target == event_id
        ]
        return Json({**msgspec.to_builtins(target), "corrections": corrections})

    @api.get("/labels")
    def labels() -> Json:
        return Json(
            {
                name: {each.value: {"vi": each.vi, "en": each.en} for each in kind}
                for module in (organization, personnel, appointment, regulation, evaluation)
                for name, kind in vars(module).items()
                if isinstance(kind, type) and issubclass(kind, Labelled) and kind is not Labelled
            }
        )

    return api


def _found(items: list[Any], what: str) -> list[Any]:
    if not items:
        raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", what)
    return items


def _day(name: str, text: str) -> Day:
    try:
        return civil_day(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a day.", "Ngày không hợp lệ", str(error), field=name
        ) from error


def _instant(text: str) -> Any:
    try:
        return known_instant(text)
    except ValueError as error:
        raise Problem(
            422, "BadDate", "This is not a moment.", "Thời điểm không hợp lệ", str(error), field="known_at"
        ) from error


def _cursor(name: str, id_: str) -> str:
    return urlsafe_b64encode(f"{name}\t{id_}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
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
