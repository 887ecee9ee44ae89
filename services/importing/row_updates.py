"""Bringing the rows up to what was imported, the short way where there was nothing before."""

from shared.runtime.ledger import Ledger, Progress


def is_ledger_empty(ledger: Ledger) -> bool:
    return not any(log.position() for log in ledger.logs.values())


def project_imported(ledger: Ledger, was_empty: bool, progress: Progress) -> None:
    """Where this process keeps the rows. In a ledger that was empty, a rebuild is quicker than projecting event by
    event, and no reaction has anything to do."""
    if ledger.projector is None:
        return
    if was_empty:
        ledger.rebuild(progress)
    else:
        ledger.projector.project_pending(progress)
