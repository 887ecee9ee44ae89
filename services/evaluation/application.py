"""Evaluation as one thing: what it says, how it judges, what it must know."""

from services.evaluation.domain import check, evaluation
from services.evaluation.events import topic
from shared.commands.command_handler import Service

service = Service(topic=topic, decider=evaluation, check=check)
