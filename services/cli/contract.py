"""`cadre contract`: check the published contracts of events and HTTP against the code, write or release them."""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import SERVICES, open_embedded_ledger
from services.cli.errors import fail
from services.cli.language import translate
from shared.contract.asyncapi import build_contract_files, build_schemas, format_json
from shared.contract.compatibility import find_breaking_changes
from shared.operations.settings import load

FOLDER = Path(__file__).parents[2] / "docs" / "contract"
TOPICS = [service.topic for service in SERVICES.values()]


def check_contract(
    write: Annotated[bool, typer.Option("--write", help="Write docs/contract anew.")] = False,
    release: Annotated[
        bool,
        typer.Option(
            "--release",
            help="From now on others may rely on it; refused when it breaks them.",
        ),
    ] = False,
) -> None:
    """Fail where docs/contract is not what the code says, or where the code breaks what was released."""
    changes = [str(each) for each in find_breaking_changes(released(), build_schemas(TOPICS))]
    if changes:
        fail(
            "{changes}",
            "{count} changes would break those who read the events",
            code=1,
            changes="\n".join(changes),
            count=len(changes),
        )
    if write or release:
        os.umask(0o022)  # these files are about nobody, and for everybody
    if write:
        rewrite(FOLDER)
    if release:
        lines = [
            f"{msgspec.json.encode(tag).decode()}: {msgspec.json.encode(schema).decode()}"
            for tag, schema in sorted(build_schemas(TOPICS).items())
        ]
        (FOLDER / "released.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    if outdated := stale(FOLDER):
        fail("not what the code says: {files}", "run `make contract`", code=1, files=", ".join(outdated))
    Console(stderr=True).print(translate("the contract is what the code says"))


def released() -> dict[str, Any]:
    """The schemas that others rely on, by tag."""
    schemas_of: dict[str, Any] = msgspec.json.decode((FOLDER / "released.json").read_bytes())
    return schemas_of


@cache
def documents() -> dict[str, bytes]:
    """Every file of docs/contract that is made from the code, by its path there."""
    return {**build_contract_files(TOPICS), "openapi.json": format_json(openapi())}


def openapi() -> dict[str, Any]:
    """The OpenAPI document of all services together, over an empty ledger."""
    with TemporaryDirectory() as home:
        ledger = open_embedded_ledger(load(Path(home)))
        try:
            return create_http_app(ledger).openapi()
        finally:
            ledger.close()


def stale(folder: Path) -> list[str]:
    """Files that are missing, left over, or not as the code says."""
    wanted = documents()
    there = {str(file.relative_to(folder)): file.read_bytes() for file in _generated(folder)}
    return sorted(name for name in wanted.keys() | there if wanted.get(name) != there.get(name))


def rewrite(folder: Path) -> None:
    """Replace every generated file of the folder."""
    for file in _generated(folder):
        file.unlink()
    for name, content in documents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _generated(folder: Path) -> list[Path]:
    return [*folder.glob("asyncapi.json"), *folder.glob("openapi.json"), *folder.glob("schemas/*.json")]
