"""Reports over HTTP: as data, as text, as a sheet."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.chronicle.api.dependencies import DateRangeParam, QueryContext, UnitParam
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.reports.cadre_work import Report, cadre_work
from services.chronicle.queries.reports.rendering import as_sheet, as_text
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (Report,)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/reports/cadre-work", responses=response_schema(Report))
    def report(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam,
        form: Annotated[Literal["json", "text", "xlsx"], Query(alias="format")] = "json",
        lang: Literal["vi", "en"] = "vi",
    ) -> Response:
        """The cadre work of a unit between two days. Every number names the question that opens it to its facts."""
        with connect() as connection:
            found = cadre_work(connection, asked, place, during.since, during.until)
        if form == "text":
            return Response(as_text(found, lang), media_type="text/plain; charset=utf-8")
        if form == "xlsx":
            name = f"cadre-work-{found.since}-{found.as_of}.xlsx"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(as_sheet(found, lang), media_type=SHEET, headers=headers)
        return JsonResponse(found)
