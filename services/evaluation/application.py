"""The declaration of the evaluation service: its topic, its decider and its checks against the read model."""

from services.evaluation.domain.cross_stream import check
from services.evaluation.domain.decider import evaluation
from services.evaluation.events import topic
from services.evaluation.reactions import corrected_with_files, corrected_with_units
from shared.commands.command_handler import Service

service = Service(
    topic=topic,
    decider=evaluation,
    check=check,
    reactions=(corrected_with_files, corrected_with_units),
)
