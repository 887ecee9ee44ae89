"""The declaration of the organization service: its topic, its decider and its checks against the read model."""

from services.organization.domain.boundary import boundary
from services.organization.domain.cross_stream import check
from services.organization.domain.decider import organization
from services.organization.domain.dependents import find_stranded
from services.organization.events import topic
from services.organization.reactions import corrected_together
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=organization,
    check=check,
    boundary=boundary,
    reactions=(corrected_together,),
    find_stranded=find_stranded,
)
