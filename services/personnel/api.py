"""Personnel over HTTP: a route for each fact, whose body is the proposed fact.

The national id is looked up by a keyed hash only.
"""

from collections.abc import Callable
from typing import Any

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
from shared.core.normalization import Missing
from shared.http.event_routes import Subject, event_router
from shared.http.route_list import RouteList

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


def router(app: AnyApplication, project_pending: Callable[[], object]) -> RouteList:
    def complete(stream: str, proposed: Any) -> Any:
        """Add the keyed hash of the national id, also to a correction of it. Registering needs a date, `~` at least."""
        if isinstance(proposed, Registered) and not proposed.effective_from.strip():
            raise Missing(
                field="effective_from", write="2025-06-30, 2025-06, 2025, or ~ where nothing is known"
            )
        if isinstance(proposed, Registered | ProfileAmended) and proposed.national_id:
            return replace(proposed, identity=identity(proposed.national_id))
        if isinstance(proposed, Corrected) and "national_id" in proposed.new_values:
            new = proposed.new_values["national_id"]
            known = {"identity": identity(new) if isinstance(new, str) and new else ""}
            return replace(proposed, new_values={**proposed.new_values, **known})
        return proposed

    def identity(national_id: str) -> str:
        return app.log.keys.identity_hasher()(national_id.strip())

    return event_router(app, "personnel", project_pending, complete, SUBJECTS)
