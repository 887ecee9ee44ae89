"""The composition root: the one place where all services are named and put together."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from services.appointment.application import service as appointment
from services.audit.application import service as audit
from services.chronicle.projections import PROJECTIONS
from services.evaluation.application import service as evaluation
from services.organization.application import service as organization
from services.personnel.application import service as personnel
from services.planning.application import service as planning
from services.regulation.application import judged
from services.regulation.application import service as regulation
from services.rotation.application import service as rotation
from shared.commands.command_handler import AnyService
from shared.core.clock import Clock, system_clock
from shared.runtime.embedded import EmbeddedLedger

if TYPE_CHECKING:
    from shared.operations.settings import Settings

_SERVICES: dict[str, AnyService] = {
    "regulation": regulation,
    "organization": organization,
    "personnel": personnel,
    "planning": planning,
    "rotation": rotation,
    "appointment": appointment,
    "evaluation": evaluation,
    "audit": audit,
}
ABOUT_PEOPLE = ("personnel", "planning", "rotation", "appointment", "evaluation")
SERVICES: dict[str, AnyService] = {
    name: replace(service, findings=judged) if name in ABOUT_PEOPLE else service
    for name, service in _SERVICES.items()
}
"""In the order in which facts are made possible: documents, units and posts, cadres, their plans, moves, tenures,
grades, what audits found. What is said about people is judged by the rules."""


def embedded(settings: "Settings", clock: Clock = system_clock, writes: bool = True) -> EmbeddedLedger:
    """Every service in this process, over the files in `settings.home`."""
    return EmbeddedLedger(
        SERVICES, PROJECTIONS, Path(settings.home), settings.site, clock, writes, settings.database
    )
