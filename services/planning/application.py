"""Planning as one thing: what it says, how it judges, what it must know, what it answers."""

from services.planning.domain import check, planning
from services.planning.events import topic
from services.planning.reactions import service_left, title_lost, title_reached
from shared.commands.command_handler import Service

service = Service(
    topic=topic, decider=planning, check=check, reactions=(title_reached, title_lost, service_left)
)
