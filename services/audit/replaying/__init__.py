"""Everything recomputed from the first event on and compared with what stands, by several processes."""

from services.audit.replaying.certifying import certify, program
from services.audit.replaying.comparing import Difference, Replayed
from services.audit.replaying.reading import NotHere, read_archive, read_topics
from services.audit.replaying.running import Replay, replay
from services.audit.replaying.working import Source

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
