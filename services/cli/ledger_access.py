"""Opening the ledger for a command: the files of this home, or in a cluster its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.cli.context import Context
from services.cli.errors import fail, warn

if TYPE_CHECKING:
    from services.chronicle.queries.common.responses import AsOf
    from shared.runtime.embedded import EmbeddedLedger
    from shared.runtime.ledger import Ledger


@contextmanager
def ledger_for_writing(context: Context, new_rows: bool = False) -> "Iterator[Ledger]":
    """The ledger to append to. In a cluster the rows follow a moment later. `new_rows`: as for EmbeddedLedger."""
    from shared.runtime.embedded import LedgerLocked

    try:
        ledger = _open_cluster_ledger(context) or _open_embedded_ledger(context, new_rows)
    except LedgerLocked as error:
        fail(str(error))
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def ledger_for_reading(context: Context) -> "Iterator[Ledger]":
    """The ledger with its rows up to date where nobody else updates them; beside a running server only read."""
    ledger = _open_cluster_ledger(context) or _open_own_ledger(context)
    try:
        yield ledger
    finally:
        ledger.close()


def _open_own_ledger(context: Context) -> "Ledger":
    from services.bootstrap.services import open_embedded_ledger
    from shared.core.errors import LogBehindRows
    from shared.runtime.embedded import LedgerLocked

    settings = context.settings()
    if not settings.database and not (settings.home / "organization.db").exists():
        fail(
            "there is no ledger in {home}",
            "import something first, or name another folder with --home",
            home=settings.home,
        )
    try:
        ledger = _open_embedded_ledger(context)
        try:
            ledger.project_pending()
        except LogBehindRows as error:
            warn("{failure}", failure=error)
    except LedgerLocked:
        ledger = open_embedded_ledger(settings, context.clock, writes=False)
    return ledger


def _open_embedded_ledger(context: Context, new_rows: bool = False) -> "EmbeddedLedger":
    """The ledger in the home, to write to. Files that changed while nobody wrote to it are named."""
    from services.bootstrap.services import open_embedded_ledger

    ledger = open_embedded_ledger(context.settings(), context.clock, new_rows=new_rows)
    if ledger.changed_files:
        warn(
            "since the ledger was last closed, something else has changed {files}",
            "`cadre verify` checks every fact and every row",
            files=", ".join(ledger.changed_files),
        )
    return ledger


def _open_cluster_ledger(context: Context) -> "Ledger | None":
    from shared.operations.settings import SettingsError, from_environment, in_cluster

    if not in_cluster():
        return None
    from services.bootstrap.cluster import open_cluster_ledger

    try:
        return open_cluster_ledger(from_environment(), context.clock)
    except SettingsError as error:
        fail(str(error), error.remedy)


def parse_as_of(day: str, known_at: str) -> "AsOf":
    """The day and the known-at instant of a query; an empty instant means everything known by now."""
    from services.chronicle.queries.common.responses import AsOf
    from shared.core.partial_dates import BY_NOW, civil_day, known_instant

    try:
        return AsOf(civil_day(day), known_instant(known_at) if known_at else BY_NOW)
    except ValueError as error:
        fail(str(error))
