"""`cadre`, or `python -m services`: the command line of Cadre Ledger."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli import (
    audit,
    cluster,
    contract,
    correct,
    generate,
    imports,
    maintenance,
    repair,
    report,
    run,
    settings,
    show,
)
from services.cli.common import Context


def application() -> typer.Typer:
    cadre = typer.Typer(name="cadre", no_args_is_help=True, pretty_exceptions_show_locals=False)

    @cadre.callback()
    def options(
        ctx: typer.Context,
        home: Annotated[Path | None, typer.Option(help="Where the ledger lives (else CADRE_HOME).")] = None,
    ) -> None:
        """Who led what, where and when, as it was known at any moment."""
        ctx.obj = Context(home)

    cadre.add_typer(imports.commands(), name="import")
    cadre.add_typer(show.commands(), name="show")
    cadre.add_typer(audit.commands(), name="audit")
    cadre.add_typer(report.report_commands(), name="report")
    cadre.command()(report.forecast)
    cadre.command()(run.run)
    cadre.command()(run.demo)
    cadre.command()(correct.correct)
    cadre.command()(generate.generate)
    for process in (cluster.migrate, cluster.serve, cluster.relay, cluster.work):
        cadre.command(rich_help_panel="Cluster")(process)
    for remedy in (repair.republish, repair.parked):
        cadre.command(rich_help_panel="Cluster")(remedy)
    cadre.command()(maintenance.rebuild)
    cadre.command("verify-run")(maintenance.verify_run)
    cadre.command("map")(maintenance.service_map)
    cadre.command()(contract.contract)
    cadre.command()(settings.settings)
    return cadre


def main() -> None:
    application()()


if __name__ == "__main__":
    main()
