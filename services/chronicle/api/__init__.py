"""The chronicle over HTTP: questions about any day, as known at any instant. One file per group of questions."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

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
from shared.core.clock import Clock
from shared.core.rulebook import Rulebook
from shared.eventlog.event_log import EventLog
from shared.readmodel.row_store import RowStore

_GROUPS = (
    *(units, rotation, planning, appointments, balances, people, evaluation),
    *(rules, contradictions, careers, reports),
)
RESPONSE_TYPES = tuple(kind for group in _GROUPS for kind in group.RESPONSE_TYPES)


def router(
    tables: RowStore, logs: Mapping[str, EventLog[Any]], clock: Clock, book: Rulebook | None = None
) -> APIRouter:
    """The routes, answered from these rows and logs. `book`: the rules that are shipped."""
    api = APIRouter(tags=["chronicle"])
    context = QueryContext(tables, logs, clock, book)
    for group in _GROUPS:
        group.add(api, context)
    return api
