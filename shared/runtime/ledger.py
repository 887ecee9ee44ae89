"""Ways to carry facts from the logs to whoever follows them. Services know none of them."""

from collections.abc import Callable
from typing import Any, Protocol

from shared.commands.command_handler import AnyApplication
from shared.eventlog.event_log import EventLog
from shared.readmodel.row_store import RowStore

Progress = Callable[[str, int, int], None]


def no_progress(what: str, done: int, total: int) -> None:
    """Nobody watches."""


class Ledger(Protocol):
    """All services as one process sees them: everything in it, or a node of a cluster."""

    apps: dict[str, AnyApplication]
    logs: dict[str, EventLog[Any]]
    tables: RowStore

    def project_pending(self, progress: Progress = no_progress) -> int:
        """Bring the rows up to the logs, where that is this process's work."""
        ...

    def wait_until_idle(self) -> None:
        """Returns when all that was said has its rows and its answers."""
        ...

    def fill(self, progress: Progress = no_progress) -> None:
        """The rows of what was an empty ledger until now, the short way, where that is this process's work."""
        ...

    def rebuild(self, progress: Progress = no_progress) -> dict[str, int]:
        """All rows anew from the logs, where that is this process's work."""
        ...

    def behind(self, topic: str) -> int:
        """Facts of a topic that have no rows yet, as far as this process looks."""
        ...

    def close(self) -> None: ...
