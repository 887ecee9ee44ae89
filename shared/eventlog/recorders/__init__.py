"""The eventsourcing library's recorders under our writer: the same few operations on SQLite and on PostgreSQL."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Union

if TYPE_CHECKING:
    from eventsourcing.persistence import ApplicationRecorder

    from shared.eventlog.recorders.pool import ReaderPool

LogAddress: TypeAlias = Union[Path, str, "ReaderPool"]
"""A file, `postgresql://…`, or connections to there that several logs share."""


class WriteConnection(Protocol):
    """The one connection that writes, held while this process is the writer."""

    def select(self, sql: str, values: tuple[Any, ...]) -> list[Any]: ...

    def write(self, answers: list[tuple[Any, ...]], events: list[tuple[Any, ...]], number: int) -> bool:
        """All rows durably, or none: False when an epoch newer than `number` is open, so somebody else writes now."""
        ...

    def open_epoch(self, epoch: str, site: str) -> tuple[int, tuple[Any, ...] | None]:
        """The number of a new epoch, and (position, state, chain) of the last event. Fences off earlier writers."""
        ...

    def close(self) -> None:
        """Whatever was not committed is rolled back."""
        ...


class RelayOffset(Protocol):
    """How far a relay has come. One holder at a time; a later holder fences off the one before."""

    position: int
    incarnation: str

    def advance(self, position: int) -> None:
        """Raises Fenced when somebody else holds it now."""
        ...

    def restart(self, incarnation: str) -> None: ...

    def check(self) -> None:
        """Raises Fenced when somebody else holds it now."""
        ...

    def close(self) -> None: ...


class LogStorage(Protocol):
    """Where one log is kept. SQL is written with `?`; `position` is the name of the column the library numbers by.
    `raw` makes bytes of a column that should hold them, whatever somebody has put there by hand."""

    @property
    def position_column(self) -> str: ...

    @property
    def bytes_format(self) -> str: ...

    @property
    def recorder(self) -> "ApplicationRecorder":
        """The library's recorder over this log, to read with: our own reads are faster (docs/decisions/0015)."""
        ...

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What the engine raises when it cannot serve."""
        ...

    def create(self) -> None: ...

    def select(self, sql: str, values: tuple[Any, ...]) -> list[Any]: ...

    def open_write_connection(self) -> WriteConnection: ...

    def close(self) -> None: ...


def open_log_storage(where: LogAddress, name: str) -> LogStorage:
    """By address: a path is a SQLite file, `postgresql://…` a database in which `name` is the schema."""
    if isinstance(where, Path) or (isinstance(where, str) and not where.startswith("postgresql://")):
        from shared.eventlog.recorders.sqlite import SQLiteLogStorage

        return SQLiteLogStorage(Path(where))
    from shared.eventlog.recorders.pool import ReaderPool
    from shared.eventlog.recorders.postgres import PostgresLogStorage

    return PostgresLogStorage(ReaderPool(where) if isinstance(where, str) else where, name)
