"""Recompute everything and compare."""

import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from services.audit.replay import (
    IncompleteSource,
    ReplayRequest,
    ReplaySource,
    certify,
    describe_program,
    read_archive,
    read_topics,
    run_replay,
)
from services.bootstrap.cluster import from_environment, open_cluster_ledger
from services.bootstrap.services import open_embedded_ledger
from services.cli.audit.options import AsJson, actor, sealing, signer
from services.cli.common import Context, fail, out, watching, writing
from shared.operations.settings import Settings
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Progress


def replay_(
    ctx: typer.Context,
    archive: Annotated[
        Path | None, typer.Option("--from", help="Events of an exported archive instead.")
    ] = None,
    kafka: Annotated[str, typer.Option(help="Events of the topics of this broker instead: HOST:PORT.")] = "",
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
        ledger.project_pending(progress)
        if archive or kafka:
            _read(archive, kafka, ledger, Path(copy), progress)  # type: ignore[arg-type]  # both kinds have keys
        asked = ReplayRequest(
            open_=_node if cluster else partial(_embedded, settings),
            notes=settings.home / "replay.ndjson",
            program=describe_program(),
            copy=Path(copy) if archive or kafka else None,
            processes=processes,
        )
        found = run_replay(asked, seals, progress)
        source = f"archive {archive.name}" if archive else "kafka" if kafka else "store"
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


def _read(archive: Path | None, kafka: str, ledger: ReplaySource, copy: Path, progress: Progress) -> None:
    if archive and kafka:
        fail(
            "events come from an archive or from a broker, not from both",
            "leave one of --from and --kafka out",
        )
    try:
        if archive:
            read_archive(archive, ledger, copy, progress)
            return
        from shared.messaging.kafka import read_topic

        read_topics(partial(read_topic, kafka), ledger, copy, progress)
    except IncompleteSource as error:
        remedy = "name a folder that `cadre audit export` has written" if archive else BEHIND
        fail(str(error), remedy)
    except ConnectionError as error:
        fail(
            f"the broker at {kafka} cannot be read: {error}", "name it as HOST:PORT, and see that it answers"
        )


BEHIND = "wait until the relay has copied them; `cadre republish TOPIC` fills a topic that has lost some"


def _embedded(settings: Settings) -> EmbeddedLedger:
    """In each process of a replay: only to read."""
    return open_embedded_ledger(settings, writes=False)


def _node() -> ClusterLedger:
    return open_cluster_ledger(from_environment(os.environ))
