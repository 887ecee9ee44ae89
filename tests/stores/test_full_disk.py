"""A disk that fills up: named in answers and in commands, nothing half-written, and with space again all goes on."""

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SERVE = """
import json, resource, sys
from pathlib import Path
from starlette.testclient import TestClient
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load

home, hard = Path(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]
ledger = open_embedded_ledger(load(home))
said = {"recorded": 0, "refused": [], "ready": []}
with TestClient(create_http_app(ledger), raise_server_exceptions=False) as client:
    def register(number):
        body = {"name": f"Nguyễn Văn {number}", "note": "z" * 9_000, "effective_from": "1990-01-01"}
        return client.post("/personnel/registered", json=body, headers={"Idempotency-Key": f"k{number}"})
    register(0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    for number in range(1, 400):
        answer = register(number)
        said["recorded"] += answer.status_code == 201
        if answer.status_code != 201:
            said["refused"].append([answer.status_code, answer.json()["rule"], answer.headers.get("retry-after")])
            if len(said["refused"]) == 3:
                break
    said["ready"].append([(answer := client.get("/ready")).status_code, answer.json()["reasons"]])
    said["read"] = client.get("/search", params={"q": "nguyen"}).status_code
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    said["again"] = [register(each).status_code for each in range(number - 2, number + 1)]
    said["stored"] = ledger.logs["personnel"].position()
    from time import sleep
    sleep(1.1)
    said["ready"].append([(answer := client.get("/ready")).status_code, answer.json()["reasons"]])
    said["problems"] = ledger.check_integrity().complaints
ledger.close()
print(json.dumps(said))
"""

IMPORT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
from services.__main__ import main
sys.argv[1:] = sys.argv[2:]
main()
"""


def test_a_server_names_the_full_disk_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """Repro disk: answers are 503 DiskFull, `/ready` says why, and no acknowledged fact is lost."""
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(tmp_path / "home")], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert said["refused"] == [[503, "DiskFull", "1"]] * 3
    [(status, reasons), after] = said["ready"]
    assert status == 503
    assert reasons["stores"].startswith("DiskFull: ")
    assert said["read"] == 200, "what is there can be read"
    assert said["again"] == [201, 201, 201]
    assert said["stored"] == 1 + said["recorded"] + 3, "nothing is lost, nothing is doubled"
    assert after == [200, {}]
    assert said["problems"] == []
    assert "Traceback" not in done.stderr


def imported(home: Path, folder: Path, limit: int) -> subprocess.CompletedProcess[str]:
    words = ["--home", str(home), "--lang", "en", "import", "terms", str(folder), "--scheme", "mine", "--yes"]
    command = [sys.executable, "-c", IMPORT, str(limit), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hundred people who follow each other in ten posts."""
    where = tmp_path_factory.mktemp("terms")
    people = "\n".join(f"p{n},Nguyễn Văn {n}" for n in range(300))
    terms = "\n".join(
        f"t{n},p{n},q{n % 10},{1990 + n // 10}-03-01,{1991 + n // 10}-03-01,day,day,closed"
        for n in range(300)
    )
    posts = "\n".join(f"q{n},Chức vụ {n},u0" for n in range(10))
    (where / "persons.csv").write_text(f"person_id,name\n{people}\n")
    (where / "units.csv").write_text("unit_id,parent_id,name,level\nu0,,Xã Một,\n")
    (where / "posts.csv").write_text(f"post_id,title,unit_id\n{posts}\n")
    header = "term_id,person_id,post_id,start,end,start_precision,end_precision,end_status"
    (where / "terms.csv").write_text(f"{header}\n{terms}\n")
    return where


@pytest.mark.parametrize("kilobytes", [30, 200, 400, 600])
def test_an_import_says_that_the_disk_is_full_and_may_be_run_again(
    tmp_path: Path, folder: Path, kilobytes: int
) -> None:
    """Case 18-disk-full: one sentence, exit status 1, no traceback; the second run imports the rest."""
    home = tmp_path / "home"
    first = imported(home, folder, kilobytes * 1024)
    assert first.returncode == 1, first.stdout + first.stderr
    assert "the disk is full, or a quota is reached" in first.stderr
    assert "nothing is lost" in first.stderr
    assert "Traceback" not in first.stderr + first.stdout
    assert len(first.stderr.strip().splitlines()) <= 3
    second = imported(home, folder, resource.RLIM_INFINITY)
    assert second.returncode == 0, second.stderr
    command = [sys.executable, "-m", "services", "--home", str(home), "verify", "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert report["complaints"] == []
    assert report["rows"]["tenures"] == 300


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_stopped_anywhere_ends_with_the_same_rows(
    tmp_path: Path, folder: Path, stop: signal.Signals
) -> None:
    """Repro sigterm_import: stopped three times, ever later, and then run to its end."""
    home = tmp_path / "home"
    words = ["--home", str(home), "import", "terms", str(folder), "--scheme", "mine", "--yes"]
    begun = [home / "personnel.db", home / "appointment.db", home / "chronicle.db-wal"]
    for file in begun:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + 60
        while process.poll() is None and not file.exists() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(stop)
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said
    assert imported(home, folder, resource.RLIM_INFINITY).returncode == 0
    command = [sys.executable, "-m", "services", "--home", str(home), "verify", "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert report["complaints"] == []
    assert (report["rows"]["tenures"], report["rows"]["cadres"], report["rows"]["posts"]) == (300, 300, 10)
    assert report["events"]["appointment"] == 600, "each term begins and ends once"
