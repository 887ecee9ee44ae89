"""Organization over HTTP: a route for each fact, whose body is the proposed fact."""

from collections.abc import Callable

from services.organization.events import (
    OversightSet,
    PostAbolished,
    PostCreated,
    PostRevised,
    QuotaSet,
    ReorganisationApproved,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.commands.command_handler import AnyApplication
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

ABOUT = "Units and posts: how the organisation is built, reorganised and staffed by number."
SUBJECTS = (
    Subject(
        "unit",
        "Id of the unit.",
        opened_by=(UnitEstablished,),
        facts=(UnitRenamed, UnitReparented, UnitReclassified, UnitDissolved, OversightSet, QuotaSet),
    ),
    Subject("post", "Id of the post.", opened_by=(PostCreated,), facts=(PostRevised, PostAbolished)),
    Subject(
        "reorganisation",
        "Id of the reorganisation.",
        opened_by=(ReorganisationApproved, ReorganisationExecuted),
        facts=(ReorganisationApproved, ReorganisationExecuted),
    ),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    return event_router(app, "organization", project_pending, subjects=SUBJECTS)
