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
    return _identify(_moment(now[:23]), chance(74))


def uuid7(milliseconds: int, bits: int) -> str:
    """The UUIDv7 of an instant in milliseconds since 1970 and 74 random bits."""
    return _identify(_first_digits(milliseconds), bits)


def _identify(first_digits: str, bits: int) -> str:
    rest = f"{0x2 << 62 | bits & 0x3FFFFFFFFFFFFFFF:016x}"
    return f"{first_digits}-7{bits >> 62:03x}-{rest[:4]}-{rest[4:]}"


@lru_cache(maxsize=4)
def _moment(millisecond: str) -> str:
    """The first digits of the ids of one millisecond; a busy log gives many ids in one."""
    seconds = int(datetime.fromisoformat(millisecond[:19] + "+00:00").timestamp())
    return _first_digits(seconds * 1000 + int(millisecond[20:23]))


def _first_digits(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def new_id(clock: Clock = system_clock) -> str:
    """A UUIDv7 of the present instant with random bits that cannot be guessed."""
    return generate_event_id(clock(), _random.getrandbits)
