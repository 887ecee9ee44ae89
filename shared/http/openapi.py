"""The OpenAPI document: the routes as FastAPI knows them, completed with schemas, refusals and examples.

Refusals (401, 412 …) are described once, under `components/responses`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared.core.facts import Topic
from shared.http.json_schemas import (
    PROPOSED,
    REFERENCE,
    Schema,
    build_component_schemas,
    build_recorded_schema,
    find_references,
    make_example,
    omit_tag,
)

PROBLEM_JSON = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch")
SESSION_SCHEME: Schema = {
    "type": "apiKey",
    "in": "cookie",
    "name": "__Host-cadre-session",
    "description": "The cookie of a session, which POST /session sets. A change by it has to say from which page it "
    "comes (Origin or Sec-Fetch-Site). On a loopback host it is called cadre-session- and the port.",
}
TOKEN: dict[str, list[str]] = {"token": []}
SESSION: dict[str, list[str]] = {"session": []}
NO_SIGN_IN: Schema = {"security": []}
"""The `openapi_extra` of a route that is for everybody."""
SESSION_ONLY: Schema = {"security": [SESSION]}
"""The `openapi_extra` of a route that is for persons who have signed in, and for no token. All others take both."""


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused, and how to mend it (RFC 9457). More fields may follow, by `rule`."""

    type: str
    """`urn:cadre-ledger:problem:` and the rule."""
    rule: str
    """The name of the rule that refused it. Names do not change, so programs may rely on them."""
    title: str
    """What is wrong, in English."""
    title_vi: str
    """What is wrong, in Vietnamese."""
    status: int
    """The HTTP status."""
    detail: str
    """The particulars of this case, or what to do about it."""
    field: str = ""
    """The field or parameter that is wrong, where it is one."""
    case: dict[str, Any] = {}
    """What the rule looked at, by name."""
    version: int = 0
    """Of a VersionMismatch: the version at which the stream is now."""
    facts: tuple[str, ...] = ()
    """Of a correction: the facts in its way, or those that change with it, as topic/stream/event_id."""
    consequences: tuple[dict[str, Any], ...] = ()
    """Of HasConsequences: what happens to other facts, as a preview of the correction lists them."""


REFUSALS = {
    401: "No token was sent and nobody has signed in; or the token, session, password or code does not count.",
    403: "Whoever asks may not do this: by their token, role or scope, or until they have proved once more who they "
    "are. `rule` says which.",
    404: "There is nothing with this id.",
    405: "The path is right and the method is not; the header Allow names those that are.",
    409: "Others are writing here, a cursor belongs to another log, a correction has consequences, or this site is "
    "closed. The detail says what to do.",
    412: "The stream has changed since the version in If-Match. Read it again.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A parameter or the body is wrong, or the fact cannot be true beside what is known. `rule` says why.",
    428: "The stream exists, so the request needs If-Match with the version that was read.",
    429: "Too many attempts or requests. Wait as long as Retry-After says.",
    503: "The store cannot be reached, or the rows do not include what was recorded just now (ReadModelBehind). Try "
    "again after Retry-After with the same Idempotency-Key.",
}
RESPONSE_NAMES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    422: "UnprocessableContent",
    428: "PreconditionRequired",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
"""By RFC 9110; the names in the standard library depend on the version of Python."""
REFUSAL_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    403: {"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    405: {"Allow": "The methods that this path has."},
    409: {"Retry-After": "Seconds after which to try again."},
    415: {"Accept-Post": "The types that are read: application/json."},
    429: {"Retry-After": "Seconds after which to try again."},
    503: {"Retry-After": "Seconds after which to try again."},
}


def document_refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer so."""
    return {status: {} for status in statuses}


def document_body(schema: Schema, description: str, *media_types: str) -> Schema:
    """The `openapi_extra` of a route that reads such a body itself."""
    content = {media_type: {"schema": schema} for media_type in media_types}
    return {"requestBody": {"required": True, "description": description, "content": content}}


def customize_openapi(
    app: FastAPI, kinds: Iterable[Any], topics: Iterable[Topic[Any]], is_open: Callable[[str], bool]
) -> None:
    """Build the document of an application, on first request, from its routes and these types. `is_open`: whether a
    path needs no token. Another one takes a token or a session, unless its route says otherwise."""
    build_from_routes = app.openapi

    @cache
    def openapi() -> Schema:
        document = build_from_routes()
        published = list(topics)
        schemas = build_component_schemas(
            [ProblemDetails, *kinds, *(kind for t in published for kind in t.kinds.values())]
        )
        schemas["Problem"] = {**schemas.pop("ProblemDetails"), "title": "Problem"}
        for topic in published:
            schemas |= build_recorded_schema(topic)
        operations = {
            (path, method): operation
            for path, ways in document["paths"].items()
            for method, operation in ways.items()
            if method in METHODS
        }
        unnamed = {
            (route.path_format, method.lower())
            for route in app.routes
            if isinstance(route, APIRoute) and not route.summary
            for method in route.methods or ()
        }
        stated = {
            (route.path_format, method.lower()): (route.openapi_extra or {}).get("security")
            for route in app.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
        for (path, method), operation in operations.items():
            if (path, method) in unnamed:
                _summarise(operation)
            if is_open(path):
                operation["security"] = []
            elif operation.get("security"):
                said = stated.get((path, method))
                operation["security"] = [TOKEN, SESSION] if said is None else said
            if operation.get("security"):
                operation["responses"] = {"401": {}, "403": {}, **operation["responses"]}
            _complete_operation(operation, schemas)
        parts = document.setdefault("components", {})
        parts.setdefault("securitySchemes", {})["session"] = SESSION_SCHEME
        parts["responses"] = {RESPONSE_NAMES[status]: _refusal(status) for status in REFUSALS}
        parts["schemas"] = dict(sorted(_needed(document, schemas).items()))
        for operation in operations.values():
            _add_example(operation, parts["schemas"])
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def operation_id(route: APIRoute) -> str:
    """From method and path where a route does not name itself: `GET /org-chart` is `getOrgChart`."""
    words = re.findall(r"[A-Za-z0-9]+", route.path_format)
    return min(route.methods or ("get",)).lower() + "".join(word[0].upper() + word[1:] for word in words)


def _summarise(operation: Schema) -> None:
    """Set the summary of an operation to the first sentence of its description, not the name of its function."""
    if description := operation.get("description", ""):
        operation["summary"] = first_sentence(description)


def first_sentence(text: str) -> str:
    """Up to the first full stop or colon that ends one, without it."""
    plain = " ".join(text.split())
    return re.split(r"(?<=[^.])[.:;](?:\s|$)", plain, maxsplit=1)[0]


def _complete_operation(operation: Schema, schemas: dict[str, Schema]) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = body.get("$ref", "").removeprefix(REFERENCE)
    if name.startswith(PROPOSED) and name not in schemas:
        schemas[name] = omit_tag(schemas[name.removeprefix(PROPOSED)], name)
    responses = operation["responses"]
    if any(each["in"] == "query" for each in operation.get("parameters", ())):
        responses["422"] = {}
    elif "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status in [each for each in responses if each.isdigit() and int(each) in REFUSALS]:
        given = responses[status]
        if "content" not in given:
            description = given.get("description", "")
            plain = description in ("", HTTPStatus(int(status)).phrase, "Validation Error")
            shared = {"$ref": f"#/components/responses/{RESPONSE_NAMES[int(status)]}"}
            responses[status] = shared if plain else {**_refusal(int(status)), "description": description}
    operation["responses"] = dict(sorted(responses.items()))


def _refusal(status: int) -> Schema:
    headers = {
        name: {"description": words, "schema": {"type": "string"}}
        for name, words in REFUSAL_HEADERS.get(status, {}).items()
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": f"{REFERENCE}Problem"}}}
    return {"description": REFUSALS[status], **({"headers": headers} if headers else {}), "content": content}


def _needed(document: Schema, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas that operations refer to, directly or through others."""
    needed: dict[str, Schema] = {}
    waiting = list(find_references([document["paths"], document["components"]["responses"]]))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = schemas[name]
            waiting += find_references(schemas[name])
    return needed


def _add_example(operation: Schema, schemas: Mapping[str, Schema]) -> None:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content.setdefault("example", make_example(content["schema"], schemas))
