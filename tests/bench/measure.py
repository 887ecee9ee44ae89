"""Rounds of neighbours: each rate divided by the raw one of the same round; the median of those ratios counts."""

import gc
import json
import os
import platform
import sqlite3
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

Cell = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Options:
    """`quick` is sized for continuous integration. `folder` is for files that may vanish afterwards."""

    folder: Path
    quick: bool = False

    def pick(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, kw_only=True)
class Line:
    """One comparison. `goal` bounds the median ratio from below, or above where less is better; None only informs."""

    name: str
    unit: str
    ours: float
    raw: float
    ratio: float
    goal: float | None
    less_is_better: bool = False
    ratios: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return (
            "PASS"
            if (self.ratio <= self.goal if self.less_is_better else self.ratio >= self.goal)
            else "MISS"
        )

    @property
    def wanted(self) -> str:
        return "" if self.goal is None else f"{'<=' if self.less_is_better else '>='} {self.goal:g}"


def rounds(cells: Mapping[str, Cell], count: int, warmup: int = 1) -> dict[str, list[float]]:
    """Every cell once a round, in an order that turns round with every round, so that drift favours nobody."""
    found: dict[str, list[float]] = {name: [] for name in cells}
    for number in range(-warmup, count):
        for name in list(cells)[:: 1 if number % 2 else -1]:
            gc.collect()
            value = cells[name]()
            if number >= 0:
                found[name].append(value)
    return found


def line(
    name: str,
    unit: str,
    found: Mapping[str, list[float]],
    ours: str,
    raw: str,
    goal: float | None,
    less_is_better: bool = False,
    note: str = "",
) -> Line:
    ratios = [a / b for a, b in zip(found[ours], found[raw], strict=True)]
    return Line(
        name=name,
        unit=unit,
        ours=median(found[ours]),
        raw=median(found[raw]),
        ratio=median(ratios),
        goal=goal,
        less_is_better=less_is_better,
        ratios=[round(ratio, 3) for ratio in ratios],
        note=note,
    )


def exact(name: str, unit: str, ours: float, goal: float, note: str = "") -> Line:
    """A number that must not be more than `goal`, with nothing to compare it to."""
    return Line(
        name=name, unit=unit, ours=ours, raw=goal, ratio=ours, goal=goal, less_is_better=True, note=note
    )


def machine() -> dict[str, Any]:
    load = os.getloadavg()
    return {
        "python": platform.python_version(),
        "optimised": "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS")),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("msgspec", "eventsourcing", "SQLAlchemy")},
        "cpus": os.cpu_count(),
        "load": [round(value, 2) for value in load],
        "busy": load[0] / (os.cpu_count() or 1) > 1.5,
    }


def table(lines: list[Line]) -> Iterator[str]:
    width = max([len(each.name) for each in lines], default=4)
    yield f"{'':{width}}  {'ours':>12} {'raw':>12} {'ratio':>7} {'goal':>8}"
    for each in lines:
        ours, raw = _number(each.ours), _number(each.raw)
        note = f"  {each.note}" if each.note else ""
        yield (
            f"{each.name:{width}}  {ours:>12} {raw:>12} {each.ratio:>7.2f} {each.wanted:>8}"
            f" {each.verdict:4} {each.unit}{note}"
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def write(path: Path, lines: list[Line], before: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"machine": before, "after": machine(), "argv": sys.argv[1:]}) + "\n")
        for each in lines:
            fields = {name: getattr(each, name) for name in each.__dataclass_fields__}
            out.write(json.dumps({**fields, "verdict": each.verdict}) + "\n")
