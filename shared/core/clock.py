"""Clocks and ids: the only module that reads the system's time or random numbers."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns

from shared.core.partial_dates import Instant

Clock = Callable[[], Instant]
"""Gives the present instant."""

_random = random.SystemRandom()


def system_clock() -> Instant:
    """The present instant of this machine, in microseconds."""
    seconds, microseconds = divmod(time_ns() // 1000, 1_000_000)
    return Instant(f"{_second(seconds)}.{microseconds:06d}Z")


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class SimulatedClock:
    """A clock that moves only when `now` is set, for demonstrations and tests."""

    def __init__(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now


def generate_event_id(now: Instant, chance: Callable[[int], int] = random.getrandbits) -> str:
    """A UUIDv7 (RFC 9562) of an instant: 48 bits of milliseconds and 74 random bits from `chance`."""
    return uuid7(_epoch(now[:19]) * 1000 + int(now[20:23]), chance(74))


def uuid7(milliseconds: int, bits: int) -> str:
    """The UUIDv7 of an instant in milliseconds since 1970 and 74 random bits."""
    number = milliseconds << 80 | 0x7 << 76 | bits >> 62 << 64 | 0x2 << 62 | bits & 0x3FFFFFFFFFFFFFFF
    digits = number.to_bytes(16, "big").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=4)
def _epoch(second: str) -> int:
    return int(datetime.fromisoformat(second + "+00:00").timestamp())


def new_id(clock: Clock = system_clock) -> str:
    """A UUIDv7 of the present instant with random bits that cannot be guessed."""
    return generate_event_id(clock(), _random.getrandbits)
