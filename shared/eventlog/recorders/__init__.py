"""Storage of a log, on SQLite or PostgreSQL, through the recorders of the eventsourcing library."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Union

if TYPE_CHECKING:
    from eventsourcing.persistence import ApplicationRecorder

    from shared.eventlog.recorders.pool import ReaderPool

LogAddress: TypeAlias = Union[Path, str, "ReaderPool"]
"""A file, `postgresql://…`, or a pool of connections that several logs share."""

LogEnd: TypeAlias = tuple[int, bytes | None]
"""Position and chain hash of the last event; 0 and None where there is none."""
EMPTY: LogEnd = (0, None)


class WriteConnection(Protocol):
    """The database connection of the process that writes a log."""

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]: ...

    def write(
        self,
        commands: list[tuple[object, ...]],
        events: list[tuple[object, ...]],
        number: int,
        end: LogEnd,
        first: str = "",
        admitted: bool = True,
    ) -> bool:
        """Store all rows durably, or none: False when an epoch newer than `number` is open, so another process writes
        now, when the log does not end with `end`, or when another process has closed `first`, the instant of the first
        event, or the site, which then records only what is `admitted`."""
        ...

    def open_epoch(self, epoch: str, site: str) -> tuple[int, tuple[Any, ...] | None]:
        """The number of a new epoch, and (position, state, chain) of the last event. Fences off earlier writers."""
        ...

    def close(self) -> None:
        """Roll back whatever was not committed."""
        ...


class RelayOffset(Protocol):
    """The position up to which a relay has copied a log to Kafka; one process holds it at a time and fences off the one
    before."""

    position: int
    incarnation: str

    def advance(self, position: int) -> None:
        """Raises Fenced when another process holds it now."""
        ...

    def restart(self, incarnation: str) -> None:
        """Begin again at 0, for a topic with this new id."""
        ...

    def check(self) -> None:
        """Raises Fenced when another process holds it now."""
        ...

    def close(self) -> None: ...


class LogStorage(Protocol):
    """The database tables of one log, with the same few operations on SQLite and on PostgreSQL.

    SQL is written with `?`. `position_column` is the column that numbers events. `bytes_format` formats a column
    so that it yields bytes, whatever was written to it by hand.
    """

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
        """What the database driver raises when it cannot serve."""
        ...

    def create(self) -> None: ...

    def select(self, sql: str, values: tuple[object, ...]) -> list[Any]: ...

    def open_write_connection(self) -> WriteConnection: ...

    def close(self) -> None: ...


def open_log_storage(where: LogAddress, name: str, closed_table: str = "") -> LogStorage:
    """The storage at an address: a path is a SQLite file, `postgresql://…` a database in which `name` is the schema.

    `closed_table` of the database has the instant at or before which nothing may be stored any more, and whether the
    site is closed."""
    if isinstance(where, Path) or (isinstance(where, str) and not where.startswith("postgresql://")):
        from shared.eventlog.recorders.sqlite import SQLiteLogStorage

        return SQLiteLogStorage(Path(where))
    from shared.eventlog.recorders.pool import ReaderPool
    from shared.eventlog.recorders.postgres import PostgresLogStorage

    return PostgresLogStorage(ReaderPool(where) if isinstance(where, str) else where, name, closed_table)
