"""Generates histories of the measured shape as a ledger's own logs. Units and their codes are real, people are not."""

from services.loadgen.generator import Made, NotEmpty, generate
from services.loadgen.sizes import TooSmall, events_of

__all__ = ["Made", "NotEmpty", "TooSmall", "events_of", "generate"]
