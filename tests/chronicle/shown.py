"""The rows of a history, and those that hold on a day."""

from typing import Any

from shared.core.bitemporal import fold_periods
from shared.core.projection import AnyProjection
from shared.testing import as_known, history


def rows(projection: AnyProjection, *facts: Any, stream: str = "it") -> list[Any]:
    """As known once all facts are recorded, in the given order."""
    return list(as_known(fold_periods(projection, history(*facts, stream=stream))).values())


def possible(found: list[Any], day: str) -> list[Any]:
    """On that day, in some reading of partial dates."""
    return [row for row in found if row.valid_from <= day < row.valid_to]


def certain(found: list[Any], day: str) -> list[Any]:
    """On that day, in every reading of partial dates."""
    return [row for row in found if row.certain_from <= day < row.certain_to]
