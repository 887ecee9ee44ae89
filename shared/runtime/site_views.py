"""What a ledger in a tree of sites says beside its answers: which view they are of, and which sites were heard of."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from shared.core.partial_dates import Instant
from shared.readmodel.row_store import RowStore


class View(StrEnum):
    """The axis of what was known when."""

    HERE = "here"
    """Known since this site has it: answers never change."""
    RECORDED = "recorded"
    """Known since its own site recorded it: answers are equal at all sites with the same facts."""


class ViewChoice(msgspec.Struct, frozen=True):
    """Of which view an answer is."""

    view: View = View.HERE
    seen_by: str = ""
    """As this site knew it; empty: the site that answers."""
    sites: tuple[str, ...] = ()
    """Only facts that these sites recorded; empty: all."""


HERE = ViewChoice()


class HeardSite(msgspec.Struct, frozen=True):
    """How far a site was heard."""

    site: str
    """Id of the site."""
    until: Instant
    """All that it recorded until then is here; empty: that is not known."""
    state: str
    """unknown: nothing of it is here; waiting: it is not registered here; filling: its first synchronisation is not
    complete; silent: nothing came of it for longer than agreed; following: what it sends counts at once."""


class CannotSee(Exception):
    """This site cannot say what another one knew when. `rule` does not change; `sites`: which it can answer for."""

    def __init__(self, rule: str, site: str, sites: Sequence[str] = ()) -> None:
        known = ", ".join(sites) or "no other"
        reason = (
            "belongs to no tree here"
            if rule == "UnknownSite"
            else "states what it knows only to the sites above it"
        )
        super().__init__(f"{site} {reason}; this site can answer for: {known}")
        self.rule, self.site, self.sites = rule, site, list(sites)


class SiteViews(Protocol):
    """Answers of other views than that of this site, and how far other sites were heard."""

    def is_alone(self) -> bool:
        """Whether this ledger belongs to no tree: its answers say nothing about sites."""
        ...

    def connect(self, choice: ViewChoice) -> Connection:
        """A connection to rows as a view has them. Raises CannotSee."""
        ...

    def find_heard(self, known_at: Instant, units: Collection[str] | None) -> list[HeardSite]:
        """How far the other sites that serve these units were heard at an instant of this site: the same whenever it is
        asked."""
        ...

    def find_provisional(
        self, choice: ViewChoice, known_at: Instant, units: Collection[str] | None
    ) -> list[str]:
        """The sites of which more may come that changes an answer of this view."""
        ...

    def close(self) -> None: ...


class SiteAlone:
    """The views of a ledger that belongs to no tree: all are those of its rows."""

    def __init__(self, tables: RowStore, site: str) -> None:
        self._tables, self._site = tables, site

    def is_alone(self) -> bool:
        return True

    def connect(self, choice: ViewChoice) -> Connection:
        for site in filter(None, (choice.seen_by, *choice.sites)):
            if site != self._site:
                raise CannotSee("UnknownSite", site, [self._site])
        return self._tables.engine.connect()

    def find_heard(self, known_at: Instant, units: Collection[str] | None) -> list[HeardSite]:
        return []

    def find_provisional(
        self, choice: ViewChoice, known_at: Instant, units: Collection[str] | None
    ) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing is open."""


def describe_sites(
    views: SiteViews, choice: ViewChoice, known_at: Instant, units: Collection[str] | None
) -> dict[str, Any]:
    """What is said beside an answer: of the view of this site how far others were heard; of another view which it is,
    and of which sites more may come. Nothing where there are no other sites."""
    if views.is_alone():
        return {}
    said: dict[str, Any] = {"sites": choice.sites} if choice.sites else {}
    if choice.view is View.HERE and not choice.seen_by:
        return said | {"heard": views.find_heard(known_at, units)}
    said |= {"seen_by": choice.seen_by} if choice.seen_by else {"view": choice.view}
    if provisional := views.find_provisional(choice, known_at, units):
        said["provisional"] = provisional
    return said
