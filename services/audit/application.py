"""The audit service: its topic and its rules."""

from services.audit.domain import audit
from services.audit.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=audit)
