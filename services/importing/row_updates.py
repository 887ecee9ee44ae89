"""Bringing the rows up to what was imported, the short way where there was nothing before."""

from shared.runtime.ledger import Ledger, Progress


def is_empty(ledger: Ledger) -> bool:
    return not any(log.position() for log in ledger.logs.values())


def update_rows(ledger: Ledger, was_empty: bool, progress: Progress) -> None:
    """In a ledger that was empty nobody has anything to answer, and all rows at once are quicker than row by row."""
    if was_empty:
        ledger.fill(progress)
    else:
        ledger.project_pending(progress)
