"""The declaration of the rotation service: its topic, decider, checks against the read model, and reactions."""

from services.rotation.domain.cross_stream import check
from services.rotation.domain.decider import rotation
from services.rotation.events import topic
from services.rotation.reactions import (
    kept_by_entries,
    kept_by_posts,
    kept_by_service,
    kept_by_tenures,
    kept_when_told,
    post_lost,
    service_left,
)
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=rotation,
    check=check,
    reactions=(
        post_lost,
        service_left,
        kept_by_posts,
        kept_by_service,
        kept_when_told,
        kept_by_tenures,
        kept_by_entries,
    ),
)
