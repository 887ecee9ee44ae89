"""What docs/import.md says of dates and options is what the program does."""

import re
from pathlib import Path

import pytest

from services.importing.reading.dates import DateCell, read_date
from services.importing.reading.readings import How
from tests.importing.files import run

GUIDE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
_TABLE = GUIDE.partition("## How dates are read")[2].partition("## ")[0]
ROWS = [
    (written, result)
    for line in _TABLE.splitlines()
    if line.startswith("| `")
    for written, result in [line.strip("| ").split(" | ")]
]


def read(text: str) -> DateCell:
    cell = read_date(text)
    assert isinstance(cell, DateCell), cell
    return cell


@pytest.mark.parametrize(("written", "result"), ROWS)
def test_the_table_of_dates(written: str, result: str) -> None:
    examples, results = (re.findall(r"`([^`]+)`", text) for text in (written, result))
    assert examples
    if result.startswith("open"):
        assert all(read(example).open for example in examples)
    elif result in ("unknown", "empty"):
        how = How.UNKNOWN_WORD if result == "unknown" else How.EMPTY_WORD
        assert {read(example).how for example in examples} == {how}
    elif result.startswith("that day"):
        assert {read(example).when for example in examples} == {"1996-01-31", "1996-01"}
    elif result.startswith("as `--dates"):
        assert [
            read_date(example, order) for example, order in zip(examples, ("dmy", "mdy"), strict=False)
        ] == [("1996-01-31", None, False)] * 2
    elif result.startswith("set aside"):
        assert not any(isinstance(read_date(example), DateCell) for example in examples)
    else:
        assert {read(example).when for example in examples} == set(results)


def test_there_are_rows_and_every_option_is_named(tmp_path: Path) -> None:
    assert len(ROWS) == 9
    shown = run(tmp_path, "import", "terms", "--help").stdout
    for option in ("--dates", "--ends", "--encoding"):
        assert option in shown
        assert f"`{option}" in GUIDE
