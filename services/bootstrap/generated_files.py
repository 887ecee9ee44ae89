"""Every file, or part of one, that is written from the code: the map, the glossary, parts of the deployment."""

import re
from pathlib import Path

from services.bootstrap.deployment import deployment_blocks
from services.bootstrap.glossary import generate_glossary
from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS


def generate_map() -> str:
    """A Markdown table: each service, its events, what it reacts to, and the rows projected from its topic."""
    lines = ["| service | events | reacts to | rows |", "|---|---|---|---|"]
    for name, service in SERVICES.items():
        events = ", ".join(
            tag.removeprefix(f"{name}.") for tag in service.topic.kinds if tag.startswith(name)
        )
        reactions = ", ".join(f"{each.follows.name} ({each.name})" for each in service.reactions) or "–"
        rows = ", ".join(each.name for each in PROJECTIONS if each.follows is service.topic)
        lines.append(f"| `{name}` | {events} | {reactions} | {rows} |")
    return "\n".join(lines) + "\n"


def generate_files(root: Path) -> dict[Path, str]:
    """The whole content of every generated file. ValueError names a block that a file does not have."""
    files = {root / "docs" / "glossary.md": generate_glossary()}
    for file, name, text in (("README.md", "map", generate_map()), *deployment_blocks()):
        path = root / file
        before = files.get(path) or path.read_text(encoding="utf-8")
        block = re.compile(
            rf"(^[^\n]*begin {name}:[^\n]*\n).*?(^[^\n]*end {name}\b)", re.MULTILINE | re.DOTALL
        )
        match = block.search(before)
        if not match:
            raise ValueError(f"{file} has no lines `begin {name}: …` and `end {name}`")
        files[path] = before[: match.end(1)] + text + before[match.start(2) :]
    return files
