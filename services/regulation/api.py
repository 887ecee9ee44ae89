"""Regulation over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.regulation.events import (
    DecisionRegistered,
    DecisionRevoked,
    ProgrammeItemStatusSet,
    RuleEnacted,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "The register of decision documents, the programmes they lay down, and the rules in force."
SUBJECTS = (
    Subject(
        "decision",
        "Id of the decision document.",
        opened_by=(DecisionRegistered,),
        facts=(DecisionRevoked, ProgrammeItemStatusSet),
    ),
    Subject(
        "rule",
        "Id of the rule's stream, which holds all its versions.",
        opened_by=(RuleEnacted,),
        facts=(RuleEnacted,),
    ),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "regulation", project_pending, subjects=SUBJECTS)
