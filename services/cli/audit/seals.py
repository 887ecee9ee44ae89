"""`cadre audit key`, `seal`, `export` and `prove`: seal the logs, hand out archives and proofs."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.audit.archive import CosignedNote, can_write_parquet, prove_event
from services.audit.archive import export_archive as write_archive
from services.cli.audit.cosignatures import VALID, describe_cosignature, read_cosigned
from services.cli.audit.options import current_actor, load_signer, open_seals
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.ledger_access import ledger_for_reading, ledger_for_writing
from services.cli.options import AsJson
from services.cli.output import progress_bar, write_result
from shared.core.partial_dates import day_of


def print_key(ctx: typer.Context) -> None:
    """Print the public key of this site."""
    Console().print(str(load_signer(ctx.obj).verifier), highlight=False, soft_wrap=True, markup=False)


def seal_logs(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Sign a checkpoint of every log that has grown, and keep it."""
    context: Context = ctx.obj
    signing = load_signer(context)
    with ledger_for_writing(context) as ledger, open_seals(context, ledger) as seals:
        sealed = seals.seal(ledger.apps["audit"], signing, current_actor(), day_of(context.clock()))
    lines = [{"log": name, "events": size} for name, size in sealed.items()]
    write_result(sealed if as_json else lines, as_json, ("log", "events"))


def export_archive(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The new folder for the archive.")],
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Also the events as columns, for programs that compute.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write everything an auditor needs into a new folder, with a program that checks it."""
    if parquet and not can_write_parquet():
        fail(
            "Parquet is written by pyarrow, which is not installed",
            "run `pip install 'cadre-ledger[parquet]'`",
        )
    context: Context = ctx.obj
    signing = load_signer(context)
    with (
        ledger_for_reading(context) as ledger,
        open_seals(context, ledger) as seals,
        progress_bar(as_json) as progress,
    ):
        try:
            cosigned = [
                CosignedNote(each.line, each.size, each.key, each.note) for each in read_cosigned(ledger)
            ]
            manifest = write_archive(seals, signing, folder, context.clock(), progress, parquet, cosigned)
        except FileExistsError as error:
            fail(str(error), "name a new folder")
    lines = [{"log": name, "events": held.events, "root": held.root} for name, held in manifest.logs.items()]
    write_result(manifest if as_json else lines, as_json, ("log", "events", "root"))


def list_cosignatures(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Which checkpoints of the logs of this site others have cosigned, each verified. Exit code 1 where one is about
    another history than what is here."""
    context: Context = ctx.obj
    with ledger_for_reading(context) as ledger, open_seals(context, ledger) as seals:
        found = [
            describe_cosignature(each, seals) for each in read_cosigned(ledger) if each.log in ledger.logs
        ]
    write_result(found, as_json, ("line", "events", "witness", "at", "state", "key"))
    if any(each["state"] != VALID for each in found):
        fail(
            "a witness has cosigned another history of a log than the one that is here",
            "the past was changed: keep this ledger as it is, and call those who are to judge it",
            code=1,
        )


def write_proof(
    ctx: typer.Context,
    event: Annotated[str, typer.Argument(help="The id of the event.")],
    file: Annotated[Path, typer.Argument(help="The file to write the proof to.")],
) -> None:
    """Write the proof that an event is in its log."""
    context: Context = ctx.obj
    signing = load_signer(context)
    with ledger_for_reading(context) as ledger, open_seals(context, ledger) as seals:
        proof = prove_event(seals, signing, event)
    if proof is None:
        fail("no log holds the event {event}", code=1, event=event)
    file.write_bytes(msgspec.json.encode(proof) + b"\n")
