"""Recomputes everything from the first event and compares it with what is stored, in several processes."""

from services.audit.replay.certificate import certify, program
from services.audit.replay.comparison import Difference, Replayed
from services.audit.replay.runner import Replay, replay
from services.audit.replay.sources import NotHere, read_archive, read_topics
from services.audit.replay.worker import Source

__all__ = [
    "Difference",
    "NotHere",
    "Replay",
    "Replayed",
    "Source",
    "certify",
    "program",
    "read_archive",
    "read_topics",
    "replay",
]
