"""Ways to carry facts from the logs to whoever follows them. Services know none of them."""

from collections.abc import Callable
from typing import Any, Protocol

from shared.application import AnyApplication
from shared.store import Log
from shared.tables import Tables

Progress = Callable[[str, int, int], None]


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""


class Ledger(Protocol):
    """All services as one process sees them: everything in it, or a node of a cluster."""

    apps: dict[str, AnyApplication]
    logs: dict[str, Log[Any]]
    tables: Tables

    def settle(self, progress: Progress = quiet) -> int:
        """Bring the rows up to the logs, where that is this process's work."""
        ...

    def catch_up(self) -> None:
        """Returns when all that was said has its rows and its answers."""
        ...

    def fill(self, progress: Progress = quiet) -> None:
        """The rows of what was an empty ledger until now, the short way, where that is this process's work."""
        ...

    def rebuild(self, progress: Progress = quiet) -> dict[str, int]:
        """All rows anew from the logs, where that is this process's work."""
        ...

    def behind(self, topic: str) -> int:
        """Facts of a topic that have no rows yet, as far as this process looks."""
        ...

    def close(self) -> None: ...
