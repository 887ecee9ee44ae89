"""Clocks of processes that a test puts forward and back while they run."""

import mmap
import struct
from pathlib import Path
from time import time_ns

from shared.core import clock
from tests.sync.chaos.networks import enter_namespace

_FORMAT = "<q"
_READS = "time_ns"
"""What the module of clocks reads."""


class ShiftedClock:
    """How far the clock of a site is ahead, in seconds, in a file that its processes look at each time they read the
    clock. Time that passes is not changed."""

    def __init__(self, file: Path) -> None:
        self.file, self._seconds = file, 0.0
        self.put(0.0)

    @property
    def seconds(self) -> float:
        return self._seconds

    def put(self, seconds: float) -> None:
        self._seconds = seconds
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack(_FORMAT, round(seconds * 1e9)))


def place_process(namespace: str, clock_file: str) -> None:
    """Put this process where a site is, before it does anything: into its network, and under its clock. The clock is
    put in the only module that reads the one of the system."""
    if namespace:
        enter_namespace(namespace)
    with Path(clock_file).open("rb") as file:
        shift = mmap.mmap(file.fileno(), struct.calcsize(_FORMAT), access=mmap.ACCESS_READ)

    def shifted() -> int:
        return time_ns() + int(struct.unpack_from(_FORMAT, shift)[0])

    setattr(clock, _READS, shifted)
