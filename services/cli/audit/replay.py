"""`cadre audit replay`: recompute every row from the events and compare."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from services.audit.replay import (
    IncompleteSource,
    ReplayRequest,
    ReplaySource,
    ReplayUnderWay,
    certify,
    describe_program,
    read_archive,
    read_topics,
    run_replay,
)
from services.bootstrap.cluster import open_cluster_ledger
from services.bootstrap.services import open_embedded_ledger
from services.cli.audit.options import current_actor, load_signer, open_seals
from services.cli.context import Context
from services.cli.errors import fail, warn
from services.cli.language import translate
from services.cli.ledger_access import ledger_beside_writers, ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_result
from shared.core.errors import DiskFull, ReadOnlyStore
from shared.database.failures import is_failure, name_failure
from shared.database.sqlite_address import can_write
from shared.operations.settings import Settings, from_environment, in_cluster
from shared.runtime.cluster import ClusterLedger
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import Progress


def replay_logs(
    ctx: typer.Context,
    archive: Annotated[
        Path | None, typer.Option("--from", help="The events of this exported archive.")
    ] = None,
    kafka: Annotated[
        str, typer.Option("--kafka", help="The events of the topics of this broker: HOST:PORT.")
    ] = "",
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="How many processes work at once.")
    ] = 2,
    as_json: AsJson = False,
) -> None:
    """Recompute every row from the first event on and compare; the certificate goes into the log of the audit."""
    context: Context = ctx.obj
    settings, signer = context.settings(), load_signer(context)
    cluster = in_cluster()
    source = f"archive {archive.name}" if archive else "kafka" if kafka else "store"
    with (
        ledger_beside_writers(context) as ledger,
        open_seals(context, ledger) as seals,
        progress_bar(as_json) as progress,
        TemporaryDirectory(prefix="replay-", dir=_writable(settings.home)) as copy,
    ):
        with suppress(ReadOnlyStore, DiskFull):  # nothing is written to it here
            ledger.check_stores(ledger.logs)
        if archive or kafka:
            _read_events(archive, kafka, ledger, Path(copy), progress)
        request = ReplayRequest(
            open_=_open_cluster if cluster else partial(_open_embedded, settings),
            notes=(_writable(settings.home) or Path(copy)) / "replay.ndjson",
            program=describe_program(),
            copy=Path(copy) if archive or kafka else None,
            processes=processes,
        )
        try:
            certificate = run_replay(request, seals, progress)
        except ReplayUnderWay as error:
            fail(str(error), "wait until it ends", code=75)
    try:
        with ledger_for_writing(context) as ledger:
            origin = context.clock(), current_actor()
            certify(ledger.apps["audit"], signer, certificate, settings.site, source, *origin)
    except Exception as error:
        if not is_failure(error) or not isinstance(name_failure(error), ReadOnlyStore):
            raise
        warn("the ledger may only be read, so the certificate is not recorded in the log of the audit")
    lines = [
        {"what": name, "count": n, "digest": certificate.roots[name]}
        for name, n in certificate.events.items()
    ]
    lines += [
        {"what": name, "count": n, "digest": certificate.digests[name]}
        for name, n in certificate.rows.items()
    ]
    write_result(certificate if as_json else lines, as_json, ("what", "count", "digest"))
    totals = {
        "events": sum(certificate.events.values()),
        "rows": sum(certificate.rows.values()),
        "count": certificate.count,
    }
    if not as_json:
        same = translate(
            "Verdict: all {rows} rows follow from the {events} facts, and no sealed fact was changed.",
            **totals,
        )
        different = translate(
            "Verdict: {count} differences between {rows} rows and {events} facts; do not rely on them.",
            **totals,
        )
        Console().print(different if certificate.count else same, highlight=False, soft_wrap=True)
    if certificate.differences:
        shown = [
            f"{d.what}: {d.log} {d.stream} {d.rows} {d.key} {d.detail}" for d in certificate.differences[:20]
        ]
        fail(
            "{differences}",
            "{count} differences; --json lists the first {listed}",
            code=1,
            differences="\n".join(shown),
            count=certificate.count,
            listed=len(certificate.differences),
        )


def _read_events(
    archive: Path | None, kafka: str, ledger: ReplaySource, copy: Path, progress: Progress
) -> None:
    if archive and kafka:
        fail(
            "the events come from an archive or from a broker, not from both",
            "leave one of --from and --kafka out",
        )
    try:
        if archive:
            read_archive(archive, ledger, copy, progress)
            return
        from shared.messaging.kafka import read_topic

        read_topics(partial(read_topic, kafka), ledger, copy, progress)
    except IncompleteSource as error:
        if archive:
            fail(str(error), "name a folder that `cadre audit export` has written")
        fail(
            str(error),
            "wait until the relay has copied them; `cadre republish TOPIC` fills a topic that has lost some",
        )
    except ConnectionError as error:
        fail(
            "the broker at {address} cannot be read: {error}",
            "name it as HOST:PORT, and see that it answers",
            address=kafka,
            error=error,
        )


def _writable(home: Path) -> Path | None:
    """The folder, where something can be written to it."""
    return home if can_write(home / "lease") else None


def _open_embedded(settings: Settings) -> EmbeddedLedger:
    """The ledger in each process of a replay, only to read."""
    return open_embedded_ledger(settings, writes=False)


def _open_cluster() -> ClusterLedger:
    return open_cluster_ledger(from_environment())
