"""Generates histories of the measured shape as a ledger's own logs. Units and their codes are real, people are not."""

from services.loadgen.generator import GenerationResult, NotEmpty, generate_history
from services.loadgen.sizes import TooSmall, parse_event_count

__all__ = ["GenerationResult", "NotEmpty", "TooSmall", "generate_history", "parse_event_count"]
