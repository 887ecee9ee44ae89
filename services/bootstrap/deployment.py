"""Parts of deployment files that follow from the registry: processes, secrets and gateway routes of every service."""

from collections.abc import Iterator

from services.bootstrap.db_roles import IMPORTER, PORTAL, READER, roles
from services.bootstrap.services import REGISTRY, routed_services
from shared.http.authentication import OWN_PREFIXES

PROCESS = """\
  {name}:
    <<: *writer
    command: [serve, {name}, --host, 0.0.0.0]
    environment:
      <<: *settings
      CADRE_DATABASE: postgresql://{name}@postgres/cadre
      CADRE_PASSWORD: /run/secrets/{name}
{more}    secrets: [tokens, {name}]
"""
"""A writing service of docker-compose.yml: its process, database role and secrets."""
HOME = """\
      CADRE_HOME: /site
    volumes: ["site:/site"]
"""
"""Of the service that exchanges facts with other sites: where the keys of this one are."""


def deployment_blocks() -> Iterator[tuple[str, str, str]]:
    """(file, name of the block, text between its `begin` and `end` lines)."""
    names, routed = [each.name for each in REGISTRY], routed_services()
    compose = "docker-compose.yml"
    yield (
        compose,
        "services",
        "\n".join(PROCESS.format(name=name, more=HOME if name == IMPORTER else "") for name in names),
    )
    yield (
        "deploy/oidc.yml",
        "processes",
        "".join(f"  {name}: *sign-in\n" for name in (*names, READER, PORTAL)),
    )
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
        + "".join(f'        "~^/feeds/{name}(?:/|$)" {name};\n' for name in names if name not in routed)
        + f'        "~^/sync(?:/|$)" {IMPORTER};\n'
        + f'        "~^/(?:{"|".join(("identity", *OWN_PREFIXES))})(?:/|$)" identity;\n',
    )
    yield "deploy/make-secrets", "roles", f'roles="postgres {" ".join(roles())}"\n'
