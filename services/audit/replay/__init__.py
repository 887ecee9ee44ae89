"""Recomputes everything from the first event and compares it with what is stored, in several processes."""

from services.audit.replay.certificate import certify, describe_program
from services.audit.replay.comparison import ReplayDifference, ReplayResult
from services.audit.replay.runner import ReplayRequest, ReplayUnderWay, run_replay
from services.audit.replay.sources import IncompleteSource, read_archive, read_topics
from services.audit.replay.worker import ReplaySource

__all__ = [
    "IncompleteSource",
    "ReplayDifference",
    "ReplayRequest",
    "ReplayResult",
    "ReplaySource",
    "ReplayUnderWay",
    "certify",
    "describe_program",
    "read_archive",
    "read_topics",
    "run_replay",
]
