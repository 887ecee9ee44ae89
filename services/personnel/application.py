"""The declaration of the personnel service: its topic, its decider and its checks against the read model."""

from services.personnel.domain.boundary import boundary
from services.personnel.domain.cross_stream import check
from services.personnel.domain.decider import personnel
from services.personnel.domain.dependents import find_stranded
from services.personnel.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=personnel, check=check, boundary=boundary, find_stranded=find_stranded)
