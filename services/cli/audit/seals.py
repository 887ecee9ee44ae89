"""Seal the logs, hand out archives and proofs."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.audit.archive import can_write_parquet, export_archive, prove_event
from services.cli.audit.options import AsJson, actor, sealing, signer
from services.cli.common import Context, fail, out, reading, watching, writing
from shared.core.partial_dates import day_of


def key(ctx: typer.Context) -> None:
    """The public key of this site: publish it where others can find it without asking this office."""
    Console().print(str(signer(ctx.obj).verifier), highlight=False, soft_wrap=True, markup=False)


def seal(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Sign a checkpoint of every log that has grown, and keep it."""
    context: Context = ctx.obj
    signing = signer(context)
    with writing(context) as ledger, sealing(context, ledger) as seals:
        sealed = seals.seal(ledger.apps["audit"], signing, actor(), day_of(context.clock()))
    lines = [{"log": name, "events": size} for name, size in sealed.items()]
    out(sealed if as_json else lines, as_json, ("log", "events"))


def export_(
    ctx: typer.Context,
    folder: Path,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="The events as columns too, for programs that compute.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write everything an auditor needs into a new folder, with a program that checks it."""
    if parquet and not can_write_parquet():
        fail("Parquet is written by pyarrow, which is not installed", "pip install 'cadre-ledger[parquet]'")
    context: Context = ctx.obj
    signing = signer(context)
    with reading(context) as ledger, sealing(context, ledger) as seals, watching(as_json) as progress:
        try:
            manifest = export_archive(seals, signing, folder, context.clock(), progress, parquet)
        except FileExistsError as error:
            fail(str(error), "name a new folder")
    lines = [{"log": name, "events": held.events, "root": held.root} for name, held in manifest.logs.items()]
    out(manifest if as_json else lines, as_json, ("log", "events", "root"))


def prove_(ctx: typer.Context, event: str, file: Path) -> None:
    """Write the proof that an event is in its log; `verify.py FILE` checks it."""
    context: Context = ctx.obj
    signing = signer(context)
    with reading(context) as ledger, sealing(context, ledger) as seals:
        proof = prove_event(seals, signing, event)
    if proof is None:
        fail(f"no log holds the event {event}", code=1)
    file.write_bytes(msgspec.json.encode(proof) + b"\n")
