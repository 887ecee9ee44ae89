"""Audit as one thing: what it says, how it judges."""

from services.audit.domain import audit
from services.audit.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=audit)
