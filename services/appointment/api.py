"""Appointment over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.appointment.events import (
    Appointed,
    ContestConcluded,
    ContestOpened,
    Designated,
    Elected,
    Nominated,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "Who holds which post: appointments, elections, designations, their ends, and contests for posts."
SUBJECTS = (
    Subject(
        "cadre",
        "Id of the cadre, as personnel gave it.",
        facts=(Appointed, Elected, Designated, Reappointed, Nominated, Suspended, Reinstated, TenureEnded),
    ),
    Subject("contest", "Id of the contest.", opened_by=(ContestOpened,), facts=(ContestConcluded,)),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "appointment", project_pending, subjects=SUBJECTS)
