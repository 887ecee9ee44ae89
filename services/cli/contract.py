"""`cadre contract`: the contract of the events, written, checked against the code and against what was released."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from services.bootstrap.services import SERVICES
from services.cli.common import fail
from shared.contract.asyncapi import build_contract_files, build_schemas
from shared.contract.compatibility import find_breaking_changes

FOLDER = Path(__file__).parents[2] / "docs" / "contract"
TOPICS = [service.topic for service in SERVICES.values()]


def contract(
    write: Annotated[bool, typer.Option("--write", help="Write docs/contract anew.")] = False,
    release: Annotated[
        bool,
        typer.Option("--release", help="From now on others rely on it as it is. Refused when it breaks."),
    ] = False,
) -> None:
    """Fail where docs/contract is not what the code says, or where the code breaks what was released."""
    broken = [str(each) for each in find_breaking_changes(released(), build_schemas(TOPICS))]
    if broken:
        fail("\n".join(broken), f"{len(broken)} changes would break those who read the events", code=1)
    if write:
        rewrite(FOLDER)
    if release:
        lines = [
            f"{msgspec.json.encode(tag).decode()}: {msgspec.json.encode(schema).decode()}"
            for tag, schema in sorted(build_schemas(TOPICS).items())
        ]
        (FOLDER / "released.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    if old := stale(FOLDER):
        fail(f"not what the code says: {', '.join(old)}", "run: make contract", code=1)
    Console(stderr=True).print("the contract stands")


def released() -> dict[str, Any]:
    """The schemas that others rely on, by tag."""
    schemas_of: dict[str, Any] = msgspec.json.decode((FOLDER / "released.json").read_bytes())
    return schemas_of


def stale(folder: Path) -> list[str]:
    """Files that are missing, left over, or not as the code says."""
    wanted = build_contract_files(TOPICS)
    there = {str(file.relative_to(folder)): file.read_bytes() for file in _generated(folder)}
    return sorted(name for name in wanted.keys() | there if wanted.get(name) != there.get(name))


def rewrite(folder: Path) -> None:
    for file in _generated(folder):
        file.unlink()
    for name, content in build_contract_files(TOPICS).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _generated(folder: Path) -> list[Path]:
    return [*folder.glob("asyncapi.json"), *folder.glob("schemas/*.json")]
