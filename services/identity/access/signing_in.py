"""Signing in, step by step. Whatever is wrong, the answer says no more than that it is wrong, and takes as long."""

from typing import NamedTuple

import msgspec

from services.identity.access.administration import Administration
from services.identity.credentials.sessions import Found
from services.identity.domain.directory import fold_login
from services.identity.events import SignInMethod


class WrongCredentials(Exception):
    """The login, the password or the code is not right, or the account is disabled."""


class Started(NamedTuple):
    """A session that was begun, or has another id."""

    secret: str
    """What the cookie holds."""
    waits_for_code: bool


class SignIn:
    """What somebody does who signs in, or is signed in, with their own account."""

    def __init__(self, administration: Administration) -> None:
        self._administration, self._store = administration, administration.store
        self._clock = administration.clock

    def sign_in(self, login: str, password: str, address: str, agent: str) -> Started:
        """Begin a session. Raises Locked and WrongCredentials."""
        now, folded, store = self._clock(), fold_login(login), self._store
        store.lockout.admit(folded, address, now)
        account, enabled = store.find_account(folded)
        if not store.passwords.verify(account, password, now) or not enabled:
            raise WrongCredentials
        needs_code = store.codes.is_enrolled(account)
        if not needs_code:
            store.lockout.forget(folded, address)
        return Started(store.sessions.start(account, now, needs_code, address, agent), needs_code)

    def give_code(self, secret: str, found: Found, code: str, address: str) -> Started:
        """Complete a sign-in, or prove again who one is, by a one-time code. The session gets another id. Raises
        Locked and WrongCredentials."""
        return self._prove(secret, found, address, code=code)

    def give_password(self, secret: str, found: Found, password: str, address: str) -> Started:
        """Prove again who one is, by the password; not where the sign-in is not complete."""
        if found.waits_for_code:
            raise WrongCredentials
        return self._prove(secret, found, address, password=password)

    def _prove(self, secret: str, found: Found, address: str, code: str = "", password: str = "") -> Started:
        now, store, account = self._clock(), self._store, found.principal.id
        login = fold_login(self._administration.directory().accounts[account].login)
        store.lockout.admit(login, address, now)
        is_right = (
            store.codes.take(account, code, now) if code else store.passwords.verify(account, password, now)
        )
        if not is_right:
            raise WrongCredentials
        store.lockout.forget(login, address)
        if not (renewed := store.sessions.renew(secret, now)):
            raise WrongCredentials
        return Started(renewed, False)

    def set_password_by_link(self, link: str, password: str) -> str:
        """Set the password of the account of a one-time link, which is used up then. Returns the login. Raises
        WrongCredentials where there is no such link, and WeakPassword."""
        now, store = self._clock(), self._store
        account = self._administration.directory().accounts.get(store.links.find(link, now))
        if account is None or not account.enabled:
            raise WrongCredentials
        self._administration.check_password(account, password)
        if not store.links.use(link):
            raise WrongCredentials
        self._administration.set_password(account, password)
        store.lockout.forget(fold_login(account.login), "")
        return account.login

    def change_password(self, found: Found, password: str, new: str, address: str) -> None:
        """Change the own password; all sessions end. Raises Locked, WrongCredentials and WeakPassword."""
        account = self._administration.directory().accounts[found.principal.id]
        now, login = self._clock(), fold_login(account.login)
        self._administration.check_password(account, new)
        self._store.lockout.admit(login, address, now)
        if not self._store.passwords.verify(account.id, password, now):
            raise WrongCredentials
        self._store.lockout.forget(login, address)
        self._administration.set_password(account, new)

    def begin_codes(self, found: Found) -> str:
        """The address that a telephone scans; the codes count once one was given to `confirm_codes`."""
        account = self._administration.directory().accounts[found.principal.id]
        return self._store.codes.begin(account.id, account.login)

    def confirm_codes(self, found: Found, code: str) -> list[str]:
        """Ask for one-time codes from now on. Returns recovery codes, to be shown once. Raises WrongCredentials."""
        principal = found.principal
        codes = self._store.codes.confirm(principal.id, code, self._clock())
        if codes is None:
            raise WrongCredentials
        self._administration.record_method(principal.id, SignInMethod.CODE, principal.name)
        return codes


class WhoAmI(msgspec.Struct, frozen=True):
    """Who is signed in."""

    account: str
    """Id of the account or token; empty: nobody has to sign in here."""
    name: str
    """Name of the person: the actor of what they record."""
    kind: str
    """person, token or laptop."""
    roles: tuple[str, ...]
    """The roles of today, in whatever scope."""
    waits_for_code: bool = False
    """Whether the one-time code is still to be given."""
