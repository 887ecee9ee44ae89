"""Histories of the real shape, written as a ledger's own logs. Units and their codes are real, people are not."""

from services.intake.generating.making import Made, NotEmpty, generate
from services.intake.generating.sizes import TooSmall, events_of

__all__ = ["Made", "NotEmpty", "TooSmall", "events_of", "generate"]
