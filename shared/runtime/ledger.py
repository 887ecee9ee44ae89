"""What every ledger offers, whether all services run in one process or in a cluster."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from shared.commands.command_handler import AnyApplication
from shared.commands.read_model_progress import ReadModelProgress
from shared.core.errors import SiteClosed
from shared.core.partial_dates import Instant
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import ForeignEvents
from shared.eventlog.key_store import KeyStore
from shared.readmodel.row_store import RowStore

if TYPE_CHECKING:
    from shared.operations.integrity_check import AcknowledgedCommand, IntegrityReport

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def no_progress(what: str, done: int, total: int) -> None:
    """Show nothing."""


class Projector(Protocol):
    """Brings the rows up to the logs, in the process that appends."""

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Project new events and run reactions until nothing is new. Returns the number of events projected."""
        ...

    def project_recorded(self, progress: Progress = no_progress) -> int:
        """The same for what was recorded here: what came from other sites may still wait for its rows."""
        ...


class Ledger(Protocol):
    """All services as one process sees them: everything in it, or one process of a cluster."""

    apps: dict[str, AnyApplication]
    logs: dict[str, EventLog[Any]]
    tables: RowStore
    keys: KeyStore
    foreign: ForeignEvents
    """The events of other sites that count at this one."""

    @property
    def projector(self) -> Projector | None:
        """What keeps the rows in this process; None where the workers of a cluster do."""
        ...

    @property
    def progress(self) -> ReadModelProgress:
        """How far the rows are behind the logs, and how to wait for them."""
        ...

    def wait_until_idle(self) -> None:
        """Return when everything recorded has its rows and its reactions."""
        ...

    def skip_reactions(self) -> None:
        """Mark everything recorded until now as reacted to."""
        ...

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """Replace all rows by new ones from the logs. Returns the number of rows by projection."""
        ...

    def behind(self, topic: str) -> int:
        """Events of a topic that have no rows yet."""
        ...

    def check_stores(self, topics: Collection[str]) -> None:
        """Raise StoreUnavailable, as the kind that it is, where facts of these topics cannot be recorded now, or rows
        stand on facts that a log does not have."""
        ...

    def check_integrity(self, acknowledged: Sequence["AcknowledgedCommand"] = ()) -> "IntegrityReport":
        """Compare logs, rows and what was sent to others; every acknowledged command must be recorded."""
        ...

    def watermark(self) -> Instant:
        """The latest instant as of which answers are final: all that was recorded at or before it has rows, and nothing
        more will be."""
        ...

    def logs_ahead(self, topics: Sequence[str] | None = None) -> dict[str, Instant]:
        """Those of these logs, or of all, that are ahead of the clock, and when their last event was recorded."""
        ...

    def close(self) -> None: ...


class SiteLedger(Ledger, Protocol):
    """A ledger that takes in facts of other sites. `is_shared`: other processes write to its stores as well."""

    is_shared: bool

    def read_positions(self) -> tuple[int, ...]:
        """What changes with the positions of all logs."""
        ...

    def close_timestamp(self) -> Instant:
        """An instant up to which the own logs are complete, whatever of it has rows."""
        ...

    def close_site(self, closed: SiteClosed | None, admitted: tuple[type[Any], ...] = ()) -> None:
        """Refuse what a closed site does not record, which are all facts but the admitted; None: record again. What
        was begun before is recorded or refused when this returns."""
        ...

    def import_alone(self) -> AbstractContextManager[None]:
        """Nobody else imports meanwhile."""
        ...

    def count_foreign_events(self) -> AbstractContextManager[Instant]:
        """Inside, the store of events of other sites is told which come to count, or cease to. Gives an instant after
        all that were final before."""
        ...

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Make the rows of what is new, where this process does that."""
        ...

    def project_recorded(self) -> int:
        """The same for what was recorded here only."""
        ...

    def project_slice(self) -> int:
        """Make some of the rows of what came from other sites, where this process does that, and let others have theirs
        first. Returns of how many streams; 0: none is left."""
        ...

    def has_foreign_rows(self) -> bool:
        """Whether all that counts of other sites has its rows."""
        ...
