"""The one place where time and chance come from; everything else is handed a clock."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns

from shared.core.partial_dates import Instant

Clock = Callable[[], Instant]

_random = random.SystemRandom()


def system_clock() -> Instant:
    seconds, microseconds = divmod(time_ns() // 1000, 1_000_000)
    return Instant(f"{_second(seconds)}.{microseconds:06d}Z")


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class SimulatedClock:
    """Stands still until told otherwise; for demonstrations and tests of the second time axis."""

    def __init__(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now


def generate_event_id(now: Instant, chance: Callable[[int], int] = random.getrandbits) -> str:
    """A UUIDv7 (RFC 9562) of the instant: 48 bits of milliseconds, 74 of chance."""
    return uuid7(_epoch(now[:19]) * 1000 + int(now[20:23]), chance(74))


def uuid7(milliseconds: int, bits: int) -> str:
    """Of an instant in milliseconds since 1970, and 74 bits of chance."""
    number = milliseconds << 80 | 0x7 << 76 | bits >> 62 << 64 | 0x2 << 62 | bits & 0x3FFFFFFFFFFFFFFF
    digits = number.to_bytes(16, "big").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@lru_cache(maxsize=4)
def _epoch(second: str) -> int:
    return int(datetime.fromisoformat(second + "+00:00").timestamp())


def new_id(clock: Clock = system_clock) -> str:
    return generate_event_id(clock(), _random.getrandbits)
