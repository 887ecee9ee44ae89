"""Everything recomputed from the first event on and compared with what stands, by several processes."""

from services.audit.replaying.certifying import certify, program
from services.audit.replaying.comparing import Difference, Replayed
from services.audit.replaying.running import Replay, replay

__all__ = ["Difference", "Replay", "Replayed", "certify", "program", "replay"]
