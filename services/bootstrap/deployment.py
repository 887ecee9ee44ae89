"""Parts of deployment files that follow from the registry: processes, secrets and gateway routes of every service."""

import re
from collections.abc import Iterator
from pathlib import Path

from services.bootstrap.db_roles import roles
from services.bootstrap.services import REGISTRY, routed_services

PROCESS = """\
  {name}:
    <<: *writer
    command: [serve, {name}, --host, 0.0.0.0]
    environment:
      <<: *settings
      CADRE_DATABASE: postgresql://{name}@postgres/cadre
      CADRE_PASSWORD: /run/secrets/{name}
    secrets: [tokens, {name}]
"""
"""A writing service of docker-compose.yml: its process, database role and secrets."""


def generated_blocks() -> Iterator[tuple[str, str, str]]:
    """(file, name of the block, text between its `begin` and `end` lines)."""
    names, routed = [each.name for each in REGISTRY], routed_services()
    compose = "docker-compose.yml"
    yield compose, "services", "\n".join(PROCESS.format(name=name) for name in names)
    yield compose, "secrets of migrate", f"    secrets: [postgres, {', '.join(roles())}]\n"
    yield (
        compose,
        "secrets",
        "".join(f"  {name}: {{file: deploy/secrets/{name}}}\n" for name in ("postgres", "tokens", *roles())),
    )
    yield (
        "deploy/nginx/nginx.conf",
        "routes",
        f'        "~^/(?:feeds/)?(?<name>{"|".join(routed)})(?:/|$)" $name;\n'
        + "".join(f'        "~^/feeds/{name}(?:/|$)" {name};\n' for name in names if name not in routed),
    )
    yield "deploy/make-secrets", "roles", f'roles="postgres {" ".join(roles())}"\n'


def generate_files(root: Path) -> dict[Path, str]:
    """Every deployment file with its blocks written anew. ValueError names a block that a file does not have."""
    files: dict[Path, str] = {}
    for file, name, text in generated_blocks():
        path = root / file
        before = files.get(path) or path.read_text(encoding="utf-8")
        block = re.compile(rf"(^ *# begin {name}: [^\n]*\n).*?(^ *# end {name}$)", re.MULTILINE | re.DOTALL)
        found = block.search(before)
        if not found:
            raise ValueError(f"{file} has no lines `# begin {name}: …` and `# end {name}`")
        files[path] = before[: found.end(1)] + text + before[found.start(2) :]
    return files
