"""Reports over HTTP: as data, as text, as a sheet."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.chronicle.api.asking import Asking, During, Place
from services.chronicle.queries.answers import When
from services.chronicle.queries.report import Report, cadre_work
from services.chronicle.queries.report_text import as_sheet, as_text
from shared.http import Json, shows

ANSWERS = (Report,)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/reports/cadre-work", responses=shows(Report))
    def report(
        asked: Asked,
        during: During,
        place: Place,
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
        return Json(found)
