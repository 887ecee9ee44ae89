"""`cadre audit …`: seal the logs, hand out archives and proofs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from services.audit.archive import export, prove
from services.audit.replaying import Replay, certify, program, replay
from services.audit.sealing import Broken, ChainBroken, KeyExposed, Seals, signing_key
from services.cluster import Node, from_environment
from services.composition import embedded
from services.console.common import Context, fail, out, reading, watching, writing
from shared.dates import day_of
from shared.notes import Signer
from shared.runtime import Ledger
from shared.runtime.embedded import Embedded
from shared.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def commands() -> typer.Typer:
    audit = typer.Typer(help="Seal, export, replay; what was known when.", no_args_is_help=True)
    for command in (key, seal):
        audit.command()(command)
    audit.command("export")(export_)
    audit.command("prove")(prove_)
    audit.command("replay")(replay_)
    return audit


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


def export_(ctx: typer.Context, folder: Path, as_json: AsJson = False) -> None:
    """Write everything an auditor needs into a new folder, with a program that checks it."""
    context: Context = ctx.obj
    signing = signer(context)
    with reading(context) as ledger, sealing(context, ledger) as seals, watching(as_json) as progress:
        try:
            manifest = export(seals, signing, folder, context.clock(), progress)
        except FileExistsError as error:
            fail(str(error), "name a new folder")
    lines = [{"log": name, "events": held.events, "root": held.root} for name, held in manifest.logs.items()]
    out(manifest if as_json else lines, as_json, ("log", "events", "root"))


def prove_(ctx: typer.Context, event: str, file: Path) -> None:
    """Write the proof that an event is in its log; `verify.py FILE` checks it."""
    context: Context = ctx.obj
    signing = signer(context)
    with reading(context) as ledger, sealing(context, ledger) as seals:
        proof = prove(seals, signing, event)
    if proof is None:
        fail(f"no log holds the event {event}", code=1)
    file.write_bytes(msgspec.json.encode(proof) + b"\n")


def signer(context: Context) -> Signer:
    settings = context.settings()
    try:
        return signing_key(settings.home, settings.site, os.environ)
    except KeyExposed as error:
        fail(str(error))


@contextmanager
def sealing(context: Context, ledger: Ledger) -> Iterator[Seals]:
    """A log that is not what was sealed ends the command."""
    settings = context.settings()
    seals = Seals(ledger.logs, settings.home / "trees", settings.site)
    try:
        yield seals
    except (Broken, ChainBroken) as error:
        fail(
            str(error), "the past was changed: keep this ledger as it is, and call who is to judge it", code=1
        )
    finally:
        seals.close()


def actor() -> str:
    return f"audit:{os.environ.get('USER') or 'console'}"


def replay_(
    ctx: typer.Context,
    processes: Annotated[int, typer.Option(min=1, help="How many work at once.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Recompute every row from the first event on and compare. Ends with status 1 where anything differs."""
    context: Context = ctx.obj
    settings, signing = context.settings(), signer(context)
    opener = partial(opened_for_replay, settings) if not os.environ.get("CADRE_KAFKA") else _cluster
    with writing(context) as ledger, sealing(context, ledger) as seals, watching(as_json) as progress:
        ledger.settle()
        asked = Replay(
            open_=opener, notes=settings.home / "replay.ndjson", program=program(), processes=processes
        )
        found = replay(asked, seals, progress)
        certify(ledger.apps["audit"], signing, found, settings.site, "the store", context.clock(), actor())
    lines = [{"what": name, "count": n, "digest": found.roots[name]} for name, n in found.events.items()]
    lines += [{"what": name, "count": n, "digest": found.digests[name]} for name, n in found.rows.items()]
    out(found if as_json else lines, as_json, ("what", "count", "digest"))
    if found.differences:
        shown = "\n".join(
            f"{each.what}: {each.log} {each.stream} {each.rows} {each.key} {each.detail}"
            for each in found.differences[:20]
        )
        fail(shown, f"{len(found.differences)} differences", code=1)


def opened_for_replay(settings: Settings) -> Embedded:
    """In each process of a replay: only to read."""
    return embedded(settings, writes=False)


def _cluster() -> Node:
    return Node(from_environment(os.environ))
