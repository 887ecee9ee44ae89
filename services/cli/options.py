"""Options that several commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]
AsOfDay = Annotated[str, typer.Option("--as-of", help="A day: 2025-06-30 or 30/6/2025.")]
KnownAt = Annotated[
    str,
    typer.Option(
        "--known-at",
        "--known",
        help="Only what was known then: a day or an instant. Else: what is known now.",
    ),
]
SchemeFilter = Annotated[str, typer.Option("--scheme", help="Show and filter by the ids of this scheme.")]
UnitId = Annotated[str, typer.Option("--unit", help="Id of a unit: it and all below it.")]
ViewName = Annotated[
    str,
    typer.Option(
        "--view",
        help="here: known since this site has it; recorded: since its own site recorded it, equal at all sites.",
    ),
]
SeenBy = Annotated[str, typer.Option("--seen-by", help="As this site below knew it, by its id.")]
OfSites = Annotated[
    list[str] | None,
    typer.Option("--site", help="Only facts that this site recorded. May be given again."),
]
SayHeard = Annotated[
    bool, typer.Option("--heard", help="With --json: also how far every other site was heard.")
]
