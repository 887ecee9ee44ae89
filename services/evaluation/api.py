"""Evaluation over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.evaluation.events import (
    ConfidenceVoted,
    DeepReviewClosed,
    DeepReviewOrdered,
    Evaluated,
    Remedied,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "Grades of cadres and collectives, deep reviews, and confidence votes."
SUBJECTS = (
    Subject(
        "subject",
        "Id of the cadre, or of the collective: a unit.",
        facts=(Evaluated, DeepReviewOrdered, DeepReviewClosed, Remedied, ConfidenceVoted),
    ),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "evaluation", project_pending, subjects=SUBJECTS)
