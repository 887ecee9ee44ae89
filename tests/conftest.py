"""How a run of the tests is shared out among workers, what it shares, and what it prints at its head and end."""

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.engines import choice
from tests.support import open_data as archives
from tests.support.build_once import build_once, run_folder
from tests.support.demonstration import build_demonstration

BY_FOLDER = {"cluster", "compose", "faults", "audit"}
"""Folders whose tests share engines or a story told once: one worker runs them all."""
BY_TEST = {"laws", "seeded", "wire", "golden", "replica", "contradictions/test_driver.py"}
"""Folders and files whose tests share nothing, not even within a file: any worker runs any of them."""
LONG_FILES = {"contradictions/test_driver.py", "web/test_edges.py", "web/test_token_classes.py"}
"""Half a minute or more each: at the end of a run one worker would be left alone with them."""
TALLIES: dict[str, Counter[str]] = defaultdict(Counter)
"""What tests count, by heading; printed at the end of a run, summed over all workers."""


@pytest.fixture(scope="session")
def open_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sets of tests/data, unpacked once a run. Read only."""
    return build_once(run_folder(tmp_path_factory) / "open-data", archives.unpack)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a closed ledger with the demonstration, loaded once a run. Copy it to open it."""
    return build_once(run_folder(tmp_path_factory) / "demonstration", build_demonstration)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the engines once, so that workers choose alike even when images are built meanwhile."""
    if not hasattr(config, "workerinput"):
        os.environ[choice.SETTING] = choice.choose_source(os.environ)


def pytest_report_header() -> list[str]:
    engines = choice.describe_sources(os.environ, choice.engine_sources(os.environ))
    return [engines, "tests/faults kills and freezes processes of its own, whatever the others use"]


def folder_of(nodeid: str) -> str:
    return nodeid.split("/")[1]


def file_of(nodeid: str) -> str:
    """Its path in tests."""
    return nodeid.partition("::")[0].partition("/")[2]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders that mostly wait for their engines start first, beside everything else; then what takes long."""
    items.sort(
        key=lambda item: (folder_of(item.nodeid) not in BY_FOLDER, file_of(item.nodeid) not in LONG_FILES)
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, for those who wait."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What must stay together is one unit of work, in the order of the collection; all else is spread."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False

    class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist is not typed
        def _split_scope(self, nodeid: str) -> str:
            folder = folder_of(nodeid)
            if folder in BY_TEST or file_of(nodeid) in BY_TEST:
                return nodeid
            return folder if folder in BY_FOLDER else nodeid.partition("::")[0]

    return ByFolder(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (out := getattr(session.config, "workeroutput", None)) is not None:
        out["tallies"] = {  # members of enumerations cannot be sent to the process that prints them
            heading: {str(name): count for name, count in tally.items()} for heading, tally in TALLIES.items()
        }


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for heading, tally in getattr(node, "workeroutput", {}).get("tallies", {}).items():
        TALLIES[heading].update(tally)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for heading, tally in TALLIES.items():
        if not tally:
            continue
        terminalreporter.section(heading)
        for name, count in tally.items():
            terminalreporter.write_line(f"{count:>9,}  {name}")
