"""Personnel as one thing: what it says, how it judges, what it must know."""

from services.personnel.domain import check, personnel
from services.personnel.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=personnel, check=check)
