"""What was known when, and by whom it became known."""

from services.audit.reports.as_known import Changed, changes
from services.audit.reports.who_knew import (
    FactKnown,
    FactOrigin,
    Knowledge,
    describe_knowledge,
    list_facts_about,
    overrides,
)

__all__ = [
    "Changed",
    "FactKnown",
    "FactOrigin",
    "Knowledge",
    "changes",
    "describe_knowledge",
    "list_facts_about",
    "overrides",
]
