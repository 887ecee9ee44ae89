"""`cadre` starts quickly because a command imports what it needs and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.bootstrap.services import open_embedded_ledger
from services.cli.command_table import GROUPS
from shared.operations.settings import load

HTTP = {"fastapi", "starlette", "uvicorn"}
BROKER = {"faust", "mode", "kafka", "aiokafka"}
SERVER = {"psycopg", "opentelemetry.sdk", "prometheus_client"}
TESTS = {"hypothesis", "pytest"}
MEASURE = """
import atexit, json, resource, sys

def report():
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "modules": sorted(sys.modules)}), file=sys.stderr)

atexit.register(report)
sys.argv[0] = "cadre"
from services.__main__ import main
main()
"""


def run_measured(*words: str) -> tuple[float, set[str]]:
    """CPU seconds of a `cadre` process, and the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *words], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stderr.splitlines()[-1])
    return measured["cpu"], set(measured["modules"])


@pytest.mark.parametrize(
    "words", [("--help",), ("--lang", "vi", "--help"), ("--version",), ("audit", "--help")]
)
def test_help_imports_no_service_and_no_library_of_a_server(words: tuple[str, ...]) -> None:
    cpu, modules = run_measured(*words)
    assert not modules & (HTTP | BROKER | SERVER | TESTS | {"sqlalchemy", "eventsourcing", "msgspec"})
    assert not {name for name in modules if name.startswith("services.") and ".cli" not in name} - {
        "services.__main__"
    }
    assert cpu < 1, "a quarter of a second on a quiet machine"


def test_help_of_a_show_command_imports_no_database() -> None:
    """So that a shell completes its options at once."""
    _, modules = run_measured("show", "holders", "--help")
    assert not modules & (HTTP | BROKER | SERVER | TESTS | {"sqlalchemy", "eventsourcing"})


def test_a_question_imports_no_server_and_no_broker(tmp_path: Path) -> None:
    open_embedded_ledger(load(tmp_path)).close()
    cpu, modules = run_measured("--home", str(tmp_path), "show", "holders", "--as-of", "2020-01-01", "--json")
    assert not modules & (HTTP | BROKER | SERVER | TESTS | {"rich"})
    assert not {name for name in modules if name.startswith(("services.demo", "services.loadgen"))}
    assert cpu < 2.5, "half a second on a quiet machine"


def test_a_forbidden_import_would_be_found(tmp_path: Path) -> None:
    _, modules = run_measured("run", "--help")
    assert modules >= {"fastapi", "uvicorn"}


def test_every_entry_of_the_table_names_a_function() -> None:
    targets = [entry.target for group in GROUPS.values() for entry in group.commands]
    assert len(targets) == len(set(targets)) >= 31
