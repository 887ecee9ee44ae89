"""`cadre find TEXT`: the ids of people, units and posts by words of their names, or by a code of any scheme."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from services.cli.ledger_access import as_known, ledger_for_reading, parse_as_of
from services.cli.options import AsJson, KnownAt, SchemeFilter
from services.cli.output import write_result

if TYPE_CHECKING:
    from services.chronicle.queries.common.search import Hit

LAST_ANSWERED_DAY = "9999-12-30"


class Found(msgspec.Struct, kw_only=True):
    """A person, unit or post, with its id and what the schemes call it."""

    kind: str
    id: str
    name: str
    detail: str
    code: str
    """Its code in the scheme that was named, else in the first that has one."""
    codes: list[str]
    """`scheme:code` of every scheme."""
    valid_from: str
    valid_to: str


def find(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="Words of a name, with or without marks, a code, or an id.")],
    scheme: SchemeFilter = "",
    known: KnownAt = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many of each kind.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Ids of people, units and posts, by name or code."""
    from services.chronicle.queries.common.codes import find_by_code, list_codes
    from services.chronicle.queries.common.search import search

    when = parse_as_of(LAST_ANSWERED_DAY, known)
    with ledger_for_reading(ctx.obj) as ledger, ledger.tables.engine.connect() as connection:
        when = as_known(ledger, ctx.obj, when, known)
        hits = [*find_by_code(connection, text.strip(), when, limit), *search(connection, text, when, limit)]
        unique = list({(hit.kind, hit.id): hit for hit in hits}.values())
        codes = list_codes(connection, [hit.id for hit in unique], when)
    lines = [_line(hit, codes.get(hit.id, []), scheme) for hit in unique]
    if scheme:
        lines = [line for line in lines if line.code]
    write_result(lines, as_json, ("kind", "id", "code", "name", "detail", "valid_from", "valid_to"))


def _line(hit: "Hit", codes: list[tuple[str, str]], scheme: str) -> Found:
    own = [value for name, value in codes if not scheme or name == scheme]
    return Found(
        kind=hit.kind,
        id=hit.id,
        name=hit.name,
        detail=hit.detail,
        code=own[0] if own else "",
        codes=[f"{name}:{value}" for name, value in codes],
        valid_from=hit.valid_from,
        valid_to=hit.valid_to,
    )
