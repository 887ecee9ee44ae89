"""All tests are shared out among the cores. What needs the same engines, or one file's fixtures, stays together."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TOGETHER = {"cluster", "compose", "faults", "audit"}
"""Folders whose tests share engines or a story told once."""
ALONE = {"laws", "seeded", "wire", "golden"}
"""Folders whose tests share nothing, not even within a file."""
TALLIES: dict[str, Counter[str]] = defaultdict(Counter)
"""What tests count, by heading; printed at the end of a run, of all hands together."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE)
        if place.parts[0] not in ALONE:
            item.add_marker(
                pytest.mark.xdist_group(place.parts[0] if place.parts[0] in TOGETHER else str(place))
            )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (out := getattr(session.config, "workeroutput", None)) is not None:
        out["tallies"] = {heading: dict(tally) for heading, tally in TALLIES.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for heading, tally in getattr(node, "workeroutput", {}).get("tallies", {}).items():
        TALLIES[heading].update(tally)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for heading, tally in TALLIES.items():
        terminalreporter.section(heading)
        for name, count in tally.items():
            terminalreporter.write_line(f"{count:>9,}  {name}")
