"""Of which view an answer is, and what is said in it about other sites: in one place for all questions."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, Literal, get_args

import msgspec
from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy import Connection

from services.chronicle.queries.common.counts import CountingUnit
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.units.subjects import list_units_below
from shared.core.text import split_list
from shared.http.problems import Problem
from shared.http.token_classes import current_reader
from shared.runtime.site_views import (
    HERE,
    CannotSee,
    SiteViews,
    View,
    ViewChoice,
    describe_sites,
)

_CHOICE: ContextVar[ViewChoice] = ContextVar("view", default=HERE)
_KEYED_BY_ID = frozenset({"findNames", "listLabels"})
"""Answers whose fields are ids: nothing is said beside them."""


def chosen_view() -> ViewChoice:
    """The view that the request asks for."""
    return _CHOICE.get()


async def choose_view(
    view: Annotated[
        Literal["here", "recorded"],
        Query(
            description="When facts were known: here, when this site had them; recorded, when their own site "
            "recorded them, which is equal at all sites with the same facts.",
            examples=["here"],
        ),
    ] = "here",
    seen_by: Annotated[
        str,
        Query(
            max_length=40,
            description="Id of a site at or below this one: as it was known there. Empty: here.",
            examples=["px"],
        ),
    ] = "",
    site: Annotated[
        str,
        Query(
            max_length=2000,
            description="Only facts that these sites recorded, by id, with commas between. Empty: all.",
            examples=["px,py"],
        ),
    ] = "",
) -> None:
    """Remember the view for the request. A 422 where two are asked for at once."""
    if seen_by and view != "here":
        raise Problem(
            422,
            "TwoViews",
            "view=recorded and seen_by exclude each other.",
            "Chỉ chọn một trong hai: view=recorded hoặc seen_by",
            field="seen_by",
        )
    _CHOICE.set(ViewChoice(View(view), seen_by, tuple(sorted(set(split_list(site))))))


@contextmanager
def explain_unseen() -> Iterator[None]:
    """Turn CannotSee into a 422 that names the sites for which this one can answer."""
    try:
        yield
    except CannotSee as error:
        unknown = error.rule == "UnknownSite"
        raise Problem(
            422,
            error.rule,
            "No such site belongs to the tree."
            if unknown
            else "This site does not know what that one knew when.",
            "Không có điểm này trong cây" if unknown else "Điểm này không biết điểm kia đã biết gì lúc nào",
            str(error),
            field="site" if error.site in chosen_view().sites else "seen_by",
            sites=error.sites,
        ) from error


def say_sites(views: SiteViews, connect: Callable[[], Connection]) -> type[APIRoute]:
    """The class of routes whose answers say, beside their own fields, what `describe_sites` and `describe_scope`
    give."""

    class SaysSites(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()
            keyed = self.operation_id in _KEYED_BY_ID

            async def answer_with_sites(request: Request) -> Response:
                response = await answer(request)
                when = getattr(request.state, "when", None)
                if keyed or when is None or not _is_object(response):
                    return response
                return await run_in_threadpool(_add, request, response, when)

            return answer_with_sites

    def _add(request: Request, response: Response, when: AsOf) -> Response:
        beside = describe_scope()
        if not views.is_alone():
            units = None
            if place := _place(request):
                with connect() as connection:
                    units = list_units_below(connection, place, when)
            beside |= describe_sites(views, chosen_view(), when.known_at, units)
        if not beside:
            return response
        said = msgspec.json.encode(beside)
        body = bytes(response.body)
        response.body = body[:-1] + (b"," if len(body) > 2 else b"") + said[1:]
        response.headers["content-length"] = str(len(response.body))
        return response

    return SaysSites


def describe_scope() -> dict[str, Any]:
    """What is said beside an answer that knows of a part of the tree only: which one; of one that is given in an
    emergency: until when. Nothing else where it is the whole."""
    reader = current_reader()
    scope = reader.scope
    if scope is None:
        return {"emergency_until": reader.emergency_until} if reader.emergency_until else {}
    said = {"within": sorted(scope.units)}
    return said | ({"within_managed_by": sorted(scope.managed_by)} if scope.managed_by else {})


def _is_object(response: Response) -> bool:
    return (
        response.status_code == 200
        and response.media_type == "application/json"
        and bytes(response.body).startswith(b"{")
    )


def _place(request: Request) -> str:
    """The unit that a question is about; empty: none."""
    given = request.query_params
    unit = given.get("unit", "")
    place = request.path_params.get("unit") or given.get("place") or given.get("below") or ""
    return place or ("" if unit in get_args(CountingUnit) else unit)
