"""Questions about planning: who is planned for what, how many, of which structure, and what changed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.asking import Asking, During, Place, Text, answer, countable
from services.chronicle.queries import pool
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.entries import EntryLine
from services.chronicle.queries.planned import YOUNG, changes, choose
from services.chronicle.queries.planned import pool as counted_pool
from services.chronicle.queries.structure import Structure, structures
from shared.http import Json, shows
from shared.text import listed

ANSWERS = (Answer[EntryLine], Answer[Structure])


def chosen(
    term: Text = "",
    title_set: Text = "",
    list_: Annotated[Text, Query(alias="list")] = "",
    managed_by: Text = "",
) -> dict[str, str]:
    """Which lists: of one term, of one title set, one list, or under one managing authority."""
    return {"term": term, "title_set": title_set, "list": list_, "managed_by": managed_by}


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one
    Chosen = Annotated[dict[str, str], Depends(chosen)]  # noqa: N806 - likewise

    @api.get("/planning-pool", responses=shows(Counts))
    def planning_pool(
        asked: Asked,
        of: Chosen,
        place: Place = "",
        by: Text = "list",
        unit: CountingUnit = "entry",
        basis: Basis = "actual",
    ) -> Json:
        """Live entries on that day, counted by list, term, source, age band …: `by=term,source`."""
        with connect() as connection, countable():
            return Json(
                counted_pool(connection, asked, place=place, by=listed(by), unit=unit, basis=basis, chosen=of)
            )

    @api.get("/planning-changes", responses=shows(Counts))
    def planning_changes(
        asked: Asked,
        during: During,
        of: Chosen,
        place: Place = "",
        by: Text = "title_set",
        unit: CountingUnit = "entry",
        basis: Basis = "actual",
        review: Annotated[int, Query(ge=0, le=9999)] = 0,
    ) -> Json:
        """What entered (ADDED) and left (REMOVED) planning lists between two days, or by the review of one year."""
        with connect() as connection, countable():
            found = changes(
                connection,
                asked,
                during.since,
                during.until,
                place=place,
                by=listed(by),
                unit=unit,
                basis=basis,
                chosen=of,
                review=review,
            )
        return Json(found)

    @api.get("/planning-entries", responses=shows(Answer[EntryLine]))
    def planning_entries(asked: Asked, of: Chosen, place: Place = "", cadre: Text = "") -> Json:
        """Who is planned for what on that day; of a cadre: every entry there ever was, with how it ended."""
        with connect() as connection:
            found = pool.of_cadre(connection, asked, cadre) if cadre else pool.live(connection, asked, place)
        return answer(asked, choose(found, of))

    @api.get("/planning-structure", responses=shows(Answer[Structure]))
    def planning_structure(
        asked: Asked,
        place: Place = "",
        term: Text = "",
        young: Annotated[int, Query(ge=18, le=70, description="Under this age is young.")] = YOUNG,
    ) -> Json:
        """Of each list on that day: ages, women, young, minority, outsiders, titles without anybody, targets."""
        with connect() as connection:
            return answer(asked, structures(connection, asked, place=place, term=term, young=young))
