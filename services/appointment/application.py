"""Appointment as one thing: what it says, how it judges, what it must know."""

from services.appointment.domain import appointment, check
from services.appointment.events import topic
from shared.application import Service

service = Service(topic=topic, decider=appointment, check=check)
