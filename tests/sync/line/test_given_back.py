"""A province and its district are restored at once: what only wards still have of them, and of others, comes back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.sync.exchange.status import read_status
from tests.sync.line.test_random_lines import LineExchange
from tests.sync.test_random_exchanges import Exchange


@pytest.mark.parametrize("make", [LineExchange, Exchange], ids=["by line", "by file"])
@pytest.mark.parametrize(
    "lost", [("tinh", "huyen"), ("py", "huyen", "tinh")], ids=["from above", "of a sibling"]
)
def test_what_only_a_ward_has_of_others_is_given_back(
    folder: Path, make: Callable[[Path, int], Exchange], lost: tuple[str, ...]
) -> None:
    exchange = make(folder, 0)
    try:
        sites = exchange.sites
        for name in lost:
            sites[name].back_up()
        sites[lost[0]].register("an")
        exchange.heal()
        for name in lost:
            sites[name].restore()
        sites[lost[0]].register("binh")
        exchange.heal()
        for each in sites.values():
            assert each.persons() == ["an", "binh"], each.site
            assert read_status(each.replica).alarms == []
        exchange.check()
        exchange.check_stores()
    finally:
        exchange.close()
