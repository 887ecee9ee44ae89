"""The declaration of the identity service: its facts stay at this installation."""

from services.identity.domain.decider import identity
from services.identity.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=identity, local=True)
