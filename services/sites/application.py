"""The declaration of the service that keeps the registry of sites."""

from services.sites.domain.decider import sites
from services.sites.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=sites)
