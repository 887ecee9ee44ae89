"""`cadre rebuild` and `cadre map`: rows from the logs anew; the map of services in the README."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.bootstrap.generated_files import generate_files, generate_map
from services.cli.common import Context, fail, out, reading, watching, writing
from shared.operations.integrity_check import AcknowledgedCommand


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
    write: Annotated[bool, typer.Option("--write", help="Write every generated file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail when a file differs from the code.")] = False,
) -> None:
    """The map of services and their events; with --write also the other files that are generated from the code."""
    if not (write or check):
        Console().print(generate_map(), highlight=False, markup=False)
        return
    root = Path(__file__).parents[2]
    try:
        files = generate_files(root)
    except (ValueError, OSError) as error:
        fail(str(error), "restore those lines, then run: cadre map --write", code=1)
    for path, content in files.items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            fail(f"{path.relative_to(root)} is not what the code says", "run: cadre map --write", code=1)
        if write:
            path.write_text(content, encoding="utf-8")
