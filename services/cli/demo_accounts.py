"""The accounts of the demonstration, and a start that is refused where their published secrets open anything else."""

import logging
from typing import NoReturn

from fastapi import FastAPI

from services.cli.audit.options import current_actor
from services.cli.context import Context
from services.cli.errors import fail
from services.cli.language import current_language, translate
from services.cli.users import open_administration
from services.demo.accounts import DEMO_ACCOUNTS, add_demo_accounts, build_banner, list_usable
from services.demo.demonstration import is_loaded
from services.identity.access.identity_access import IdentityAccess
from services.identity.access.published_secrets import PublishedSecret, find_published_secrets
from services.identity.credentials.published import PUBLISHED_PASSWORD
from shared.core.clock import SimulatedClock
from shared.http.page_banner import PageBanner
from shared.operations.settings import in_cluster
from shared.runtime.ledger import Ledger


def require_one_process() -> None:
    """End the command in a cluster, which may be reached by others: its accounts have secrets of their own."""
    if in_cluster():
        fail(
            "the accounts of the demonstration are for one process on one machine",
            "leave --accounts out; `cadre user add` makes accounts with secrets of their own",
        )


def make_demo_accounts(context: Context) -> str:
    """Add the accounts to a ledger that has the demonstration. Returns what to tell whoever asked for them.

    The demonstration ends on a day of its own, from which the guard of the clock would not believe that of today."""
    now = SimulatedClock(context.clock())
    with open_administration(Context(context.home, now)) as administration:
        add_demo_accounts(administration, current_actor("user"))
    return translate(
        "{logins} can sign in, and from now on everybody has to; the pages of `cadre run` say how",
        logins=", ".join(account.login for account in DEMO_ACCOUNTS if not account.is_program),
    )


class PublishedSecrets:
    """What a process knows of published secrets while its ledger is opened again and again."""

    def __init__(self) -> None:
        self._compared = dict[str, bool]()
        self._has_started = False
        self.found: list[PublishedSecret] = []
        """Those that open the demonstration."""

    def check(self, ledger: Ledger, identity: IdentityAccess | None) -> None:
        """Find them. Ends the command where they open anything but the demonstration as it starts."""
        found = find_published_secrets(identity.administration, self._compared) if identity else []
        if found and not is_loaded(ledger.tables):
            if not self._has_started:
                fail_of_published_secrets(found)
            logging.getLogger(__name__).error("a published secret opens this ledger: %s", _list(found))
            found = []
        self._has_started, self.found = True, found

    def show(self, app: FastAPI) -> None:
        """Put the banner at the top of every page."""
        if self.found:
            app.add_middleware(PageBanner, html=build_banner(self.found))


def describe_sign_in(found: list[PublishedSecret]) -> str:
    """A line for whoever starts the demonstration."""
    persons = [account for account in list_usable(found) if not account.is_program]
    sees = [
        f"{each.login} ({each.sees_vi if current_language() == 'vi' else each.sees_en})" for each in persons
    ]
    return translate(
        "a demonstration, whose password everybody knows: {password}, for {accounts}",
        password=PUBLISHED_PASSWORD,
        accounts="; ".join(sees),
    )


def fail_of_published_secrets(found: list[PublishedSecret]) -> NoReturn:
    """End the command: what opens the ledger, and how to mend it."""
    fail(
        "secrets that the demonstration publishes open this ledger, which is not the demonstration: {secrets}",
        "run {commands}, then start again; an account gets a password of its own by `cadre user enable`, then "
        "`cadre user reset`",
        secrets=_list(found),
        commands=", ".join(
            f"`cadre token revoke {each.token}`" if each.token else f"`cadre user disable {each.login}`"
            for each in found
        ),
    )


def _list(found: list[PublishedSecret]) -> str:
    return ", ".join(
        translate("token {id} of {login}", id=each.token, login=each.login)
        if each.token
        else translate("password of {login}", login=each.login)
        for each in found
    )
