"""Corrects posts together with the unit that they belong to, where a correction asks for it."""

from services.organization.events import topic
from shared.core.follow_ups import no_follow_ups

corrected_together = no_follow_ups("posts_by_units", topic)
