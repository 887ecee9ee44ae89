"""Options that several commands of `cadre site` share."""

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path | None, typer.Option("--out", help="The file to write; without it, standard output.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the fact.")]
OnDay = Annotated[str, typer.Option("--on", help="The day from which it is so; else today.")]
DecisionId = Annotated[str, typer.Option("--decision", help="The id of the decision document.")]
