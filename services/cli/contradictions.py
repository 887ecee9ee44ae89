"""`cadre show contradictions`: facts that cannot all be true."""

from typing import Annotated

import typer

from services.cli.errors import fail
from services.cli.language import current_language
from services.cli.ledger_access import ledger_for_reading, parse_as_of
from services.cli.options import AsJson, KnownAt
from services.cli.output import write_result

LAST_ANSWERED_DAY = "9999-12-30"
"""The day before LAST_DAY, for names where no day is asked for."""


def show_contradictions(
    ctx: typer.Context,
    as_of: Annotated[
        str, typer.Option("--as-of", help="Only what holds on this day: 2025-06-30 or 30/6/2025. Else: ever.")
    ] = "",
    known: KnownAt = "",
    kind: Annotated[str, typer.Option("--kind", help="Only this kind, such as TWO_PRIMARY.")] = "",
    place: Annotated[str, typer.Option("--place", help="Id of a unit: it and all below it.")] = "",
    cadre: Annotated[
        str, typer.Option("--cadre", help="Id of a cadre: only what concerns that person.")
    ] = "",
    post: Annotated[str, typer.Option("--post", help="Only this post, by its id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Facts that cannot all be true, whom they concern, and how to mend them."""
    from services.chronicle.queries.contradictions import listing
    from services.chronicle.queries.contradictions.kinds import ContradictionKind

    when = parse_as_of(as_of or LAST_ANSWERED_DAY, known)
    if kind and kind.upper() not in ContradictionKind.__members__:
        fail(
            "there is no contradiction of the kind {kind}",
            "use one of {kinds}",
            kind=kind,
            kinds=", ".join(ContradictionKind.__members__),
        )
    kinds = (ContradictionKind.__members__[kind.upper()],) if kind else tuple(ContradictionKind)
    with ledger_for_reading(ctx.obj) as ledger, ledger.tables.engine.connect() as connection:
        found = listing.choose_contradictions(
            connection,
            when,
            kinds=kinds,
            on=when.as_of if as_of else None,
            place=place,
            cadre=cadre,
            post=post,
        )
        lines = listing.name_contradictions(connection, when, found)
    vi = current_language() == "vi"
    rows = [
        {
            "kind": line.title_vi if vi else line.title,
            "since": line.since,
            "until": line.until,
            "concerns": [each.name or f"{each.what} {each.id}" for each in line.concerns],
            "mend": line.mend_vi if vi else line.mend,
        }
        for line in lines
    ]
    write_result(lines if as_json else rows, as_json, ("kind", "since", "until", "concerns", "mend"))
