"""Rotation over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.rotation.events import (
    PlanApproved,
    Rotated,
    RotationEnded,
    Transferred,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "Rotations, transfers and secondments of cadres, and the plans they come from."
SUBJECTS = (
    Subject("cadre", "Id of the cadre, as personnel gave it.", facts=(Rotated, Transferred, RotationEnded)),
    Subject("plan", "Id of the rotation plan.", opened_by=(PlanApproved,), facts=(PlanApproved,)),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "rotation", project_pending, subjects=SUBJECTS)
