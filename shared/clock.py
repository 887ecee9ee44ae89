"""The one place where time and chance come from; everything else is handed a clock."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

from shared.dates import Instant, instant

Clock = Callable[[], Instant]

_random = random.SystemRandom()


def system_clock() -> Instant:
    return instant(datetime.now(UTC))


class SimulatedClock:
    """Stands still until told otherwise; for demonstrations and tests of the second time axis."""

    def __init__(self, now: Instant) -> None:
        self.now = now

    def __call__(self) -> Instant:
        return self.now


def event_id(now: Instant, chance: Callable[[int], int] = random.getrandbits) -> str:
    """A UUIDv7 (RFC 9562) of the instant: 48 bits of milliseconds, 74 of chance."""
    milliseconds = int(datetime.fromisoformat(now).timestamp() * 1000)
    bits = chance(74)
    digits = f"{milliseconds:012x}7{bits >> 62:03x}{0x8000000000000000 | (bits & 0x3FFFFFFFFFFFFFFF):016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_id(clock: Clock = system_clock) -> str:
    return event_id(clock(), _random.getrandbits)
