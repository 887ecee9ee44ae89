"""Questions about planning: who is planned for what, how many, of which structure, and what changed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    DateRangeParam,
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    respond,
)
from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.planning import entry_queries
from services.chronicle.queries.planning.entries import EntryLine
from services.chronicle.queries.planning.pool_counts import YOUNG, changes, choose
from services.chronicle.queries.planning.pool_counts import pool as counted_pool
from services.chronicle.queries.planning.structure import Structure, structures
from shared.core.text import split_list
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (Answer[EntryLine], Answer[Structure])


def chosen(
    term: TextParam = "",
    title_set: TextParam = "",
    list_: Annotated[TextParam, Query(alias="list")] = "",
    managed_by: TextParam = "",
) -> dict[str, str]:
    """Which lists: of one term, of one title set, one list, or under one managing authority."""
    return {"term": term, "title_set": title_set, "list": list_, "managed_by": managed_by}


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one
    Chosen = Annotated[dict[str, str], Depends(chosen)]  # noqa: N806 - likewise

    @api.get("/planning-pool", responses=response_schema(Counts))
    def planning_pool(
        asked: Asked,
        of: Chosen,
        place: UnitParam = "",
        by: TextParam = "list",
        unit: CountingUnit = "entry",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """Live entries on that day, counted by list, term, source, age band …: `by=term,source`."""
        with connect() as connection, countable_or_422():
            return JsonResponse(
                counted_pool(
                    connection, asked, place=place, by=split_list(by), unit=unit, basis=basis, chosen=of
                )
            )

    @api.get("/planning-changes", responses=response_schema(Counts))
    def planning_changes(
        asked: Asked,
        during: DateRangeParam,
        of: Chosen,
        place: UnitParam = "",
        by: TextParam = "title_set",
        unit: CountingUnit = "entry",
        basis: Basis = "actual",
        review: Annotated[int, Query(ge=0, le=9999)] = 0,
    ) -> JsonResponse:
        """What entered (ADDED) and left (REMOVED) planning lists between two days, or by the review of one year."""
        with connect() as connection, countable_or_422():
            found = changes(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=split_list(by),
                unit=unit,
                basis=basis,
                chosen=of,
                review=review,
            )
        return JsonResponse(found)

    @api.get("/planning-entries", responses=response_schema(Answer[EntryLine]))
    def planning_entries(
        asked: Asked, of: Chosen, place: UnitParam = "", cadre: TextParam = ""
    ) -> JsonResponse:
        """Who is planned for what on that day; of a cadre: every entry there ever was, with how it ended."""
        with connect() as connection:
            found = (
                entry_queries.of_cadre(connection, asked, cadre)
                if cadre
                else entry_queries.live(connection, asked, place)
            )
        return respond(asked, choose(found, of))

    @api.get("/planning-structure", responses=response_schema(Answer[Structure]))
    def planning_structure(
        asked: Asked,
        place: UnitParam = "",
        term: TextParam = "",
        young: Annotated[int, Query(ge=18, le=70, description="Under this age is young.")] = YOUNG,
    ) -> JsonResponse:
        """Of each list on that day: ages, women, young, minority, outsiders, titles without anybody, targets."""
        with connect() as connection:
            return respond(asked, structures(connection, asked, place=place, term=term, young=young))
