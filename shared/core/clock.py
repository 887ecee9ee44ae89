"""Clocks and ids: the only module that reads the system's time or random numbers."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from time import time_ns

from shared.core.partial_dates import Instant

Clock = Callable[[], Instant]
"""Gives the present instant."""

IDS_PER_DRAW = 256
"""Ids for which random numbers are drawn at once: asking the system for each alone takes several times as long."""
_RANDOM_BITS = int.from_bytes(bytes.fromhex("0fff3fffffffffffffff") * IDS_PER_DRAW, "big")
_FIXED_BITS = int.from_bytes(bytes.fromhex("70008000000000000000") * IDS_PER_DRAW, "big")
"""Version 7 and the variant of RFC 9562."""


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


def generate_event_id(now: Instant, chance: Callable[[int], int] | None = None) -> str:
    """A UUIDv7 (RFC 9562) of an instant: 48 bits of milliseconds and 74 random bits, which nobody can guess unless they
    are from a given `chance`."""
    if chance:
        return f"{_moment(now[:23])}{_format_bits(chance(74))}"
    while True:
        try:
            return f"{_moment(now[:23])}{_random_digits.pop()}"
        except IndexError:
            _random_digits.extend(_draw_random_digits())


def uuid7(milliseconds: int, bits: int) -> str:
    """The UUIDv7 of an instant in milliseconds since 1970 and 74 random bits."""
    return f"{_first_digits(milliseconds)}{_format_bits(bits)}"


def _format_bits(bits: int) -> str:
    rest = f"{0x2 << 62 | bits & 0x3FFFFFFFFFFFFFFF:016x}"
    return f"-7{bits >> 62:03x}-{rest[:4]}-{rest[4:]}"


def _draw_random_digits() -> Iterator[str]:
    """The digits of UUIDv7s after the instant, from the system's generator of unpredictable numbers."""
    drawn = int.from_bytes(os.urandom(10 * IDS_PER_DRAW), "big")
    digits = f"{drawn & _RANDOM_BITS | _FIXED_BITS:0{20 * IDS_PER_DRAW}x}"
    for start in range(0, len(digits), 20):
        yield f"-{digits[start : start + 4]}-{digits[start + 4 : start + 8]}-{digits[start + 8 : start + 20]}"


_random_digits: list[str] = []
os.register_at_fork(after_in_child=_random_digits.clear)  # else both processes would give the same ids


@lru_cache(maxsize=4)
def _moment(millisecond: str) -> str:
    """The first digits of the ids of one millisecond; a busy log gives many ids in one."""
    seconds = int(datetime.fromisoformat(millisecond[:19] + "+00:00").timestamp())
    return _first_digits(seconds * 1000 + int(millisecond[20:23]))


def _first_digits(milliseconds: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def new_id(clock: Clock = system_clock) -> str:
    """A UUIDv7 of the present instant."""
    return generate_event_id(clock())
