"""Ends commands that exchange facts where the other site is not the one to exchange them with."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.cli.errors import fail
from services.sync.exchange.partners import NotMyChild
from shared.core.errors import SiteClosed


@contextmanager
def explain_partners(site: str) -> Iterator[None]:
    """Says which site it would be. `site`: this one."""
    try:
        yield
    except NotMyChild as error:
        fail(
            "NotMyChild: {site} does not belong to {former} any more",
            "it exchanges facts with {parent} now: `cadre bundle make --for {other}` at {maker}",
            site=error.site,
            former=error.former,
            parent=error.parent,
            other=error.parent,
            maker=error.site,
        )
    except SiteClosed as error:
        if error.site == site:
            fail(
                "SiteClosed: {site} is closed, and takes nothing from the sites below it",
                "they exchange facts with {custodian} or with the site that they were put below",
                site=error.site,
                custodian=error.custodian,
            )
        fail(
            "SiteClosed: {site} is closed",
            "exchange facts with the nearest site above that is not: `cadre sync status` names it",
            site=error.site,
        )
