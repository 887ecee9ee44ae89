"""Opening the ledger for a command: the files of this home, or in a cluster its database."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.unfinished_batches import warn_of_unfinished

if TYPE_CHECKING:
    from services.chronicle.queries.common.responses import AsOf
    from shared.runtime.cluster import ClusterLedger
    from shared.runtime.embedded import EmbeddedLedger
    from shared.runtime.ledger import Ledger, SiteLedger


@contextmanager
def ledger_for_writing(
    context: Context, borrow: bool = True, new_rows: bool = False, resumed: str = ""
) -> "Iterator[Ledger]":
    """The ledger to append to. In a cluster the rows follow a moment later. `new_rows`: as for EmbeddedLedger;
    `resumed`: the batch of corrections that is given again, of which it is not said that it was cut short.

    Beside a running server the write lease is borrowed for as long as the command takes; `borrow=False` never does."""
    with _open_for_writing(context, borrow, new_rows, resumed) as ledger:
        yield ledger


@contextmanager
def site_ledger(context: Context) -> "Iterator[SiteLedger]":
    """The same for what exchanges facts with other sites."""
    with _open_for_writing(context) as ledger:
        yield ledger


@contextmanager
def _open_for_writing(
    context: Context, borrow: bool = True, new_rows: bool = False, resumed: str = ""
) -> "Iterator[ClusterLedger | EmbeddedLedger]":
    from shared.runtime.embedded import LedgerLocked
    from shared.runtime.lease_handover import LeaseNotLent, borrow_lease

    with ExitStack() as lease:
        ledger: ClusterLedger | EmbeddedLedger
        try:
            ledger = _open_cluster_ledger(context) or _open_embedded_ledger(context, new_rows)
        except LedgerLocked as error:
            if not borrow:
                fail(str(error))
            try:
                lease.enter_context(borrow_lease(context.settings().home))
                ledger = _open_embedded_ledger(context, new_rows)
            except (LeaseNotLent, LedgerLocked):
                fail(str(error))
        if ledger.projector:  # a process of a cluster has no home
            warn_of_unfinished(context.settings().home, but=resumed)
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


@contextmanager
def ledger_to_inspect(context: Context) -> "Iterator[Ledger]":
    """The ledger as it stands, beside a process that writes too: nothing is written, and its rows are not brought up to
    date, unless another version made them."""
    ledger = _open_cluster_ledger(context) or _open_unchanged(context)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def ledger_beside_writers(context: Context) -> "Iterator[Ledger]":
    """The ledger, only to read for long: its rows are brought up to date first, where nobody else does that, and then
    others can write to it."""
    from services.bootstrap.services import open_embedded_ledger

    with ledger_for_reading(context):
        pass
    ledger = _open_cluster_ledger(context) or open_embedded_ledger(
        context.settings(), context.clock, writes=False
    )
    try:
        yield ledger
    finally:
        ledger.close()


def open_ledger(context: Context, writes: bool) -> "Ledger":
    """The ledger of this home or of the cluster, to be closed by the caller. LedgerLocked where others write to it."""
    cluster = _open_cluster_ledger(context)
    if cluster:
        return cluster
    if writes:
        warn_of_unfinished(context.settings().home)
    return _open_embedded_ledger(context, writes=writes)


def _open_own_ledger(context: Context) -> "Ledger":
    from services.bootstrap.services import open_embedded_ledger
    from shared.core.errors import LogBehindRows
    from shared.database.failures import name_failure
    from shared.runtime.embedded import LedgerLocked, RowsOutdated

    settings = context.settings()
    _check_there_is_a_ledger(context)
    try:
        ledger = _open_embedded_ledger(context)
    except LedgerLocked:
        try:
            return open_embedded_ledger(settings, context.clock, writes=False)
        except RowsOutdated as error:
            fail(str(error), "stop the server that is running and start it again with this version")
    except Exception as error:
        if not _is_unwritable(error):
            raise
        return open_read_only(context)
    try:
        ledger.project_pending()
    except Exception as error:
        if not isinstance(error, LogBehindRows) and not _is_unwritable(error):
            ledger.close()
            raise
        warn("{failure}", failure=name_failure(error))
    return ledger


def _open_unchanged(context: Context) -> "Ledger":
    from services.bootstrap.services import open_embedded_ledger
    from shared.runtime.embedded import RowsOutdated

    _check_there_is_a_ledger(context)
    try:
        return open_embedded_ledger(context.settings(), context.clock, writes=False)
    except RowsOutdated:
        return _open_own_ledger(context)


def _check_there_is_a_ledger(context: Context) -> None:
    settings = context.settings()
    if not settings.database and not any(settings.home.glob("*.db")):
        fail(
            "there is no ledger in {home}",
            "import something first, or name another folder with --home",
            home=settings.home,
        )


def _is_unwritable(error: Exception) -> bool:
    """Whether nothing can be written, and what is there can be read."""
    from shared.core.errors import DiskFull, ReadOnlyStore
    from shared.database.failures import is_failure, name_failure

    return is_failure(error) and isinstance(name_failure(error), (DiskFull, ReadOnlyStore))


def open_read_only(context: Context) -> "EmbeddedLedger":
    """The ledger of a home that may only be read. Says which facts its rows do not have."""
    from shared.runtime.embedded import RowsOutdated

    try:
        ledger = _open_embedded_ledger(context, writes=False)
    except RowsOutdated as error:
        fail(str(error), "open the ledger once where it can be written, so that they are made anew")
    shown = {projection.follows.name for projection in ledger.tables.projections.values()}
    if behind := {topic: count for topic in shown if (count := ledger.behind(topic))}:
        warn(
            "the last facts recorded ({topics}) are not shown yet",
            "open the ledger once where it can be written",
            topics=", ".join(f"{topic}: {count}" for topic, count in sorted(behind.items())),
        )
    return ledger


def _open_embedded_ledger(context: Context, new_rows: bool = False, writes: bool = True) -> "EmbeddedLedger":
    """The ledger in the home. Files that changed while nobody wrote to it are named."""
    from services.bootstrap.services import open_embedded_ledger

    ledger = open_embedded_ledger(
        context.settings(), context.clock, writes, new_rows, corrected_to=context.corrected_to
    )
    if ledger.changed_files:
        warn(
            "since the ledger was last closed, something else has changed {files}",
            "`cadre verify` checks every fact and every row",
            files=", ".join(ledger.changed_files),
        )
    return ledger


def _open_cluster_ledger(context: Context) -> "ClusterLedger | None":
    from shared.operations.settings import SettingsError, from_environment, in_cluster

    if not in_cluster():
        return None
    from services.bootstrap.cluster import open_cluster_ledger

    try:
        return open_cluster_ledger(from_environment(), context.clock)
    except SettingsError as error:
        fail(str(error), error.remedy)


def accept_present_clock(context: Context) -> str:
    """Record that the clock is right now, beside whatever process writes. Returns the instant."""
    from shared.runtime.closed_file import accepted_file

    now = context.clock()
    if cluster := _open_cluster_ledger(context):
        try:
            cluster.timestamps.accept_clock(now)
        finally:
            cluster.close()
        return now
    accepted_file(context.settings().home).write(now)
    return now


def parse_as_of(day: str, known_at: str) -> "AsOf":
    """The day and the known-at instant of a query, before the ledger is open; `as_known` settles the instant."""
    from services.chronicle.queries.common.responses import AsOf
    from shared.core.partial_dates import BY_NOW, civil_day, known_instant

    try:
        return AsOf(civil_day(day), known_instant(known_at) if known_at else BY_NOW)
    except ValueError as error:
        fail(str(error))


def as_known(ledger: "Ledger", context: Context, when: "AsOf", known_at: str) -> "AsOf":
    """The times of a query, known at the instant up to which its answer is final where none is given or the day is not
    over.

    Ends the command where the instant given is in the future."""
    from services.chronicle.queries.common.responses import AsOf
    from shared.core.partial_dates import day_of
    from shared.readmodel.known_at import KnownInFuture, resolve_known_at

    now, watermark = context.clock(), ledger.watermark()
    try:
        return AsOf(when.as_of, resolve_known_at(known_at, watermark, day_of(now)))
    except KnownInFuture as error:
        if error.known_at <= now:  # another process writes, and has recorded nothing since
            return AsOf(when.as_of, watermark)
        fail(
            "what is known at {known_at} is not known yet: answers are final up to {watermark}",
            "leave --known-at out to ask what is known now",
            known_at=error.known_at,
            watermark=error.watermark,
        )
