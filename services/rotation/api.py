"""Rotation over HTTP: a proposed fact is the request's body."""

from collections.abc import Callable

from fastapi import APIRouter

from shared.application import AnyApplication
from shared.proposals import facts_router


def router(app: AnyApplication, settle: Callable[[], object]) -> APIRouter:
    return facts_router(app, "rotation", settle)
