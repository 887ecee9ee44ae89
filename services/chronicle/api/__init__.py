"""The chronicle over HTTP: questions about any day, as known at any instant. One file per group of questions."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from fastapi import Depends

from services.chronicle.api import (
    appointments,
    balances,
    careers,
    contradictions,
    evaluation,
    people,
    planning,
    reports,
    rotation,
    rules,
    units,
)
from services.chronicle.api.dependencies import QueryContext
from services.chronicle.api.scoped_ids import ScopedIdFinder
from services.chronicle.api.views import choose_view, say_sites
from services.chronicle.queries.units.concerned import find_known_ids
from services.chronicle.queries.units.secret_units import find_secret_ids
from shared.core.clock import Clock
from shared.core.partial_dates import Instant
from shared.core.rulebook import Rulebook
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.http.route_list import RouteList
from shared.http.scope import Scope, ScopedIds
from shared.http.token_classes import SecretIds
from shared.readmodel.row_store import RowStore
from shared.runtime.site_views import SiteViews

_GROUPS = (
    *(units, rotation, planning, appointments, balances, people, evaluation),
    *(rules, contradictions, careers, reports),
)
RESPONSE_TYPES = tuple(kind for group in _GROUPS for kind in group.RESPONSE_TYPES)


def secret_ids(tables: RowStore) -> Callable[[], SecretIds]:
    """A function that reads the ids of everything that is secret now."""

    def read() -> SecretIds:
        with tables.engine.connect() as connection:
            return find_secret_ids(connection)

    return read


def scoped_ids(tables: RowStore, clock: Clock) -> Callable[[Scope], ScopedIds]:
    """A function that reads the ids of what is in a scope now."""
    return ScopedIdFinder(tables, clock)


def known_ids(tables: RowStore) -> Callable[[Collection[str]], frozenset[str]]:
    """A function that finds those of some texts that are ids of something here, whoever may open it."""

    def find(texts: Collection[str]) -> frozenset[str]:
        with tables.engine.connect() as connection:
            return find_known_ids(connection, texts)

    return find


def router(
    tables: RowStore,
    logs: Mapping[str, EventLog[Any]],
    clock: Clock,
    watermark: Callable[[], Instant],
    book: Rulebook | None = None,
    foreign: ForeignEvents = NO_FOREIGN_EVENTS,
    views: SiteViews | None = None,
) -> RouteList:
    """The routes, answered from these rows, logs and events of other sites. `watermark` reads the latest instant as of
    which answers are final, `book` has the rules that are shipped, `views` the answers as other sites knew them."""
    context = QueryContext(tables, logs, clock, watermark, book, foreign, views)
    api = RouteList(
        tags=["chronicle"],
        dependencies=[Depends(choose_view)],
        route_class=say_sites(context.views, context.connect),
    )
    for group in _GROUPS:
        group.add(api, context)
    return api
