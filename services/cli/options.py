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
