"""The declaration of the service that keeps what was exchanged with other sites."""

from services.sync.domain.decider import sync
from services.sync.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=sync)
