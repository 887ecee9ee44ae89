"""Reading one's own writes: a receipt says at which position of the log a fact stands, and a request says up to which
positions its answer must include everything."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from fastapi import Header
from starlette.concurrency import run_in_threadpool

from shared.commands.read_model_progress import Deadline, ReadModelProgress
from shared.http.problems import Problem

POSITION_HEADER = "Cadre-Position"
ABOUT = (
    "What the answer must include: the Cadre-Position of earlier receipts, as `topic:position` separated by commas. "
    "It is waited for up to 2 seconds (503 ReadModelBehind)."
)
_PART = re.compile(r"([a-z]{1,40}):([0-9]{1,18})", re.ASCII)

SeenPositions = Annotated[
    str, Header(alias=POSITION_HEADER, description=ABOUT, examples=["organization:17,personnel:3"])
]
"""The header of a request; empty: it was not sent."""


def parse_positions(text: str) -> dict[str, int]:
    """The position of each topic; the highest where one is named twice. Raises Problem."""
    positions: dict[str, int] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        found = _PART.fullmatch(part)
        if found is None:
            raise Problem(
                422,
                "BadPosition",
                f"{POSITION_HEADER} must be topic:position, such as organization:17.",
                f"{POSITION_HEADER} không hợp lệ",
                f"Send what a receipt said; this was {part[:60]!r}.",
                field=POSITION_HEADER,
            )
        topic, position = found[1], int(found[2])
        positions[topic] = max(position, positions.get(topic, 0))
    return positions


def format_positions(positions: Mapping[str, int]) -> str:
    """The header's value, topics in alphabetical order."""
    return ",".join(f"{topic}:{position}" for topic, position in sorted(positions.items()))


def wait_for_positions(progress: ReadModelProgress) -> Callable[[str], Awaitable[None]]:
    """A dependency of routes: what the request wants to see is there, or the request is refused."""

    def wait(positions: Mapping[str, int]) -> None:
        for topic, position in positions.items():
            try:
                head = progress.head(topic)
            except KeyError:
                raise _unknown_position(f"there is no topic {topic}") from None
            if position > head:
                raise _unknown_position(f"{topic} has {head} facts, not {position}")
        progress.catch_up(positions, Deadline())

    async def check(cadre_position: SeenPositions = "") -> None:
        if cadre_position:
            await run_in_threadpool(wait, parse_positions(cadre_position))

    return check


def _unknown_position(detail: str) -> Problem:
    return Problem(
        422,
        "UnknownPosition",
        "Nothing was recorded at this position.",
        "Chưa có sự kiện nào ở vị trí này",
        f"{detail}; send what a receipt of this ledger said.",
        field=POSITION_HEADER,
    )
