"""A plugin for pytest: mutmut 3.7 reads the id of a test from an attribute that pytest 9.1 renamed."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        vars(item)["_nodeid"] = item.nodeid
