"""Reports over HTTP: as data, as text, as a sheet."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.chronicle.api.dependencies import DateRangeParam, QueryContext, query_route
from services.chronicle.api.parameters import RequiredUnitScope
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.reports.cadre_work import Report, cadre_work
from services.chronicle.queries.reports.rendering import as_sheet, as_text
from shared.http.problems import JsonResponse

RESPONSE_TYPES = (Report,)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OTHER_FORMATS = {
    "text/plain": {"schema": {"type": "string"}},
    SHEET: {"schema": {"type": "string", "format": "binary"}},
}


def add(api: APIRouter, context: QueryContext) -> None:
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/reports/cadre-work", "getCadreWorkReport", Report, formats=OTHER_FORMATS)
    def get_cadre_work_report(
        when: Times,
        during: DateRangeParam,
        place: RequiredUnitScope,
        form: Annotated[
            Literal["json", "text", "xlsx"],
            Query(alias="format", description="As data, as text, or as an Excel sheet.", examples=["text"]),
        ] = "json",
        lang: Annotated[
            Literal["vi", "en"],
            Query(description="Language of the text and the sheet: Vietnamese or English.", examples=["en"]),
        ] = "vi",
    ) -> Response:
        """Report the cadre work of a unit between two days. Every number names the question that opens it to its
        facts."""
        with context.connect_for(place) as connection:
            report = cadre_work(connection, when, place, during.since, during.until)
        if form == "text":
            return Response(as_text(report, lang), media_type="text/plain; charset=utf-8")
        if form == "xlsx":
            name = f"cadre-work-{report.since}-{report.as_of}.xlsx"
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(as_sheet(report, lang), media_type=SHEET, headers=headers)
        return JsonResponse(report)
