"""Which units and posts are secret, and which single facts of the other services."""

from typing import Any

from services.appointment import events as appointment
from services.chronicle.rows import SecretFactRow, SecretRow
from services.evaluation import events as evaluation
from services.organization.events import OrganizationFact, topic
from services.personnel import events as personnel
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.core.facts import Recorded
from shared.core.projection import AnyProjection, Changes, Projection, Rows


def step(rows: Rows[SecretRow], event: Recorded[OrganizationFact]) -> Changes[SecretRow]:
    """One fact that is SECRET makes its unit or post secret; what it is else, and since when, does not matter."""
    if event.fact.confidentiality != "SECRET" or rows:
        return {}
    return {event.stream: SecretRow(subject=event.stream)}


OPENING = (
    personnel.Registered,
    planning.RoundOpened,
    appointment.ContestOpened,
    regulation.DecisionRegistered,
)
"""Facts that begin a stream: where one is secret, so is all that the stream is about."""


def fact_step(rows: Rows[SecretFactRow], event: Recorded[Any]) -> Changes[SecretFactRow]:
    """A fact that is SECRET, alone or with what it begins."""
    if event.fact.confidentiality != "SECRET":
        return {}
    subject = event.stream if isinstance(event.fact, OPENING) else ""
    return {event.event_id: SecretFactRow(event_id=event.event_id, subject=subject)}


def _secret_facts(of: Any) -> AnyProjection:
    return Projection(
        name=f"secret_facts_{of.topic.name}",
        follows=of.topic,
        row=SecretFactRow,
        step=fact_step,
        indexes=(("event_id",),),
    )


secret_subjects = Projection[OrganizationFact, SecretRow](
    name="secret_subjects",
    follows=topic,
    row=SecretRow,
    step=step,
    indexes=(("subject",),),
)
secret_facts = tuple(map(_secret_facts, (personnel, planning, rotation, appointment, evaluation, regulation)))
