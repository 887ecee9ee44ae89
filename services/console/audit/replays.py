"""Recompute everything and compare."""

import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from services.audit.replaying import NotHere, Replay, certify, program, read_archive, replay
from services.cluster import Node, from_environment
from services.composition import embedded
from services.console.audit.opening import AsJson, actor, sealing, signer
from services.console.common import Context, fail, out, watching, writing
from shared.runtime.embedded import Embedded
from shared.settings import Settings


def replay_(
    ctx: typer.Context,
    archive: Annotated[
        Path | None, typer.Option("--from", help="Events of an exported archive instead.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many work at once.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Recompute every row from the first event on and compare. Ends with status 1 where anything differs."""
    context: Context = ctx.obj
    settings, signing = context.settings(), signer(context)
    cluster = bool(os.environ.get("CADRE_KAFKA"))
    with (
        writing(context) as ledger,
        sealing(context, ledger) as seals,
        watching(as_json) as progress,
        TemporaryDirectory(prefix="replay-", dir=settings.home) as copy,
    ):
        ledger.settle(progress)
        if archive:
            try:
                read_archive(archive, ledger, Path(copy), progress)  # type: ignore[arg-type]  # both kinds have keys
            except NotHere as error:
                fail(str(error), "name a folder that `cadre audit export` has written")
        asked = Replay(
            open_=_node if cluster else partial(_embedded, settings),
            notes=settings.home / "replay.ndjson",
            program=program(),
            copy=Path(copy) if archive else None,
            processes=processes,
        )
        found = replay(asked, seals, progress)
        source = f"archive {archive.name}" if archive else "store"
        certify(ledger.apps["audit"], signing, found, settings.site, source, context.clock(), actor())
    lines = [{"what": name, "count": n, "digest": found.roots[name]} for name, n in found.events.items()]
    lines += [{"what": name, "count": n, "digest": found.digests[name]} for name, n in found.rows.items()]
    out(found if as_json else lines, as_json, ("what", "count", "digest"))
    if found.differences:
        shown = [f"{d.what}: {d.log} {d.stream} {d.rows} {d.key} {d.detail}" for d in found.differences[:20]]
        fail(
            "\n".join(shown),
            f"{found.count} differences; --json tells of the first {len(found.differences)}",
            code=1,
        )


def _embedded(settings: Settings) -> Embedded:
    """In each process of a replay: only to read."""
    return embedded(settings, writes=False)


def _node() -> Node:
    return Node(from_environment(os.environ))
