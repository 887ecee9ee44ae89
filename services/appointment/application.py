"""Appointment as one thing: what it says, how it judges, what it must know, what it answers."""

from services.appointment.domain import appointment
from services.appointment.domain.elsewhere import check
from services.appointment.events import topic
from services.appointment.reactions import ended_with_service, ended_with_the_post, moved_by_rotation
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=appointment,
    check=check,
    reactions=(ended_with_the_post, ended_with_service, moved_by_rotation),
)
