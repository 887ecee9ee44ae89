"""What stands in docker-compose.yml and deploy/ is what the code has: every service, every role, every image."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

from services.bootstrap.db_roles import roles
from services.bootstrap.services import routed_services
from shared.http.auth import BearerTokens

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def part(name: str) -> str:
    """The lines of one service."""
    found = re.search(rf"^  {name}:\n((?:    .*\n)+)", COMPOSE, re.MULTILINE)
    assert found, f"docker-compose.yml has no {name}"
    return found[1]


def test_every_service_has_a_process_of_its_own_role() -> None:
    for name in (*routed_services(), "chronicle", "portal"):
        lines = part(name)
        assert f"command: [serve, {name}," in lines
        assert f"CADRE_DATABASE: postgresql://{name}@postgres/cadre" in lines
        assert f"CADRE_PASSWORD: /run/secrets/{name}" in lines
        assert f"secrets: [tokens, {name}]" in lines


def test_every_process_that_serves_can_be_given_the_services_at_which_one_signs_in() -> None:
    """`make up` takes deploy/oidc.yml along where the file of the providers is."""
    more = (DEPLOY / "oidc.yml").read_text(encoding="utf-8")
    given = re.findall(r"^  (\w+): \*sign-in$", more, re.MULTILINE)
    assert given == re.findall(r"^    command: \[serve, (\w+),", COMPOSE, re.MULTILINE)
    assert "environment: {CADRE_OIDC: /oidc/providers.json}" in more
    assert 'volumes: ["./deploy/secrets/oidc:/oidc:ro"]' in more
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    taken = "$(if $(wildcard deploy/secrets/oidc/providers.json),-f docker-compose.yml -f deploy/oidc.yml)"
    assert f"WITH_OIDC = {taken}\n" in makefile
    assert "\t@$(COMPOSE) $(WITH_OIDC) up -d\n" in makefile


def test_the_gateway_leads_to_every_service() -> None:
    [names] = re.findall(
        r"\(\?<name>([a-z|]+)\)", (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    )
    assert sorted(names.split("|")) == sorted(routed_services())


def test_only_the_gateway_is_seen_from_outside_and_only_by_this_machine() -> None:
    assert re.findall(r"ports: (.*)", COMPOSE) == ['["127.0.0.1:${CADRE_PORT:-8000}:8080"]']
    assert "ports:" in part("gateway")


def test_every_image_is_pinned_and_built_here() -> None:
    images = set(re.findall(r"image: (\S+)", COMPOSE))
    builds = set(
        re.findall(
            r"^prepare_(\w+)", (DEPLOY / "offline" / "build").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert {image.partition(":")[0] for image in images} == {f"cadre-ledger/{name}" for name in builds}
    assert all(re.fullmatch(r"\S+:\d[\w.]*", image) for image in images)
    version = re.search(
        r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    broker = re.search(
        r"<version>([\d.]+\.\d+)</version>", (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8")
    )
    assert version
    assert broker
    assert {f"cadre-ledger/cadre:{version[1]}", f"cadre-ledger/kafka:{broker[1]}"} <= images


def test_no_container_runs_as_root() -> None:
    for dockerfile in DEPLOY.glob("*/Dockerfile"):
        users = re.findall(r"^USER (\w+)", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
        assert users
        assert "root" not in users


def test_secrets_are_made_for_every_role_once_and_for_their_owner_only(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "make-secrets", tmp_path)
    subprocess.run([tmp_path / "make-secrets"], check=True)
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == {*roles(), "postgres", "tokens"}
    assert set(re.findall(r"file: deploy/secrets/(\w+)", COMPOSE)) == set(made)
    assert len(set(made.values())) == len(made)
    assert all(len(secret.strip()) == 40 for name, secret in made.items() if name != "tokens")
    assert BearerTokens.read_file(tmp_path / "secrets" / "tokens").read_class == "personal", (
        "the page shows names"
    )
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    subprocess.run([tmp_path / "make-secrets"], check=True)
    assert made == {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/tokens"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
