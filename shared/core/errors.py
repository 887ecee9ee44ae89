"""Errors that any caller of the event log may meet."""


class Conflict(Exception):
    """The stream is at another version than the caller expected: somebody wrote to it first."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.stream, self.version = stream, version


class KeyReused(Exception):
    """An idempotency key was used before, with another command."""


class StoreUnavailable(Exception):
    """The database cannot be reached. A write that raised this is stored whole or not at all; repeating it with its
    idempotency key is safe."""


class DiskFull(StoreUnavailable):
    """Nothing more can be written: the disk is full, or a quota or a limit is reached. Nothing is half-written."""


class ReadOnlyStore(StoreUnavailable):
    """The files or the database may only be read."""


class DamagedStore(StoreUnavailable):
    """A file does not hold what was written to it. The text names the file and, where it can, the event."""


class LogBehindRows(StoreUnavailable):
    """Rows were made from facts that their log does not have: the log was rolled back, cut off or replaced."""


class Fenced(Exception):
    """Another process has become the writer, so this one may not write any more."""
