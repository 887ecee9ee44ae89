"""Corrects evaluations together with the file or the unit that they are about, where a correction asks for it."""

from services.organization.events import topic as organization
from services.personnel.events import topic as personnel
from shared.core.follow_ups import no_follow_ups

corrected_with_files = no_follow_ups("evaluations_by_files", personnel)
corrected_with_units = no_follow_ups("evaluations_by_units", organization)
