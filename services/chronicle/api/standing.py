"""Questions about units, posts, terms and documents, any fact, and the labels."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query

from services.appointment import events as appointment
from services.chronicle.api.asking import (
    Asking,
    Limit,
    Text,
    answer,
    cursor_of,
    day,
    found,
    read_cursor,
)
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
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.facts import Corrected
from shared.http import Json, Problem, shows
from shared.labels import Labelled

ANSWERS = (
    Answer[Box],
    Answer[UnitLine],
    Answer[TermLine],
    Answer[Difference],
    Answer[Hit],
    Answer[documents.DecisionLine],
    Lineage,
)


def add(api: APIRouter, asking: Asking) -> None:
    connect, logs = asking.connect, asking.logs
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

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
        after = read_cursor(cursor)
        with connect() as connection:
            lines = places.units(
                connection, asked, parent=parent, q=q, level=level, scheme=scheme, after=after, limit=limit
            )
        more = cursor_of(lines[-1].name, lines[-1].unit) if len(lines) == limit else ""
        return answer(asked, lines, more)

    @api.get("/units/{unit}/versions", responses=shows(Answer[UnitLine]))
    def versions(asked: Asked, unit: str) -> Json:
        with connect() as connection:
            return answer(asked, found(places.versions(connection, unit, asked), unit))

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
        on = When(day("date", date), asked.known_at) if date else asked
        with connect() as connection:
            return answer(on, histories.who_held(connection, title, place, on))

    @api.get("/diff", responses=shows(Answer[Difference]))
    def diff(
        asked: Asked,
        unit: Text,
        from_: Annotated[str, Query(alias="from", max_length=20)],
        to: Annotated[str, Query(max_length=20)],
    ) -> Json:
        before, after = (When(day(name, on), asked.known_at) for name, on in (("from", from_), ("to", to)))
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
            return Json(found(documents.register(connection, asked, id_=decision), decision)[0])

    @api.get("/facts/{topic}/{stream}/{event_id}")
    def fact(topic: str, stream: str, event_id: str) -> Json:
        events = logs[topic].stream(stream) if topic in logs else []
        target = found([event for event in events if event.event_id == event_id], event_id)[0]
        corrections = [
            event for event in events if isinstance(event.fact, Corrected) and event.fact.target == event_id
        ]
        return Json({**msgspec.to_builtins(target), "corrections": corrections})

    @api.get("/labels")
    def labels() -> Json:
        return Json(
            {
                name: {each.value: {"vi": each.vi, "en": each.en} for each in kind}
                for module in (
                    organization,
                    personnel,
                    planning,
                    rotation,
                    appointment,
                    regulation,
                    evaluation,
                )
                for name, kind in vars(module).items()
                if isinstance(kind, type) and issubclass(kind, Labelled) and kind is not Labelled
            }
        )
