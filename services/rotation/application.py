"""Rotation as one thing: what it says, how it judges, what it must know, what it answers."""

from services.rotation.domain import rotation
from services.rotation.domain.elsewhere import check
from services.rotation.events import topic
from services.rotation.reactions import post_lost, service_left
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=rotation, check=check, reactions=(post_lost, service_left))
