"""The declaration of the planning service: its topic, decider, checks against the read model, and reactions."""

from services.planning.domain.boundary import boundary
from services.planning.domain.cross_stream import check
from services.planning.domain.decider import planning
from services.planning.domain.dependents import find_stranded
from services.planning.events import topic
from services.planning.reactions import (
    kept_by_posts,
    kept_by_service,
    kept_by_tenures,
    kept_when_told,
    service_left,
    title_lost,
    title_reached,
)
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=planning,
    check=check,
    boundary=boundary,
    find_stranded=find_stranded,
    reactions=(
        title_reached,
        title_lost,
        service_left,
        kept_by_posts,
        kept_by_service,
        kept_by_tenures,
        kept_when_told,
    ),
)
