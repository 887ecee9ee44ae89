"""docs/add-a-service.md, done in a copy of the project: a new folder and one registry line are enough."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "add-a-service.md").read_text(encoding="utf-8")
NAME = "commendation"
GENERATED = (
    "README.md",
    "docs/glossary.md",
    "docker-compose.yml",
    "deploy/nginx/nginx.conf",
    "deploy/make-secrets",
    "deploy/oidc.yml",
)
COPIED = (
    "services",
    "shared",
    "deploy",
    "docs",
    "tests",
    "docker-compose.yml",
    "README.md",
    "pyproject.toml",
)

DERIVED = """
import json, sys
from pathlib import Path
from services.bootstrap.db_roles import grants, roles
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger
from shared.operations.settings import load
from starlette.testclient import TestClient

ledger = open_embedded_ledger(load(Path(sys.argv[1])))
with TestClient(create_http_app(ledger)) as client:
    fact = {"effective_from": "2025-09-02", "award": "a1", "title": "Bằng khen", "level": "PROVINCE"}
    recorded = client.post("/commendation/c1/awarded", json=fact)
    again = client.post("/commendation/c1/awarded", json={**fact, "title": "Khác"}, headers={"If-Match": "*"})
    feed = client.get("/feeds/commendation").text
    operations = [o["operationId"] for p, m in client.get("/openapi.json").json()["paths"].items() for o in m.values()]
ledger.close()
print(json.dumps({
    "recorded": recorded.status_code, "again": again.json().get("rule"), "in feed": "a1" in feed,
    "operations": operations, "topics": list(SERVICES), "roles": roles(),
    "granted": sorted({g.schema for g in grants() if g.role == "commendation"}),
}))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the service of the guide in it."""
    copy = tmp_path_factory.mktemp("project")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns(
                "__pycache__", "secrets", "data" if name == "tests" else "__pycache__"
            )
            shutil.copytree(source, copy / name, ignore=ignored)
        else:
            shutil.copy(source, copy / name)
    for file, text in re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", GUIDE, re.DOTALL):
        path = copy / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    [line] = re.findall(r"<!-- registry -->\n```text\n(.*?)```", GUIDE, re.DOTALL)
    registry = copy / "services" / "bootstrap" / "services.py"
    text = registry.read_text(encoding="utf-8")
    last = '    Registration("audit"),\n'
    assert last in text
    registry.write_text(text.replace(last, line + last), encoding="utf-8")
    [commands] = re.findall(r"<!-- run -->\n```console\n(.*?)```", GUIDE, re.DOTALL)
    for command in commands.splitlines():
        run(copy, "-m", "services", *command.removeprefix("$ cadre ").split())
    return copy


def run(project: Path, *words: str) -> str:
    """Python in the copy, and nothing of the original."""
    env = {**os.environ, "PYTHONPATH": str(project), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_routes_topic_and_role_derive_from_the_registry(project: Path, tmp_path: Path) -> None:
    derived = json.loads(run(project, "-c", DERIVED, str(tmp_path)).splitlines()[-1])
    assert (derived["recorded"], derived["again"], derived["in feed"]) == (201, "AlreadyAwarded", True)
    assert {"recordAwarded", "recordAwardRevoked"} <= set(derived["operations"])
    assert NAME in derived["topics"]
    assert NAME in derived["roles"]
    assert NAME in derived["granted"]


def test_generated_files_have_the_service(project: Path) -> None:
    contents = {name: (project / name).read_text(encoding="utf-8") for name in GENERATED}
    assert f"| `{NAME}` | awarded, award-revoked |" in contents["README.md"]
    assert "| `PROVINCE` | cấp tỉnh | province |" in contents["docs/glossary.md"]
    assert f"command: [serve, {NAME}," in contents["docker-compose.yml"]
    assert f"{NAME}: {{file: deploy/secrets/{NAME}}}" in contents["docker-compose.yml"]
    assert f"|{NAME})" in contents["deploy/nginx/nginx.conf"]
    assert NAME in contents["deploy/make-secrets"]
    assert f"  {NAME}: *sign-in\n" in contents["deploy/oidc.yml"]
    assert (project / "docs" / "contract" / "schemas" / f"{NAME}.awarded.json").exists()


def test_the_laws_of_every_decider_hold_for_it(project: Path) -> None:
    said = run(
        project, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/laws/test_deciders.py", "-k", NAME
    )
    assert re.search(r"\b[2-9]\d* passed", said), said


def test_types_and_import_contracts_hold_for_it(project: Path) -> None:
    folder = f"services/{NAME}"
    assert "Success" in run(project, "-m", "mypy", "--no-incremental", "--follow-imports=silent", folder)
    imports = "import sys; from importlinter.cli import lint_imports_command as c; sys.argv = ['x', '--no-logo']; c()"
    assert ", 0 broken" in run(project, "-c", imports)
