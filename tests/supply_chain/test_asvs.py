"""The sheet of security requirements: complete, up to date, and naming tests that there are."""

import ast
import re
from functools import cache

import pytest

from tests.supply_chain.asvs import SHEET, TEXT, WrongRow, generate, read_rows
from tests.supply_chain.lock import ROOT

ROWS = read_rows(TEXT.read_text(encoding="utf-8"))
COUNTS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
"""How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has."""


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_requirement_of_both_levels_has_one_row() -> None:
    ids = [each for row in ROWS for each in row.ids]
    assert len(ids) == len(set(ids))
    chapters = [int(each.split(".")[0]) for each in ids]
    assert {chapter: chapters.count(chapter) for chapter in COUNTS} == COUNTS
    assert all(re.fullmatch(r"\d{1,2}\.\d\.\d{1,2}", each) for each in ids)


@pytest.mark.parametrize("named", sorted({each for row in ROWS for each in row.tests}))
def test_a_test_that_a_row_names_is_there(named: str) -> None:
    file, _, function = named.partition("::")
    assert function in functions_of(file), f"{named} is gone: name the test that shows it now, or a reason"
    assert function.startswith("test_")


def test_the_sheet_is_what_the_text_says() -> None:
    assert SHEET.read_text(encoding="utf-8") == generate()


@pytest.mark.parametrize(
    "line", ["1.1.1 | about", "1.1.1 | about | done", "1.1.1 | about | test:", "1.1.1 | a | so: b"]
)
def test_a_row_shows_something(line: str) -> None:
    with pytest.raises(WrongRow, match="line 1"):
        read_rows(line)


def test_no_script_of_the_page_writes_markup_or_runs_text() -> None:
    dangerous = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    )
    scripts = sorted((ROOT / "services" / "portal" / "static").glob("*.js"))
    assert scripts
    assert [file.name for file in scripts if dangerous.search(file.read_text(encoding="utf-8"))] == []
