"""Organization as one thing: what it says, how it judges, what it must know."""

from services.organization.domain import check, organization
from services.organization.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=organization, check=check)
