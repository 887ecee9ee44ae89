"""Failures that any caller of the event log may meet."""


class Conflict(Exception):
    """Someone else wrote to this stream first."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.stream, self.version = stream, version


class KeyReused(Exception):
    """The same idempotency key came with another command."""


class StoreUnavailable(Exception):
    """The store is away. What was to be written is stored whole or not at all; the same key again tells which."""


class Fenced(Exception):
    """Another process has taken over."""
