"""Planning over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.planning.events import (
    AddedToPlanning,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "Planning lists: who is planned for which title, and the yearly reviews of each list."
SUBJECTS = (
    Subject(
        "list",
        "Id of the planning list.",
        opened_by=(RoundOpened,),
        facts=(AddedToPlanning, RemovedFromPlanning, ReviewClosed),
    ),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "planning", project_pending, subjects=SUBJECTS)
