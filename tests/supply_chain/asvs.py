"""The sheet of security requirements, docs/security/asvs.md, written from docs/security/asvs.txt.

`python -m tests.supply_chain.asvs --write`. A line of the text has ids, what it is about and what shows it, cut by |.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from tests.supply_chain.lock import ROOT

TEXT = ROOT / "docs" / "security" / "asvs.txt"
SHEET = ROOT / "docs" / "security" / "asvs.md"
CHAPTERS = (
    "Encoding and sanitization",
    "Validation and business logic",
    "Web frontend",
    "API and web service",
    "Files",
    "Authentication",
    "Sessions",
    "Authorization",
    "Self-contained tokens",
    "OAuth and OIDC",
    "Cryptography",
    "Secure communication",
    "Configuration",
    "Data protection",
    "Secure coding and architecture",
    "Logging and errors",
    "WebRTC",
)
HEAD = """# OWASP ASVS 5.0.0, levels 1 and 2

Written from [asvs.txt](asvs.txt) by `python -m tests.supply_chain.asvs --write`; do not edit. The requirements
themselves are at <https://github.com/OWASP/ASVS>; what is said of them here is in our words. A row names the tests that
show it, or the reason why it needs none, or what is still missing (**open**). Why things are as they are is in
[security.md](../security.md).
"""


class Row(NamedTuple):
    """Requirements that the same thing shows."""

    ids: tuple[str, ...]
    about: str
    tests: tuple[str, ...] = ()
    """file::function, below tests/."""
    reason: str = ""
    missing: str = ""


class WrongRow(ValueError):
    """A line of the text cannot be read. The text says which and why."""


def read_rows(text: str) -> list[Row]:
    """All rows, in order. Raises WrongRow."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        ids, *rest = (part.strip() for part in line.split("|"))
        said = {part.partition(":")[0]: part.partition(":")[2].strip() for part in rest[1:]}
        if not said or not said.keys() <= {"test", "reason", "open"} or not all(said.values()):
            raise WrongRow(f"line {number}: it needs `test: …`, `reason: …` or `open: …`")
        tests = tuple(said.get("test", "").split())
        rows.append(Row(tuple(ids.split()), rest[0], tests, said.get("reason", ""), said.get("open", "")))
    return rows


def order(number: str) -> tuple[int, ...]:
    """The place of a requirement among the others."""
    return tuple(int(part) for part in number.split("."))


def write_sheet(rows: list[Row]) -> str:
    """The sheet: a row for each requirement, by chapter, and counts."""
    by_id = {each: row for row in rows for each in row.ids}
    shown = sum(bool(row.tests) for row in by_id.values())
    missing = sum(bool(row.missing) for row in by_id.values())
    lines = [
        HEAD,
        f"{len(by_id)} requirements: {shown} with tests, {missing} with something open, the others with a reason.",
    ]
    chapter = 0
    for number in sorted(by_id, key=order):
        if order(number)[0] != chapter:
            chapter = order(number)[0]
            lines += [
                "",
                f"## V{chapter} {CHAPTERS[chapter - 1]}",
                "",
                "| | what | shown by |",
                "|---|---|---|",
            ]
        row = by_id[number]
        lines.append(f"| {number} | {row.about} | {_evidence(row)} |")
    return "\n".join(lines) + "\n"


def _evidence(row: Row) -> str:
    tests = ", ".join(
        f"[{each.partition('::')[2]}](../../tests/{each.partition('::')[0]})" for each in row.tests
    )
    parts = [tests, row.reason, f"**open**: {row.missing}" if row.missing else ""]
    return "; ".join(part for part in parts if part)


def generate(text: Path = TEXT) -> str:
    return write_sheet(read_rows(text.read_text(encoding="utf-8")))


if __name__ == "__main__":
    if "--write" in sys.argv:
        SHEET.write_text(generate(), encoding="utf-8")
    elif SHEET.read_text(encoding="utf-8") != generate():
        sys.exit(f"{SHEET.name} is not what {TEXT.name} says: python -m tests.supply_chain.asvs --write")
