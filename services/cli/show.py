"""`cadre show …`: questions to the read side on the command line, filtered by the ids of a scheme.

Each command imports its query when it is called, so that shell completion stays fast."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.errors import fail
from services.cli.language import translate
from services.cli.ledger_access import as_known, ledger_for_reading, parse_as_of
from services.cli.options import AsJson, AsOfDay, KnownAt, OfSites, SayHeard, SchemeFilter, SeenBy, ViewName
from services.cli.views import ViewOptions, open_view, write_answer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.chronicle.queries.common.responses import AsOf

LAST_ANSWERED_DAY = "9999-12-30"
"""The day before LAST_DAY, on which all that has no end still holds: for queries that are not about one day."""
UnitFilter = Annotated[str, typer.Option("--unit", help="Only this unit, by its id.")]
PostFilter = Annotated[str, typer.Option("--post", help="Only this post, by its id.")]


def show_holders(
    ctx: typer.Context,
    as_of: AsOfDay,
    known: KnownAt = "",
    unit: UnitFilter = "",
    post: PostFilter = "",
    scheme: SchemeFilter = "",
    view: ViewName = "here",
    seen_by: SeenBy = "",
    site: OfSites = None,
    heard: SayHeard = False,
    as_json: AsJson = False,
) -> None:
    """Who holds which post on a day."""
    from services.chronicle.queries.tenures import histories
    from services.cli.term_lines import term_lines

    when = parse_as_of(as_of, known)
    options = ViewOptions(view, seen_by, site or (), heard)
    with ledger_for_reading(ctx.obj) as ledger, open_view(ledger, options) as viewed:
        connection = viewed.connection
        when = as_known(ledger, ctx.obj, when, known)
        unit_id = find_id(connection, "unit", unit, scheme) if unit else ""
        post_id = find_id(connection, "post", post, scheme) if post else ""
        terms = histories.list_holders(connection, when, unit_id, post_id)
        beside = viewed.describe(when, unit_id)
    columns = ("name", "title", "unit", "start", "end", "certainty")
    write_answer(term_lines(terms, scheme, terms), as_json, columns, beside)


def show_history(
    ctx: typer.Context,
    person: Annotated[str, typer.Option("--person", help="Whose terms, by id.")] = "",
    post: Annotated[str, typer.Option("--post", help="The post whose holders, by id.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="The unit whose versions, by id.")] = "",
    known: KnownAt = "",
    scheme: SchemeFilter = "",
    view: ViewName = "here",
    seen_by: SeenBy = "",
    site: OfSites = None,
    heard: SayHeard = False,
    as_json: AsJson = False,
) -> None:
    """All terms of a person or of a post, or all versions of a unit."""
    from services.chronicle.queries.tenures import histories
    from services.cli.term_lines import term_lines

    subjects = [(what, code) for what, code in (("cadre", person), ("post", post), ("unit", unit)) if code]
    if len(subjects) != 1:
        fail("the history of exactly one subject is shown", "give one of --person, --post and --unit")
    (what, code), when = subjects[0], parse_as_of(LAST_ANSWERED_DAY, known)
    options = ViewOptions(view, seen_by, site or (), heard)
    with ledger_for_reading(ctx.obj) as ledger, open_view(ledger, options) as viewed:
        connection = viewed.connection
        when = as_known(ledger, ctx.obj, when, known)
        if what == "unit":
            versions = _unit_versions(connection, code, scheme, when)
            columns: tuple[str, ...] = ("name", "type", "parent", "valid_from", "valid_to", "change_in")
            write_answer(versions, as_json, columns, viewed.describe(when))
            return
        terms = histories.list_terms(connection, what, find_id(connection, what, code, scheme), when)
        every_term = [
            term
            for person_id in {term.cadre for term in terms}
            for term in histories.list_terms(connection, "cadre", person_id, when)
        ]
        beside = viewed.describe(when)
    columns = ("name", "title", "unit", "start", "end", "concurrent")
    write_answer(term_lines(terms, scheme, every_term), as_json, columns, beside)


def _unit_versions(connection: "Connection", code: str, scheme: str, when: "AsOf") -> list[Any]:
    from services.chronicle.queries.units import unit_history
    from services.importing.units.queries import unit_versions

    versions: list[Any] = (
        unit_versions(connection, scheme, code, when.known_at)
        if scheme
        else unit_history.list_unit_versions(connection, code, when)
    )
    if not versions and scheme:
        fail(
            "no {what} has the id {id} in the scheme {scheme}",
            "`cadre find NAME` finds ids",
            code=1,
            what=translate("unit"),
            id=code,
            scheme=scheme,
        )
    if not versions:
        fail("no unit has the id {id}", "`cadre find NAME` finds ids", code=1, id=code)
    return versions


def show_units(
    ctx: typer.Context,
    as_of: AsOfDay,
    scheme: Annotated[str, typer.Option("--scheme", help="The scheme whose units are listed.")],
    known: KnownAt = "",
    view: ViewName = "here",
    seen_by: SeenBy = "",
    site: OfSites = None,
    heard: SayHeard = False,
    as_json: AsJson = False,
) -> None:
    """The units of a scheme on a day."""
    from services.importing.units.queries import units_as_of

    when = parse_as_of(as_of, known)
    options = ViewOptions(view, seen_by, site or (), heard)
    with ledger_for_reading(ctx.obj) as ledger, open_view(ledger, options) as viewed:
        connection = viewed.connection
        when = as_known(ledger, ctx.obj, when, known)
        units = units_as_of(connection, scheme, when)
        beside = viewed.describe(when)
    write_answer(units, as_json, ("level", "code", "parent", "name", "type"), beside)


def show_chart(
    ctx: typer.Context,
    unit: Annotated[str, typer.Argument(help="Id of the unit at the top.")],
    as_of: AsOfDay,
    known: KnownAt = "",
    depth: Annotated[int, typer.Option(min=0, help="How many levels of units below it.")] = 1,
    scheme: SchemeFilter = "",
    view: ViewName = "here",
    seen_by: SeenBy = "",
    site: OfSites = None,
    heard: SayHeard = False,
    as_json: AsJson = False,
) -> None:
    """The org chart of a unit on a day."""
    from services.chronicle.queries.units.org_chart import read_org_chart

    when = parse_as_of(as_of, known)
    options = ViewOptions(view, seen_by, site or (), heard)
    with ledger_for_reading(ctx.obj) as ledger, open_view(ledger, options) as viewed:
        connection = viewed.connection
        when = as_known(ledger, ctx.obj, when, known)
        unit_id = find_id(connection, "unit", unit, scheme)
        units = read_org_chart(connection, unit_id, when, depth)
        beside = viewed.describe(when, unit_id)
    if not units:
        fail(
            "{unit} did not exist on {day}",
            "`cadre find NAME` finds ids",
            code=1,
            unit=unit,
            day=when.as_of,
        )
    lines = [
        {
            "unit": "  " * unit_node.depth + unit_node.name,
            "post": post_node.title,
            "holders": [holder.name for holder in post_node.holders],
        }
        for unit_node in units
        for post_node in unit_node.posts
    ]
    write_answer(units if as_json else lines, as_json, ("unit", "post", "holders"), beside)


def show_search(
    ctx: typer.Context,
    words: Annotated[str, typer.Argument(help="Words of a name, with or without marks.")],
    known: KnownAt = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many of each kind.")] = 20,
    view: ViewName = "here",
    seen_by: SeenBy = "",
    site: OfSites = None,
    heard: SayHeard = False,
    as_json: AsJson = False,
) -> None:
    """People, units and posts with these words in their names, and their ids."""
    from services.chronicle.queries.common.search import search

    when = parse_as_of(LAST_ANSWERED_DAY, known)
    options = ViewOptions(view, seen_by, site or (), heard)
    with ledger_for_reading(ctx.obj) as ledger, open_view(ledger, options) as viewed:
        connection = viewed.connection
        when = as_known(ledger, ctx.obj, when, known)
        hits = search(connection, words, when, limit)
        beside = viewed.describe(when)
    write_answer(hits, as_json, ("kind", "id", "name", "detail", "valid_from", "valid_to"), beside)


def find_id(connection: "Connection", what: str, code: str, scheme: str) -> str:
    """Our id of the cadre, unit or post that the scheme calls so; without a scheme it is our id already."""
    from shared.database.sql import Statement

    if not scheme:
        return code
    table = "person_codes" if what == "cadre" else "unit_codes"
    rows = Statement(
        f"SELECT DISTINCT subject FROM {table} WHERE scheme = :scheme AND value = :value AND what = :what"  # noqa: S608
    )(connection, scheme=scheme, value=code, what=what)
    if not rows:
        names = {"cadre": translate("person"), "post": translate("post"), "unit": translate("unit")}
        fail(
            "no {what} has the id {id} in the scheme {scheme}",
            "`cadre find NAME` finds ids",
            code=1,
            what=names[what],
            id=code,
            scheme=scheme,
        )
    return str(rows[-1][0])
