"""The declaration of the appointment service: its topic, decider, checks against the read model, and reactions."""

from services.appointment.domain.boundary import boundary
from services.appointment.domain.cross_stream import check
from services.appointment.domain.decider import appointment
from services.appointment.domain.dependents import find_stranded
from services.appointment.events import topic
from services.appointment.reactions import (
    ended_with_service,
    ended_with_the_post,
    kept_by_entries,
    kept_by_moves,
    kept_by_posts,
    kept_by_service,
    kept_when_told,
    moved_by_rotation,
)
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=appointment,
    check=check,
    boundary=boundary,
    find_stranded=find_stranded,
    reactions=(
        ended_with_the_post,
        ended_with_service,
        moved_by_rotation,
        kept_by_posts,
        kept_by_service,
        kept_by_moves,
        kept_when_told,
        kept_by_entries,
    ),
)
