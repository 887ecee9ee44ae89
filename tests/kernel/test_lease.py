"""One process writes to a home; others may read beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.runtime.embedded import LedgerLocked
from tests.kernel.ledger import BY, running
from tests.kernel.toy import note

TRY_TO_WRITE = """
import sys
from pathlib import Path
from shared.runtime.embedded import LedgerLocked
from tests.kernel.ledger import running
from shared.runtime.embedded import LedgerLocked
from tests.kernel.ledger import notes, running
try:
    with running(Path(sys.argv[1])):
        print("writes")
except LedgerLocked as busy:
    print(busy)
with running(Path(sys.argv[1]), writes=False) as reader:
    print([row.what for row in reader.tables.rows(notes)])
"""


def another_process(home: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", TRY_TO_WRITE, str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_second_process_may_read_but_not_write_and_is_told_why(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        ledger.apps["toy"].handle("a", note("rain"), BY)
        ledger.project_pending()
        refused, read = another_process(tmp_path)
        assert refused.startswith(f"{tmp_path} is being written to by process ")
        assert refused.endswith("; stop it or use its HTTP interface")
        assert read == "['rain']"
    assert another_process(tmp_path) == ["writes", "['rain']"]


def test_one_process_does_not_take_the_lease_twice(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(LedgerLocked), running(tmp_path):
        pytest.fail("two writers")
    with running(tmp_path):
        pass
