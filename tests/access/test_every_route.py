"""Every route of the contract is asked without credentials that count, and with such as may not do this (issue 13):
over an application with accounts, and as a cluster serves it. A route that has no row here fails.

The rows of single questions by the ids that they take are in test_scope_over_http, those of facts out of scope in
test_writes; here each route meets at least one who is too little for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from time import sleep
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.bootstrap.write_guard import ACTION_OF
from services.identity.access.resolving import CACHE_SECONDS
from services.identity.events import TokenScope
from shared.core.partial_dates import Day, PDate
from shared.http.principal import Role
from tests.access.two_wards import TwoWards, open_two_wards
from tests.contract.completeness import Document, list_operations
from tests.contract.test_openapi import DOCUMENT
from tests.engines.servers import postgres
from tests.identity.office import COOKIE

OPERATIONS = [(method, path, operation) for path, method, operation in list_operations(DOCUMENT)]
NOBODY = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
LAST_DAY = Day(PDate("2999-12-31"))


class Answer(NamedTuple):
    """What is answered; `rule` is empty where it is no refusal."""

    status: int
    rule: str = ""


UNAUTHORISED = Answer(401, "Unauthorised")
NOT_SIGNED_IN = Answer(401, "NotSignedIn")
PUBLIC = {
    ("get", "/health"): Answer(200),
    ("get", "/ready"): Answer(200),
    ("get", "/session/oidc"): Answer(200),
    ("get", "/session/oidc/{provider}"): Answer(404, "UnknownProvider"),
    ("get", "/session/oidc/{provider}/callback"): Answer(404, "UnknownProvider"),
    ("post", "/session"): Answer(415, "NotJson"),
    ("post", "/session/link"): Answer(415, "NotJson"),
}
"""Routes for everybody, and what an empty request to them is answered: the state of the process, and signing in."""
HIDDEN = {
    **{("GET", path): Answer(200) for path in ("/", "/docs", "/redoc", "/sign-in")},
    **{("HEAD", path): Answer(200) for path in ("/",)},
    **{(method, "/static/{name}"): Answer(404, "Http") for method in ("GET", "HEAD")},
    **{(method, "/static/{version}/{name}"): Answer(404, "Http") for method in ("GET", "HEAD")},
    **{("POST", f"/sync/{path}"): Answer(503, "NotExchanging") for path in ("messages", "hashes")},
    ("POST", "/sync/witness/add-checkpoint"): Answer(503, "NotExchanging"),
    ("GET", "/docs/oauth2-redirect"): UNAUTHORISED,
    ("GET", "/tour"): UNAUTHORISED,
    ("POST", "/session/end"): UNAUTHORISED,
}
"""Routes that the document leaves out: the page and its files, the documentation, the sign-in page with its form for
signing out, and what other sites send, which is signed."""
WITHOUT_SESSION = {("get", "/session"), ("delete", "/session"), ("post", "/session/code")}
"""Routes that a sign-in which waits for its code reaches, so that they say themselves that there is none."""
NEEDS_NO_ROLE = {("get", f"/session{path}") for path in ("", "/access-record", "/emergency")}
"""Routes about whoever asks, by whatever credentials."""
OF_A_SESSION = {
    *(("delete", "/session"), ("post", "/session/code"), ("put", "/session/password")),
    *(("get", "/sessions"), ("delete", "/sessions"), ("delete", "/sessions/{session_id}")),
    *(("post", "/session/codes"), ("post", "/session/codes/confirm")),
}
"""Routes about the own session, of which the token of a program has none."""
OF_A_PERSON = {("post", "/delegations"), ("post", "/session/emergency")}
"""Routes for persons, which no program uses."""
OF_THE_ADMINISTRATOR = {
    *(("get", "/accounts"), ("post", "/accounts"), ("post", "/accounts/{account_id}/grants")),
    *(("post", f"/accounts/{{account_id}}/{done}") for done in ("disable", "enable", "reset")),
    *(("delete", "/grants/{grant_id}"), ("post", "/api-tokens/revoked-access-tokens")),
}
OF_THE_OWNER = {("get", "/api-tokens"), ("post", "/api-tokens"), ("delete", "/api-tokens/{token_id}")}
"""Routes about tokens: of the own account, else for the administrator."""
OF_THE_AUDITOR = {("get", "/identity/access-record")}
OPEN_TO_PUBLIC_CLASS = {
    *("/units", "/units/{unit}/versions", "/unit-counts", "/lineage", "/names", "/labels", "/search"),
    *("/decisions", "/decisions/{decision}", "/decision-register", "/rules", "/metrics"),
    *(f"/organization/{{stream}}/{path}" for path in ("facts", "corrections/preview")),
    *(f"/regulation/{{stream}}/{path}" for path in ("facts", "corrections/preview")),
    *(f"/{topic}/{{stream}}/corrections/{{correction}}" for topic in ("organization", "regulation")),
}
"""Questions that tell nothing about persons: whoever has signed in may ask them, of what is in their scope."""
READ_TAGS = {"chronicle", "exchange", "feeds", "operation"}
ROLE_NEEDED, READS_ONLY = Answer(403, "RoleNeeded"), Answer(403, "ReadsOnly")


def list_rows(method: str, path: str, operation: Document) -> dict[str, Answer]:
    """Who may not do this, and what they are answered. KeyError for a route of a kind that is not known here."""
    row = (method, path)
    if row in PUBLIC or row in NEEDS_NO_ROLE:
        return {}
    if row in OF_A_SESSION:
        return {"program": NOT_SIGNED_IN}
    if row in OF_A_PERSON:
        return {"program": Answer(403, "PersonNeeded")}
    if row in OF_THE_ADMINISTRATOR:
        return dict.fromkeys(("officer", "auditor", "administrator's program"), ROLE_NEEDED)
    if row in OF_THE_OWNER:
        someone_elses = {"officer": ROLE_NEEDED} if "{" in path else {}
        return {"program": ROLE_NEEDED, **someone_elses}
    if row in OF_THE_AUDITOR:
        return dict.fromkeys(("officer", "administrator", "program"), ROLE_NEEDED)
    topics = {*operation["tags"]} & ACTION_OF.keys()
    if method == "post" and topics:
        return dict.fromkeys(("viewer", "administrator", "program"), READS_ONLY)
    if method == "get" and (topics or {*operation["tags"]} & READ_TAGS):
        public = Answer(0) if path in OPEN_TO_PUBLIC_CLASS else Answer(403, "NotPublic")
        return {"administrator": public}
    raise KeyError(f"{method} {path}")


class Asked(NamedTuple):
    """The city, and what its people send: each as the headers of a request."""

    wards: TwoWards
    credentials: Mapping[str, Mapping[str, str]]
    void: Mapping[str, Mapping[str, str]]
    """Credentials that do not count, or none."""

    def send(self, headers: Mapping[str, str], method: str, path: str, body: Any = None) -> httpx2.Response:
        ids = {"topic": "personnel", "tag": "personnel.registered", "provider": "nowhere"}
        filled = "/".join(
            ids.get(each[1:-1], self.wards.anh) if each.startswith("{") else each for each in path.split("/")
        )
        more = {} if body is None else {"json": body}
        return self.wards.client.send(method.upper(), filled, headers, **more)


def read_answer(answer: httpx2.Response) -> Answer:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return Answer(answer.status_code, answer.json()["rule"] if is_problem else "")


@pytest.fixture(scope="module", params=["one process", "cluster"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    is_cluster = request.param == "cluster"
    with ExitStack() as opened:
        server = tmp_path_factory.mktemp("postgres")
        database = opened.enter_context(postgres(server)) if is_cluster else ""
        wards = opened.enter_context(open_two_wards(tmp_path_factory.mktemp("routes"), database))
        yield prepare(wards, is_cluster)


def prepare(wards: TwoWards, is_cluster: bool) -> Asked:
    administration, client = wards.access.administration, wards.client

    def issue(login: str) -> tuple[str, Mapping[str, str]]:
        scopes = (TokenScope.READ,)
        id_, token = administration.issue_token(wards.accounts[login], login, scopes, LAST_DAY, "test")
        return id_, {"authorization": f"Bearer {token}"}

    credentials: dict[str, Mapping[str, str]] = {
        who: {"cookie": f"{COOKIE}={client.sessions[who]}"}
        for who in ("officer", "viewer", "auditor", "administrator")
    }
    credentials |= {"program": issue("head")[1], "administrator's program": issue("administrator")[1]}
    wards.add("leaver", Role.HEAD)
    left = {"cookie": f"{COOKIE}={client.sessions['leaver']}"}
    revoked_id, revoked = issue("leaver")
    for each in (left, revoked):
        assert client.send("GET", "/units", each).status_code == 200, "they count"
    assert client.send("DELETE", "/session", left).status_code == 204
    administration.revoke_token(revoked_id, "test")
    if is_cluster:
        sleep(CACHE_SECONDS)  # so long another process may believe what it read
    void = {"nothing": {}, "an ended session": left, "a revoked token": revoked}
    return Asked(wards, credentials, void)


def test_whoever_has_not_signed_in_is_refused_by_every_route_but_the_public_ones(asked: Asked) -> None:
    """Before anything of the request is read."""
    for method, path, operation in OPERATIONS:
        expected = PUBLIC.get((method, path))
        assert (operation["security"] == []) is (expected is not None), f"{method} {path}"
        expected = expected or (NOT_SIGNED_IN if (method, path) in WITHOUT_SESSION else UNAUTHORISED)
        for what, headers in asked.void.items():
            answer = asked.send(headers, method, path)
            assert read_answer(answer) == expected, (method, path, what, answer.text)
            if expected.status == 401:
                assert answer.headers["www-authenticate"] == "Bearer"


def test_whose_role_or_token_is_too_little_is_refused_by_every_route(asked: Asked) -> None:
    met = 0
    for method, path, operation in OPERATIONS:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for who, expected in list_rows(method, path, operation).items():
            answer = asked.send(asked.credentials[who], method, path, content.get("example"))
            if expected.status:
                assert read_answer(answer) == expected, (method, path, who, answer.text)
            else:
                assert answer.status_code not in (401, 403), (method, path, who, answer.text)
            met += 1
    assert met > len(OPERATIONS)


def test_routes_that_the_document_leaves_out_have_their_rows_too(asked: Asked) -> None:
    clients = asked.wards.client
    hidden = set[tuple[str, str]]()
    for client in {clients.identity, clients.others}:
        assert isinstance(client.app, FastAPI)
        for route in client.app.routes:
            if isinstance(route, APIRoute) and not route.include_in_schema:
                hidden |= {(method, route.path_format) for method in route.methods or ()}
    of_the_page = {row for row in HIDDEN if row[1].startswith(("/static", "/tour")) or row[1] == "/"}
    assert hidden in (HIDDEN.keys(), HIDDEN.keys() - of_the_page)
    for method, path in sorted(hidden):
        for what, headers in asked.void.items():
            answer = asked.send(headers, method, path)
            expected = HIDDEN[method, path]
            found = read_answer(answer) if method != "HEAD" else Answer(answer.status_code, expected.rule)
            assert found == expected, (method, path, what, answer.text)


def test_no_row_is_about_a_route_that_is_not_there() -> None:
    there = {(method, path) for method, path, _ in OPERATIONS}
    rows = {*PUBLIC, *WITHOUT_SESSION, *NEEDS_NO_ROLE, *OF_A_SESSION, *OF_A_PERSON}
    rows |= {*OF_THE_ADMINISTRATOR, *OF_THE_OWNER, *OF_THE_AUDITOR}
    rows |= {("get", path) for path in OPEN_TO_PUBLIC_CLASS}
    assert rows - there == set()


def test_a_route_of_a_new_kind_has_no_row() -> None:
    """So that it fails until somebody says who may ask it."""
    with pytest.raises(KeyError):
        list_rows("post", "/organization-exports", {"tags": ["exports"]})
    with pytest.raises(KeyError):
        list_rows("delete", "/units/{unit}", {"tags": ["chronicle"]})
    with pytest.raises(KeyError):
        list_rows("get", "/accounts/{account_id}", {"tags": ["identity"]})
