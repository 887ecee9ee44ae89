"""Regulation as one thing: what it says, how it judges, what it must know."""

from services.regulation.domain import check, regulation
from services.regulation.events import topic
from shared.application import Service

service = Service(topic=topic, decider=regulation, check=check)
