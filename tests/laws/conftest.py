"""Prints at the end of a run what its histories were made of."""

from typing import Any

from tests.laws.met import EVERYTHING


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if EVERYTHING:
        terminalreporter.section("what the laws met")
        for name, count in EVERYTHING.items():
            terminalreporter.write_line(f"{count:>9,}  {name}")
