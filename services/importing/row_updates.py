"""Bringing the rows up to what was imported, the short way where there was nothing before."""

from shared.runtime.ledger import Ledger, Progress


def is_empty(ledger: Ledger) -> bool:
    """Whether nothing was recorded yet."""
    return not any(log.position() for log in ledger.logs.values())


def update_rows(ledger: Ledger, was_empty: bool, progress: Progress) -> None:
    """Project what was imported; where the ledger was empty, all rows at once, which is faster, and without
    reactions."""
    if was_empty:
        ledger.fill(progress)
    else:
        ledger.project_pending(progress)
