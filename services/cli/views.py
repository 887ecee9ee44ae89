"""Of which view an answer is, and what it says about other sites: for the commands that ask as of a day."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from services.cli.errors import fail, warn
from services.cli.output import write_json, write_result

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.chronicle.queries.common.responses import AsOf
    from shared.runtime.ledger import Ledger
    from shared.runtime.site_views import SiteViews, ViewChoice


class ViewOptions(NamedTuple):
    """What the options say."""

    view: str = "here"
    seen_by: str = ""
    sites: Sequence[str] = ()
    heard: bool = False

    @property
    def is_default(self) -> bool:
        return self == ViewOptions(sites=self.sites) and not self.sites


class ViewedLedger:
    """The rows of the view that is asked for."""

    def __init__(
        self, connection: "Connection", views: "SiteViews", choice: "ViewChoice", options: ViewOptions
    ) -> None:
        self.connection, self._views, self._choice, self._options = connection, views, choice, options

    def describe(self, when: "AsOf", unit: str = "") -> dict[str, object] | None:
        """What is said beside the answer about a unit, or about everything; None where only the answer is said. Sites
        that were not heard of are named on standard error."""
        from services.chronicle.queries.units.subjects import list_units_below
        from shared.runtime.site_views import describe_sites

        if self._views.is_alone():
            return None
        units = list_units_below(self.connection, unit, when) if unit else None
        said = describe_sites(self._views, self._choice, when.known_at, units)
        if provisional := said.get("provisional"):
            warn(
                "what {sites} recorded by then may not all be here: the answer is provisional",
                "ask again when they have been heard of",
                sites=", ".join(provisional),
            )
        if unheard := [
            f"{each.site} ({each.state})" for each in said.get("heard", ()) if each.state != "following"
        ]:
            warn("not heard of: {sites}", "`cadre sync status` says more", sites=", ".join(unheard))
        if self._options.is_default:
            return None
        return {"as_of": when.as_of, "known_at": when.known_at, **said}


@contextmanager
def open_view(ledger: "Ledger", options: ViewOptions) -> Iterator[ViewedLedger]:
    """The ledger as a view has it. Ends the command where this site cannot say."""
    from services.bootstrap.site_views import open_site_views
    from shared.runtime.site_views import View, ViewChoice

    if options.view not in set(View):
        fail("{view} is no view", "one of {views}", view=options.view, views=", ".join(View))
    if options.seen_by and options.view != View.HERE:
        fail("--view recorded and --seen-by exclude each other")
    choice = ViewChoice(View(options.view), options.seen_by, tuple(sorted(set(options.sites))))
    views = open_site_views(ledger)
    try:
        with explain_unseen():
            connection = views.connect(choice)
        with connection:
            yield ViewedLedger(connection, views, choice, options)
    finally:
        views.close()


@contextmanager
def explain_unseen() -> Iterator[None]:
    """Ends the command where this site cannot say what another one knew."""
    from shared.runtime.site_views import CannotSee

    try:
        yield
    except CannotSee as error:
        known = ", ".join(error.sites) or "-"
        if error.rule == "UnknownSite":
            fail(
                "no site {site} belongs to the tree",
                "name one of these: {sites}",
                site=error.site,
                sites=known,
            )
        fail(
            "what was known at {site} is stated only to the sites above it",
            "ask there, or about one of these: {sites}",
            site=error.site,
            sites=known,
        )


def write_answer(
    items: object, as_json: bool, columns: tuple[str, ...], beside: dict[str, object] | None
) -> None:
    """The lines of an answer; as JSON with what is said beside them, where it is."""
    if as_json and beside is not None:
        write_json({**beside, "items": items})
    else:
        write_result(items, as_json, columns)
