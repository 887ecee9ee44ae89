"""`cadre rebuild` and `cadre map`: rows from the logs anew; the map of services in the README."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS
from services.cli.common import Context, fail, out, reading, watching, writing
from shared.operations.integrity_check import AcknowledgedCommand

START, END = "<!-- map: made by `cadre map --write` -->", "<!-- end of map -->"


def rebuild(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Fold every row anew from the logs. Readers see the old rows until the new ones stand."""
    context: Context = ctx.obj
    with writing(context) as ledger, watching(as_json) as progress:
        counts = ledger.rebuild(progress)
    out(
        counts if as_json else [{"rows": name, "count": n} for name, n in counts.items()],
        as_json,
        ("rows", "count"),
    )


def verify_run(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    promised: Annotated[
        Path | None, typer.Option(help="Lines of {topic, key, facts}: commands a client saw acknowledged.")
    ] = None,
) -> None:
    """Check that nothing is lost or doubled, and that every row is what a fold from zero says."""
    context: Context = ctx.obj
    promises = [
        msgspec.json.decode(line, type=AcknowledgedCommand)
        for line in (promised.read_bytes().splitlines() if promised else ())
    ]
    with reading(context) as ledger:
        verdict = ledger.check_integrity(promises)
    counts = verdict.events | verdict.rows
    out(
        verdict if as_json else [{"what": k, "count": n} for k, n in counts.items()],
        as_json,
        ("what", "count"),
    )
    if verdict.complaints:
        fail("\n".join(verdict.complaints[:20]), f"{len(verdict.complaints)} complaints", code=1)


def service_map(
    write: Annotated[bool, typer.Option("--write", help="Put it into README.md.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when README.md has another one.")] = False,
) -> None:
    """Which service says what, and what is made of it: generated from the declarations."""
    text = drawn()
    readme = Path(__file__).parents[2] / "README.md"
    if not (write or check):
        Console().print(text, highlight=False, markup=False)
        return
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    old, _, after = rest.partition(END)
    if check and old.strip() != text.strip():
        fail("the map in README.md is not the map of the code", "run: cadre map --write", code=1)
    if write:
        readme.write_text(f"{before}{START}\n{text}\n{END}{after}", encoding="utf-8")


def drawn() -> str:
    lines = ["| service | says | answers | rows made of it |", "|---|---|---|---|"]
    for name, service in SERVICES.items():
        says = ", ".join(tag.removeprefix(f"{name}.") for tag in service.topic.kinds if tag.startswith(name))
        answers = (
            ", ".join(f"{reaction.follows.name} ({reaction.name})" for reaction in service.reactions) or "–"
        )
        rows = ", ".join(each.name for each in PROJECTIONS if each.follows is service.topic)
        lines.append(f"| `{name}` | {says} | {answers} | {rows} |")
    return "\n".join(lines)
