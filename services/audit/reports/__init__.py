"""What was known when, and by whom it became known."""

from services.audit.reports.as_known import Changed, changes
from services.audit.reports.who_knew import Told, overrides, told

__all__ = ["Changed", "Told", "changes", "overrides", "told"]
