"""The chronicle over HTTP: questions about any day, as known at any instant. One file per group of questions."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from services.chronicle.api import (
    appointing,
    balances,
    files,
    grading,
    lives,
    moves,
    planning,
    reporting,
    ruling,
    standing,
)
from services.chronicle.api.asking import Asking
from shared.clock import Clock
from shared.rulebook import Rulebook
from shared.store import Log
from shared.tables import Tables

GROUPS = (standing, moves, planning, appointing, balances, files, grading, ruling, lives, reporting)
ANSWERS = tuple(kind for group in GROUPS for kind in group.ANSWERS)


def router(
    tables: Tables, logs: Mapping[str, Log[Any]], clock: Clock, book: Rulebook | None = None
) -> APIRouter:
    """Over rows and logs that somebody else keeps. `book`: the rules that are shipped."""
    api = APIRouter(tags=["chronicle"])
    asking = Asking(tables, logs, clock, book)
    for group in GROUPS:
        group.add(api, asking)
    return api
