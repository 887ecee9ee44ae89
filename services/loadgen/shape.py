"""The measured shape of a national history: durations, numbers and frequencies, from `load_shape.json`."""

import json
from bisect import bisect
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

FILE = Path(__file__).parent / "data" / "load_shape.json"
_T = TypeVar("_T")


@cache
def load_shape() -> dict[str, Any]:
    """The parameters, each with a mark that says where it comes from."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


class WeightedChoice(Generic[_T]):
    """Draws one of several values, by weight."""

    def __init__(self, weights: Mapping[_T, float]) -> None:
        self._what = list(weights)
        self._sums = list(accumulate(weights.values()))

    def __call__(self, chance: Random) -> _T:
        return self._what[bisect(self._sums, chance.random() * self._sums[-1], 0, len(self._what) - 1)]


def weighted_choice(name: str, part: str = "") -> WeightedChoice[str]:
    """A weighted choice by the shares of a parameter."""
    shares = load_shape()[name][part] if part else load_shape()[name]
    return WeightedChoice({key: share for key, share in shares.items() if key != "mark"})


def draw_tenure_days(chance: Random) -> int:
    """The length of one tenure, interpolated between measured deciles."""
    given = load_shape()["tenure_days"]
    steps = [given["least"], *given["deciles"], given["most"]]
    place = chance.random() * 10
    below = int(place)
    return int(steps[below] + (steps[below + 1] - steps[below]) * (place - below))


def draw_whole(chance: Random, mean: float) -> int:
    """A random whole number with this mean."""
    return int(mean) + (chance.random() < mean % 1)
