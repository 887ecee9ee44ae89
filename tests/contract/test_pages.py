"""Every answer that is a list comes in pages, or is about one thing and so cannot grow with the ledger."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.completeness import list_operations, resolve
from tests.contract.test_openapi import DOCUMENT

OF_ONE_THING = {
    "/accounts": "who may sign in to one installation, which is one stream",
    "/api-tokens": "the tokens of one installation, likewise",
    "/balances": "the changes of one unit between two days",
    "/cadres/{cadre}/life": "the career of one cadre",
    "/contests/{contest}": "the candidates of one contest",
    "/facts/{topic}/{stream}/{event_id}": "one fact and its corrections",
    "/lineage": "what one unit came from and became",
    "/reorganisations/posts": "the posts of one reorganisation",
    "/reorganisations/{reorganisation}/balance": "the measures of one reorganisation",
    "/reports/cadre-work": "the lines of one form",
    "/session": "the roles of whoever asks",
    "/session/oidc": "the services of one file",
    "/sessions": "the sessions of one account, which end by themselves",
    "/sync/status": "the sites of one tree",
    "/{service}/{stream}/corrections/preview": "what follows from one fact",
    "/{service}/{stream}/corrections/{correction}": "the streams that one correction waits for",
    "/{service}/{stream}/facts": "the facts of one stream",
}
"""Lists without pages, and what bounds them."""


def list_lists() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every GET that answers with a list: its path, its operation and the schema of its answer."""
    for path, method, operation in list_operations(DOCUMENT):
        if method != "get":
            continue
        for media, content in operation["responses"].get("200", {}).get("content", {}).items():
            schema = resolve(DOCUMENT, content.get("schema", {}))
            if "json" in media and (schema.get("type") == "array" or any(_list_fields(schema))):
                yield path, operation, schema


def _list_fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        if resolve(DOCUMENT, field).get("type") == "array":
            yield name


def _general(path: str, operation: dict[str, Any]) -> str:
    """The path with the name of the service left open, where each has the same."""
    service = path.split("/")[1]
    return path.replace(f"/{service}/", "/{service}/", 1) if operation["tags"] == [service] else path


LISTS = {path: (operation, schema) for path, operation, schema in list_lists()}


@pytest.mark.parametrize("path", LISTS)
def test_an_answer_that_is_a_list_comes_in_pages(path: str) -> None:
    operation, schema = LISTS[path]
    if _general(path, operation) in OF_ONE_THING:
        return
    parameters = {each["name"]: each["schema"] for each in map(_resolve, operation.get("parameters", []))}
    assert "limit" in parameters, "it has no limit"
    assert parameters["limit"]["maximum"] <= 1000
    if path.startswith("/feeds/"):
        return  # the next page is a Link of the answer, as RFC 5988 says
    assert "cursor" in parameters
    assert "next" in schema["properties"]


def _resolve(parameter: dict[str, Any]) -> dict[str, Any]:
    return resolve(DOCUMENT, parameter)


def test_nothing_is_excepted_that_has_pages_or_is_not_there() -> None:
    without = {
        _general(path, operation)
        for path, (operation, _) in LISTS.items()
        if "limit" not in {_resolve(each)["name"] for each in operation.get("parameters", [])}
    }
    assert without == OF_ONE_THING.keys()
