"""Questions about facts that cannot all be true."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    QueryContext,
    bad_cursor,
    decode_cursor,
    encode_cursor,
    list_response,
    parse_day,
    query_route,
)
from services.chronicle.api.parameters import ID, Cursor, Limit, OptionalDay, UnitScope, text
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.contradictions.changes import LoggedChanges
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.contradictions.latest import LatestContradictions
from services.chronicle.queries.contradictions.listing import (
    ContradictionLine,
    choose_contradictions,
    leave_out_hidden,
    leave_out_of_scope,
    name_contradictions,
    page_of_contradictions,
)
from shared.http.problems import JsonResponse, Problem
from shared.http.token_classes import current_reader

RESPONSE_TYPES = (Answer[ContradictionLine],)


def add(api: APIRouter, context: QueryContext) -> None:
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one
    latest = LatestContradictions(LoggedChanges(context.logs, context.foreign))

    @query_route(api, "/contradictions", "listContradictions", Answer[ContradictionLine])
    def list_contradictions(
        when: Times,
        kind: Annotated[
            str, text("Only contradictions of this kind. Empty: of every kind.", "TWO_PRIMARY")
        ] = "",
        place: UnitScope = "",
        cadre: Annotated[
            str, text("Id of a cadre: only what concerns that person. Empty: everybody.", ID)
        ] = "",
        post: Annotated[str, text("Id of a post: only what concerns it. Empty: every post.", ID)] = "",
        as_of: Annotated[
            OptionalDay,
            Query(
                description="Only what holds on this day. Left out: what holds on any day.",
                examples=["2025-06-30"],
            ),
        ] = None,
        limit: Limit = 200,
        cursor: Cursor = "",
    ) -> JsonResponse:
        """List facts that cannot all be true. Each line says whom it concerns, since when, by which facts and how it is
        mended; only what no reading of partial dates makes possible is listed."""
        kinds = (parse_kind(kind),) if kind else tuple(ContradictionKind)
        after = decode_cursor(cursor)[1]
        if cursor and after.count("\t") != 2:
            raise bad_cursor()
        with context.tables.engine.connect() as everything:
            among = latest.find(everything, when.known_at)
        reader = current_reader()
        among = leave_out_hidden(among, reader.hidden)
        if reader.scoped is not None:
            among = leave_out_of_scope(among, reader.scoped.ids)
        with context.connect() as connection:
            found = choose_contradictions(
                connection,
                when,
                kinds=kinds,
                on=parse_day("as_of", as_of) if as_of else None,
                place=place,
                cadre=cadre,
                post=post,
                among=among,
            )
            page, following = page_of_contradictions(found, after, limit)
            lines = name_contradictions(connection, when, page)
        return list_response(when, lines, encode_cursor("", following) if following else "")


def parse_kind(text: str) -> ContradictionKind:
    """The kind of this name in any case of letters; else a 422 that lists them."""
    kind = ContradictionKind.__members__.get(text.strip().upper())
    if kind is None:
        raise Problem(
            422,
            "UnknownKind",
            "There is no contradiction of this kind.",
            "Không có loại mâu thuẫn này",
            f"{text[:40]!r}; use one of {', '.join(ContradictionKind.__members__)}",
            field="kind",
        )
    return kind
