"""What was known when, and by whom it became known."""

from services.audit.reports.as_known import Changed, changes
from services.audit.reports.who_knew import ConsumedEvent, overrides, told

__all__ = ["Changed", "ConsumedEvent", "changes", "overrides", "told"]
