"""The OpenAPI document says all there is to say of every operation, and nothing that is not so."""

import json
import re
from typing import Any

import jsonschema
import msgspec
import pytest

from services.bootstrap.services import SERVICES, routed_services
from services.cli.contract import FOLDER, openapi
from shared.core.facts import Corrected
from shared.core.normalization import normalize_fact
from shared.http.authentication import SECURE_COOKIE
from tests.contract.completeness import (
    METHODS,
    find_missing_of_operation,
    find_missing_of_schema,
    find_reachable_schemas,
    list_operations,
    resolve,
)

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_bytes())
"""As it is kept; building it takes a second, which every worker would spend to collect its tests."""
OPERATIONS = list(list_operations(DOCUMENT))
READ_SIDE = "chronicle"
FOR_EVERYBODY = {
    *(("get", path) for path in ("/health", "/ready", "/session/oidc", "/session/oidc/{provider}")),
    ("get", "/session/oidc/{provider}/callback"),
    *(("post", path) for path in ("/session", "/session/link")),
}
"""Operations for those who have not signed in: the state of the process, and signing in."""
OF_WHOEVER_ASKS = {("get", f"/session{path}") for path in ("", "/access-record", "/emergency")}
"""Operations about accounts that programs with a token ask too: who they are, what they did."""
FACTS = [
    pytest.param(kind, id=tag)
    for name, service in SERVICES.items()
    if name in routed_services()
    for tag, kind in service.topic.kinds.items()
    if kind is not Corrected
]


def find_missing(operation: dict[str, Any]) -> list[str]:
    """What the operation and the schemas that it leads to do not say."""
    names = sorted(find_reachable_schemas(DOCUMENT, operation))
    fields = [f"{name}: {each}" for name in names for each in find_missing_of_schema(DOCUMENT, name)]
    return [*find_missing_of_operation(DOCUMENT, operation), *fields]


def find_undescribed(*, questions: bool) -> dict[str, list[str]]:
    """What is missing, by operation: of the questions of the read side, or of all others."""
    of = [each for each in OPERATIONS if (each[2]["tags"] == [READ_SIDE]) is questions]
    assert len(of) > 50
    return {f"{method} {path}": left for path, method, operation in of if (left := find_missing(operation))}


def test_every_operation_that_writes_or_feeds_is_described() -> None:
    left = find_undescribed(questions=False)
    assert left == {"get /ready": ["problem+json of 503"]}, "only its 503 holds reasons instead of a problem"


def test_every_question_is_described() -> None:
    assert find_undescribed(questions=True) == {}


def test_the_check_sees_what_is_missing() -> None:
    path = DOCUMENT["paths"]["/appointment/{cadre_id}/appointed"]["post"]
    bare = {**path, "description": "", "parameters": [{"name": "x", "in": "query"}], "responses": {"404": {}}}
    found = ["description", "description of parameter x", "description of 404", "content of 404"]
    assert find_missing_of_operation(DOCUMENT, bare) == [*found, "problem+json of 404"]
    schema = {"properties": {"a": {"type": "string"}, "b": {"$ref": "#/components/schemas/Holding"}}}
    schemas = {**DOCUMENT["components"]["schemas"], "Bare": schema}
    document = {**DOCUMENT, "components": {"schemas": schemas}}
    assert find_missing_of_schema(document, "Bare") == ["description", "description of a"]


def test_operations_have_names_of_their_own_and_a_described_tag() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert sorted(names) == sorted(set(names))
    tags = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    assert {tag for _, _, operation in OPERATIONS for tag in operation["tags"]} == set(tags)
    assert all(tags.values())


def test_schemas_have_plain_names_and_every_reference_leads_to_one() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert all(name.isalnum() for name in schemas), [name for name in schemas if not name.isalnum()]
    assert all(schema["title"] == name for name, schema in schemas.items())
    assert find_reachable_schemas(DOCUMENT, DOCUMENT["paths"]) == set(schemas)


@pytest.mark.parametrize("kind", FACTS)
def test_a_fact_has_a_route_whose_example_is_such_a_fact(kind: Any) -> None:
    """What the schema allows is what the service reads."""
    [(path, operation)] = [
        (path, operation)
        for path, _, operation in OPERATIONS
        if operation["operationId"] == f"record{kind.__name__}"
    ]
    service, _, name = str(kind.__struct_config__.tag).partition(".")
    assert path.startswith(f"/{service}/")
    assert path.endswith(f"/{name}")
    assert "{stream_id}" not in path, "its subject is declared"
    content = operation["requestBody"]["content"]["application/json"]
    schema = resolve(DOCUMENT, content["schema"])
    assert "type" not in schema["properties"]
    validator = jsonschema.Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    assert [error.message for error in validator.iter_errors(content["example"])] == []
    body = msgspec.json.encode(content["example"])
    assert normalize_fact(msgspec.json.decode(body, type=kind)) == msgspec.json.decode(body, type=kind)


def test_what_an_operation_needs_is_said() -> None:
    """A token or a session; of some routes about accounts only a session, and of a few nothing."""
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["token"]["scheme"], schemes["session"]["in"]) == ("bearer", "cookie")
    assert schemes["session"]["name"] == SECURE_COOKIE
    for path, method, operation in OPERATIONS:
        is_open = (method, path) in FOR_EVERYBODY
        taken = [name for each in operation["security"] for name in each]
        about_accounts = operation["tags"] == ["identity"] and (method, path) not in OF_WHOEVER_ASKS
        assert taken == ([] if is_open else ["session"] if about_accounts else ["token", "session"]), path
        if not is_open:
            assert {"401", "403"} <= operation["responses"].keys(), path


def test_only_bodies_are_refused_for_their_size_and_type() -> None:
    for path, _, operation in OPERATIONS:
        for status in ("413", "415"):
            assert (status in operation["responses"]) is ("requestBody" in operation), path


def test_the_document_in_the_folder_is_the_one_that_is_served() -> None:
    assert json.loads(msgspec.json.encode(openapi())) == DOCUMENT
    assert set(METHODS) >= {method for ways in DOCUMENT["paths"].values() for method in ways}


def test_every_request_that_the_guide_names_is_an_operation() -> None:
    guide = (FOLDER.parent / "http.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(GET|POST) (/[^`]*)`", guide))
    assert len(named) > 5
    assert {(method.lower(), path) for method, path in named} <= {(way, path) for path, way, _ in OPERATIONS}
    called = set(re.findall(r"`(record\w+[a-z])`", guide)) - {"record"}
    assert called <= {operation["operationId"] for _, _, operation in OPERATIONS}
