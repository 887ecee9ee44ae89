"""Questions about units, posts, terms and documents, any fact, and the labels."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query

from services.appointment import events as appointment
from services.chronicle.api.dependencies import (
    LimitParam,
    QueryContext,
    TextParam,
    decode_cursor,
    encode_cursor,
    found_or_404,
    parse_day,
    respond,
)
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.common.search import Hit, search
from services.chronicle.queries.decisions import documents
from services.chronicle.queries.tenures import histories
from services.chronicle.queries.tenures.histories import TermLine
from services.chronicle.queries.units import differences, unit_history
from services.chronicle.queries.units.differences import Difference
from services.chronicle.queries.units.org_chart import UnitNode, org_chart
from services.chronicle.queries.units.unit_history import Lineage, UnitLine
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.core.facts import Corrected
from shared.core.localized_enum import LocalizedEnum
from shared.http.problems import JsonResponse, Problem, response_schema

ANSWERS = (
    Answer[UnitNode],
    Answer[UnitLine],
    Answer[TermLine],
    Answer[Difference],
    Answer[Hit],
    Answer[documents.DecisionLine],
    Lineage,
)


def add(api: APIRouter, asking: QueryContext) -> None:
    connect, logs = asking.connect, asking.logs
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/org-chart", responses=response_schema(Answer[UnitNode]))
    def chart(asked: Asked, unit: TextParam, depth: Annotated[int, Query(ge=0, le=32)] = 1) -> JsonResponse:
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
        return respond(asked, boxes)

    @api.get("/units", responses=response_schema(Answer[UnitLine]))
    def units(
        asked: Asked,
        parent: TextParam = "",
        q: TextParam = "",
        level: TextParam = "",
        scheme: TextParam = "",
        cursor: TextParam = "",
        limit: LimitParam = 200,
    ) -> JsonResponse:
        after = decode_cursor(cursor)
        with connect() as connection:
            lines = unit_history.units(
                connection, asked, parent=parent, q=q, level=level, scheme=scheme, after=after, limit=limit
            )
        more = encode_cursor(lines[-1].name, lines[-1].unit) if len(lines) == limit else ""
        return respond(asked, lines, more)

    @api.get("/units/{unit}/versions", responses=response_schema(Answer[UnitLine]))
    def versions(asked: Asked, unit: str) -> JsonResponse:
        with connect() as connection:
            return respond(asked, found_or_404(unit_history.versions(connection, unit, asked), unit))

    @api.get("/lineage", responses=response_schema(Lineage))
    def lineage(asked: Asked, unit: TextParam) -> JsonResponse:
        with connect() as connection:
            return JsonResponse(unit_history.lineage(connection, unit, asked))

    @api.get("/holders", responses=response_schema(Answer[TermLine]))
    def holders(asked: Asked, unit: TextParam = "", post: TextParam = "") -> JsonResponse:
        if not (unit or post):
            raise Problem(
                422, "BadParameter", "Say of which unit or post.", "Cần nêu đơn vị hoặc chức vụ", field="unit"
            )
        with connect() as connection:
            return respond(asked, histories.holders(connection, asked, unit, post))

    @api.get("/term-history", responses=response_schema(Answer[TermLine]))
    def term_history(
        asked: Asked, cadre: TextParam = "", post: TextParam = "", unit: TextParam = ""
    ) -> JsonResponse:
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
            return respond(asked, histories.term_history(connection, *chosen[0], asked))

    @api.get("/who-held", responses=response_schema(Answer[TermLine]))
    def who_held(asked: Asked, title: TextParam, place: TextParam, date: TextParam = "") -> JsonResponse:
        on = AsOf(parse_day("date", date), asked.known_at) if date else asked
        with connect() as connection:
            return respond(on, histories.who_held(connection, title, place, on))

    @api.get("/diff", responses=response_schema(Answer[Difference]))
    def diff(
        asked: Asked,
        unit: TextParam,
        from_: Annotated[str, Query(alias="from", max_length=20)],
        to: Annotated[str, Query(max_length=20)],
    ) -> JsonResponse:
        before, after = (
            AsOf(parse_day(name, on), asked.known_at) for name, on in (("from", from_), ("to", to))
        )
        with connect() as connection:
            return respond(after, differences.diff(connection, unit, before, after))

    @api.get("/search", responses=response_schema(Answer[Hit]))
    def find(asked: Asked, q: TextParam, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> JsonResponse:
        with connect() as connection:
            return respond(asked, search(connection, q, asked, limit))

    @api.get("/decisions", responses=response_schema(Answer[documents.DecisionLine]))
    def decisions(asked: Asked, q: TextParam = "", limit: LimitParam = 200) -> JsonResponse:
        with connect() as connection:
            return respond(asked, documents.register(connection, asked, q=q, limit=limit))

    @api.get("/decisions/{decision}", responses=response_schema(documents.DecisionLine))
    def decision(asked: Asked, decision: str) -> JsonResponse:
        with connect() as connection:
            return JsonResponse(
                found_or_404(documents.register(connection, asked, id_=decision), decision)[0]
            )

    @api.get("/facts/{topic}/{stream}/{event_id}")
    def fact(topic: str, stream: str, event_id: str) -> JsonResponse:
        events = logs[topic].load_stream(stream) if topic in logs else []
        target = found_or_404([event for event in events if event.event_id == event_id], event_id)[0]
        corrections = [
            event for event in events if isinstance(event.fact, Corrected) and event.fact.target == event_id
        ]
        return JsonResponse({**msgspec.to_builtins(target), "corrections": corrections})

    @api.get("/labels")
    def labels() -> JsonResponse:
        return JsonResponse(
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
                if isinstance(kind, type) and issubclass(kind, LocalizedEnum) and kind is not LocalizedEnum
            }
        )
