"""`cadre show …`: questions of the chronicle on the command line, filtered by a scheme's own ids."""

from typing import Annotated, Any

import msgspec
import typer

from services.chronicle.queries.common.responses import code_of
from services.chronicle.queries.tenures import histories
from services.chronicle.queries.tenures.histories import TermLine
from services.chronicle.queries.units import org_chart, unit_history
from services.cli.common import Context, fail, out, reading, when
from services.importing.units.queries import unit_versions, units_as_of
from shared.database.sql import Statement

AsOf = Annotated[str, typer.Option("--as-of", help="A day: 2025-06-30 or 30/6/2025.")]
ReadModel = Annotated[
    str, typer.Option("--known", help="What was known then: a day or an instant. Default: everything.")
]
Scheme = Annotated[str, typer.Option(help="Show and filter by the ids of this scheme.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]

_SUBJECTS = Statement(
    "SELECT DISTINCT subject FROM unit_codes WHERE scheme = :scheme AND value = :value AND what = :what"
)
_CADRES = Statement("SELECT DISTINCT cadre_id FROM cadres WHERE codes LIKE :code")


class Line(msgspec.Struct, kw_only=True):
    """A term in the ids of a scheme (ours without one)."""

    term: str
    post: str
    person: str
    certainty: str
    name: str
    title: str
    unit: str
    start: str
    end: str
    start_precision: str
    end_precision: str
    holding: str
    status: str
    ended: str
    concurrent: list[str]
    possibly_concurrent: list[str]
    opened: str
    closed: str


def commands() -> typer.Typer:
    show = typer.Typer(help="Ask who held what, when.", no_args_is_help=True)

    @show.command()
    def holders(
        ctx: typer.Context,
        as_of: AsOf,
        known: ReadModel = "",
        unit: str = "",
        post: str = "",
        scheme: Scheme = "",
        as_json: AsJson = False,
    ) -> None:
        """Who holds which post on a day, everywhere or in one unit or post."""
        asked = when(as_of, known)
        with reading(_context(ctx)) as ledger, ledger.tables.engine.connect() as connection:
            unit_id = _id(connection, "unit", unit, scheme) if unit else ""
            post_id = _id(connection, "post", post, scheme) if post else ""
            found = histories.list_holders(connection, asked, unit_id, post_id)
        out(_lines(found, scheme, found), as_json, ("name", "title", "unit", "start", "end", "certainty"))

    @show.command()
    def history(
        ctx: typer.Context,
        person: str = "",
        post: str = "",
        unit: str = "",
        known: ReadModel = "",
        scheme: Scheme = "",
        as_json: AsJson = False,
    ) -> None:
        """All terms of a person or of a post in effective order; or all versions of a unit."""
        given = [(what, code) for what, code in (("cadre", person), ("post", post), ("unit", unit)) if code]
        if len(given) != 1:
            fail("give one of --person, --post and --unit")
        (what, code), asked = given[0], when("9999-12-30", known)
        with reading(_context(ctx)) as ledger, ledger.tables.engine.connect() as connection:
            if what == "unit":
                versions: list[Any] = (
                    unit_versions(connection, scheme, code)
                    if scheme
                    else unit_history.list_unit_versions(connection, code, asked)
                )
                if not versions:
                    fail(
                        f"no unit has the id {code}" + (f" in the scheme {scheme}" if scheme else ""), code=1
                    )
                out(versions, as_json, ("name", "type", "parent", "valid_from", "valid_to", "change_in"))
                return
            id_ = _id(connection, what, code, scheme)
            found = histories.list_terms(connection, what, id_, asked)
            people = {line.cadre for line in found}
            every = [
                each for cadre in people for each in histories.list_terms(connection, "cadre", cadre, asked)
            ]
        out(_lines(found, scheme, every), as_json, ("name", "title", "unit", "start", "end", "concurrent"))

    @show.command()
    def units(
        ctx: typer.Context, as_of: AsOf, scheme: Scheme, known: ReadModel = "", as_json: AsJson = False
    ) -> None:
        """The units of a scheme on a day."""
        asked = when(as_of, known)
        with reading(_context(ctx)) as ledger, ledger.tables.engine.connect() as connection:
            out(units_as_of(connection, scheme, asked), as_json, ("level", "code", "parent", "name", "type"))

    @show.command()
    def chart(
        ctx: typer.Context,
        unit: str,
        as_of: AsOf,
        known: ReadModel = "",
        depth: int = 1,
        scheme: Scheme = "",
        as_json: AsJson = False,
    ) -> None:
        """The org chart of a unit on a day."""
        asked = when(as_of, known)
        with reading(_context(ctx)) as ledger, ledger.tables.engine.connect() as connection:
            boxes = org_chart.read_org_chart(connection, _id(connection, "unit", unit, scheme), asked, depth)
        if not boxes:
            fail(f"{unit} did not exist on {asked.as_of}", code=1)
        rows = [
            {
                "unit": "  " * box.depth + box.name,
                "post": chair.title,
                "holders": [seat.name for seat in chair.holders],
            }
            for box in boxes
            for chair in box.posts
        ]
        out(boxes if as_json else rows, as_json, ("unit", "post", "holders"))

    return show


def _context(ctx: typer.Context) -> Context:
    context = ctx.obj
    assert isinstance(context, Context)
    return context


def _id(connection: Any, what: str, code: str, scheme: str) -> str:
    """Our id for what the scheme calls so; without a scheme it is our id already."""
    if not scheme:
        return code
    if what == "cadre":
        rows = _CADRES(connection, code=f"{scheme}\t{code}")
    else:
        rows = _SUBJECTS(connection, scheme=scheme, value=code, what=what)
    if not rows:
        fail(f"no {'person' if what == 'cadre' else what} has the id {code} in the scheme {scheme}", code=1)
    return str(rows[-1][0])


def _lines(found: list[TermLine], scheme: str, every: list[TermLine]) -> list[Line]:
    """In the scheme's own ids; terms the scheme has no id for are left out when one is named."""
    codes = {line.tenure: code_of(line.codes, scheme) if scheme else line.tenure for line in every}
    return [
        Line(
            term=codes[line.tenure],
            post=code_of(line.post_codes, scheme) if scheme else line.post,
            person=code_of(line.cadre_codes, scheme) if scheme else line.cadre,
            certainty=line.certainty,
            name=line.name,
            title=line.title,
            unit=line.unit_name,
            start=line.start.lstrip("~"),
            end=line.end.lstrip("~"),
            start_precision=line.start_precision,
            end_precision=line.end_precision,
            holding=line.holding,
            status=line.status,
            ended=line.ended,
            concurrent=[codes[other] for other in line.concurrent if codes.get(other)],
            possibly_concurrent=[codes[other] for other in line.possibly_concurrent if codes.get(other)],
            opened=line.proof.opened,
            closed=line.proof.closed,
        )
        for line in found
        if codes[line.tenure]
    ]
