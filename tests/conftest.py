"""All tests are shared out among the cores. What needs the same engines, or one file's fixtures, stays together."""

from collections import Counter, defaultdict
from typing import Any

import pytest

TOGETHER = {"cluster", "compose", "faults", "audit"}
"""Folders whose tests share engines or a story told once."""
ALONE = {"laws", "seeded", "wire", "golden"}
"""Folders whose tests share nothing, not even within a file."""
TALLIES: dict[str, Counter[str]] = defaultdict(Counter)
"""What tests count, by heading; printed at the end of a run, of all hands together."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            folder = file.split("/")[1]
            return nodeid if folder in ALONE else folder if folder in TOGETHER else file

    return Together(config, log)


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
