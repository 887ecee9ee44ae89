"""`GET /session/oidc/…`: to the provider and back. What begins afterwards is a session like any other."""

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import Path, Query, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from services.identity.oidc import refusals
from services.identity.oidc.configuration import OidcConfiguration
from services.identity.oidc.connection import ProviderConnection, Seconds
from services.identity.oidc.login_state import LIFE_SECONDS
from services.identity.oidc.sign_in import ProviderSignIn, SignedIn
from services.identity.routes.requests import require_accounts
from shared.http.browser_guard import cookie_name
from shared.http.openapi import document_refusals
from shared.http.principal import Principal
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.route_list import RouteList

PATH = "/session/oidc"
CALLBACK_PATH = "/session/oidc/{provider}/callback"


class SignInAccounts(Protocol):
    """The accounts that a provider may sign in, and the sessions that begin."""

    def find_account(self, login: str) -> Principal | None:
        """The account with this login that may sign in now; None where there is none, or it is disabled."""
        ...

    def create_account(self, signed_in: SignedIn) -> Principal | None:
        """A new account without roles. None where the login is that of an account that is disabled."""
        ...

    def start_session(
        self, principal: Principal, signed_in: SignedIn, request: Request, response: Response
    ) -> None:
        """Begin a session, and put its cookie on the response."""
        ...


class ProviderName(msgspec.Struct, frozen=True):
    """A service at which one can sign in."""

    name: str
    """In the address: `/session/oidc/{name}`."""
    title: str
    """What the sign-in page calls it."""


class Providers(msgspec.Struct, frozen=True):
    """The services at which one can sign in."""

    items: tuple[ProviderName, ...]
    """None where no file of them is configured."""


RESPONSE_TYPES = (Providers,)
_SENT_ON: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "Where the browser goes on.",
        "headers": {"Location": {"description": "The address.", "schema": {"type": "string"}}},
    }
}
Provider = Annotated[str, Path(description="Name of the service, as the list of them has it.")]


def open_connections(configuration: OidcConfiguration, now: Seconds) -> dict[str, ProviderConnection]:
    """A connection to each provider, by name; none is asked before it is needed."""
    return {each.name: ProviderConnection(each, now) for each in configuration.providers}


def create_oidc_router(
    configuration: OidcConfiguration | None = None,
    connections: Mapping[str, ProviderConnection] = MappingProxyType({}),
    accounts: SignInAccounts | None = None,
    now: Seconds = int,
) -> RouteList:
    """The routes of all configured providers; without a configuration they know none. Raises WrongProviders where a
    secret cannot be read."""
    router = RouteList(tags=["identity"])
    is_https = configuration is not None and configuration.is_https
    services: dict[str, ProviderSignIn] = {}
    if configuration:
        services = {
            each.name: ProviderSignIn(each, connections[each.name], configuration.address, now)
            for each in configuration.providers
        }

    def find_service(name: str) -> ProviderSignIn:
        if name not in services:
            raise refusals.unknown_provider(name, sorted(services))
        return services[name]

    @router.get(PATH, operation_id="listSignInServices", responses=response_schema(Providers))
    def list_providers() -> Response:
        """List the services at which one can sign in."""
        return JsonResponse(
            Providers(tuple(ProviderName(name, each.title) for name, each in services.items()))
        )

    @router.get(
        PATH + "/{provider}",
        operation_id="leaveForSignInService",
        status_code=303,
        response_class=RedirectResponse,
        responses=_SENT_ON | document_refusals(404, 422, 429, 503),
    )
    def begin(
        request: Request,
        provider: Provider,
        then: Annotated[str, Query(description="The path here to go to afterwards.", max_length=500)] = "/",
        again: Annotated[bool, Query(description="Whether the password is asked for in any case.")] = False,
    ) -> Response:
        """Sign in at a service. Sends the browser there; it comes back to the callback, and a session begins."""
        try:
            address, sealed = find_service(provider).begin(then, again)
        except Problem as problem:
            return _refuse(request, problem)
        response = RedirectResponse(address, 303)
        _set_cookie(response, request, is_https, sealed)
        return response

    @router.get(
        CALLBACK_PATH,
        operation_id="returnFromSignInService",
        status_code=303,
        response_class=RedirectResponse,
        responses=_SENT_ON | document_refusals(403, 404, 422, 429, 503),
    )
    def finish(request: Request, provider: Provider) -> Response:
        """Come back from a service. It sends the browser here, with a code that is good once; a session begins."""
        name = _state_cookie(request, is_https)
        try:
            service = find_service(provider)
            signed_in = service.finish(dict(request.query_params), request.cookies.get(name, ""))
            found = require_accounts(accounts)
            principal = _find_principal(service, signed_in, found)
        except Problem as problem:
            response = _refuse(request, problem)
        else:
            response = RedirectResponse(signed_in.then, 303)
            found.start_session(principal, signed_in, request, response)
        response.delete_cookie(name, "/", secure=is_https, httponly=True, samesite="lax")
        return response

    return router


def _find_principal(service: ProviderSignIn, signed_in: SignedIn, accounts: SignInAccounts) -> Principal:
    found = accounts.find_account(signed_in.login) if signed_in.login else None
    if found is None and signed_in.login and service.provider.create_accounts:
        found = accounts.create_account(signed_in)
    if found is None:
        raise refusals.no_account(service.title, service.provider.claim, signed_in.login)
    return found


def _state_cookie(request: Request, https: bool) -> str:
    """Over plain HTTP on this machine all ports share their cookies, so there the name has the port."""
    return (
        "__Host-cadre-oidc"
        if https
        else cookie_name(request.headers.get("host", "")).replace("token", "oidc")
    )


def _set_cookie(response: Response, request: Request, https: bool, sealed: str) -> None:
    name = _state_cookie(request, https)
    response.set_cookie(name, sealed, LIFE_SECONDS, path="/", secure=https, httponly=True, samesite="lax")


def _refuse(request: Request, problem: Problem) -> Response:
    """Words for a person with a browser, problem details for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem.to_response()
    body = problem.body
    page = (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{escape(str(body["title_vi"]))}</title>'
        f"<h1>{escape(str(body['title_vi']))}</h1><p lang=en>{escape(str(body['title']))}</p>"
        f"<p>{escape(str(body['detail']))}</p><p><a href=/>Trang đầu / First page</a></p></html>"
    )
    return HTMLResponse(page, problem.status, headers={"Cache-Control": "no-store", **problem.headers})
