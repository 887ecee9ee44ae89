"""Rotation over HTTP: a proposed fact is the request's body."""

from collections.abc import Callable

from fastapi import APIRouter

from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import event_router


def router(app: AnyApplication, project_pending: Callable[[], object]) -> APIRouter:
    return event_router(app, "rotation", project_pending)
