"""Errors that any caller of the event log may meet."""


class Conflict(Exception):
    """The stream is at another version than the caller expected: somebody wrote to it first."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} is at version {version}")
        self.stream, self.version = stream, version


class AppendConditionFailed(Conflict):
    """A fact that the decision depends on was recorded in another stream after what the decision has seen."""


class ReadModelBehind(Exception):
    """The rows did not come to include recorded facts in the time that a request waits for them."""

    def __init__(self, topic: str, position: int) -> None:
        super().__init__(f"the rows do not include {topic} up to position {position} yet")
        self.topic, self.position = topic, position


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


class ClockJumped(Exception):
    """The wall clock went ahead by more than it can have, so nothing is recorded by it until somebody says that it is
    right."""

    def __init__(self, now: str, latest: str) -> None:
        super().__init__(
            f"the clock says {now}, and it was {latest} when it was last seen; set the clock right, "
            f"or, if it is right, run `{ACCEPT_CLOCK}`"
        )
        self.now, self.latest = now, latest


class SiteClosed(Exception):
    """The site is closed: it records nothing any more, and its custodian answers for its logs."""

    def __init__(self, site: str, custodian: str) -> None:
        super().__init__(f"{site} is closed: {custodian} keeps its logs and decides what it decided")
        self.site, self.custodian = site, custodian


ACCEPT_CLOCK = "cadre clock accept"
"""The command that says that the clock is right."""
