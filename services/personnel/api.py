"""Personnel over HTTP: a route for each fact, whose body is the proposed fact.

The national id is looked up by a keyed hash only.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from msgspec.structs import replace

from services.personnel.events import (
    Disciplined,
    KinshipDeclared,
    ProfileAmended,
    RecordsMerged,
    Registered,
    ServiceEnded,
    ServiceResumed,
    Trained,
)
from shared.commands.command_handler import AnyApplication
from shared.core.facts import Corrected
from shared.http.event_routes import Subject, event_router

ABOUT = "Files of cadres: who they are, their family, training, discipline, and the end of service."
SUBJECTS = (
    Subject(
        "cadre",
        "Id of the cadre.",
        opened_by=(Registered,),
        facts=(
            ProfileAmended,
            KinshipDeclared,
            RecordsMerged,
            Trained,
            Disciplined,
            ServiceEnded,
            ServiceResumed,
        ),
    ),
)


def router(app: AnyApplication, project_pending: Callable[[], object]) -> APIRouter:
    def complete(stream: str, told: Any) -> Any:
        """With the hash of the national id beside it, whichever way it is told."""
        if isinstance(told, Registered | ProfileAmended) and told.national_id:
            return replace(told, identity=identity(told.national_id))
        if isinstance(told, Corrected) and "national_id" in told.new_values:
            new = told.new_values["national_id"]
            known = {"identity": identity(new) if isinstance(new, str) and new else ""}
            return replace(told, new_values={**told.new_values, **known})
        return told

    def identity(national_id: str) -> str:
        return app.log.keys.digest(national_id.strip())

    return event_router(app, "personnel", project_pending, complete, SUBJECTS)
