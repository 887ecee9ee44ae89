"""`cadre audit …`: seal, export, prove, replay; what was known when; erase."""

import typer

from services.cli.audit import replay, reports, seals


def commands() -> typer.Typer:
    audit = typer.Typer(help="Seal, export, replay; what was known when.", no_args_is_help=True)
    audit.command()(seals.key)
    audit.command()(seals.seal)
    audit.command("export")(seals.export_)
    audit.command("prove")(seals.prove_)
    audit.command("replay")(replay.replay_)
    audit.command("as-known")(reports.as_known)
    audit.command("who-knew-what")(reports.who_knew_what)
    audit.command("erase")(reports.erase_)
    return audit
