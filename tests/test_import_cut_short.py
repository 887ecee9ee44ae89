"""An import that is cut short, by a signal or a full disk, is completed by the next (repro sigterm_import)."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from shared.core.errors import StoreUnavailable
from tests.importing_law import ImportedLedger, Source, write_source

ROOT = Path(__file__).parents[1]
COUNT = 800


def source(end: str = "") -> Source:
    units = [
        {"unit_id": f"u{n}", "parent_id": f"u{(n - 1) // 9}" if n else "", "name": f"Đơn vị {n}"}
        for n in range(60)
    ]
    terms = [
        {
            "term_id": f"t{n}",
            "person_id": f"p{n % 700}",
            "post_id": f"a{n % 150}",
            "start": f"{1990 + n // 100}-03-01",
            "end": end or f"{1991 + n // 100}-03-01",
            "end_status": "closed",
        }
        for n in range(COUNT)
    ]
    return {
        "units.csv": units,
        "persons.csv": [{"person_id": f"p{n}", "name": f"Nguyễn Văn {n}"} for n in range(700)],
        "posts.csv": [
            {"post_id": f"a{n}", "title": f"Chức vụ {n}", "unit_id": f"u{n % 60}"} for n in range(150)
        ],
        "terms.csv": terms,
    }


def command(home: Path, folder: Path) -> list[str]:
    words = [sys.executable, "-m", "services", "--home", str(home), "import", "terms", str(folder)]
    return [*words, "--scheme", "x", "--yes", "--json"]


@pytest.mark.parametrize("end", ["", "2030-01-01"], ids=["first import", "corrected source"])
def test_cut_at_random_moments_and_then_completed(tmp_path: Path, end: str) -> None:
    chance = random.Random(11)
    cut, undisturbed = ImportedLedger(tmp_path / "cut"), ImportedLedger(tmp_path / "undisturbed")
    if end:
        cut.take(source())
    cut.ledger.close()
    folder = tmp_path / "in"
    write_source(folder, source(end))
    undisturbed.take_folder(folder)
    stopped = 0
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        with subprocess.Popen(
            command(cut.home / "ledger", folder),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            log = cut.home / "ledger" / "appointment.db-wal"
            while process.poll() is None and not (log.exists() and log.stat().st_size):
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.05))
            stopped += process.poll() is None
            process.send_signal(number)
    assert stopped
    completed = ImportedLedger(cut.home)
    completed.take_folder(folder)
    assert completed.rows() == undisturbed.rows()
    completed.close()
    undisturbed.close()


def test_a_full_disk_in_the_middle(tmp_path: Path) -> None:
    """The size of files is limited, which SQLite meets as a full disk; with space again the import is completed."""
    folder = tmp_path / "in"
    write_source(folder, source())
    undisturbed = ImportedLedger(tmp_path / "undisturbed")
    undisturbed.take_folder(folder)
    for limit in (400_000, 700_000):
        home = tmp_path / f"home-{limit}"
        done = subprocess.run(
            command(home / "ledger", folder),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)),
            env=os.environ,
        )
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        completed = ImportedLedger(home)
        completed.take_folder(folder)
        assert completed.rows() == undisturbed.rows()
        completed.close()
    undisturbed.close()


def test_what_a_cut_import_left_is_recorded_with_the_next_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines are kept before its facts are recorded, so that the next import completes it, whatever that brings."""
    cut, undisturbed = ImportedLedger(tmp_path / "cut"), ImportedLedger(tmp_path / "undisturbed")
    whole = source()
    first, second = whole["terms.csv"][:-10], whole["terms.csv"][-10:]

    def fail(requests: object) -> None:
        raise StoreUnavailable("the machine stops here")

    with monkeypatch.context() as patched:
        patched.setattr(cut.ledger.logs["appointment"], "append_all", fail)
        with pytest.raises(StoreUnavailable):
            cut.take(whole | {"terms.csv": first})
    cut.take({"persons.csv": [], "posts.csv": [], "terms.csv": second})
    undisturbed.take(whole)
    assert cut.rows() == undisturbed.rows()
    cut.close()
    undisturbed.close()
