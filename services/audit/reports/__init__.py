"""What was known when, and by whom it became known."""

from services.audit.reports.as_known import Changed, changes
from services.audit.reports.who_knew import FactOrigin, list_facts_about, overrides

__all__ = ["Changed", "FactOrigin", "changes", "list_facts_about", "overrides"]
