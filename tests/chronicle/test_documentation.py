"""The OpenAPI document says of every question what it is called, what it asks for, and how it can be refused."""

import re
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI

from services.chronicle.api import router
from services.chronicle.projections import PROJECTIONS
from shared.core.clock import system_clock
from shared.readmodel.row_store import RowStore, engine_for

VERBS = ("compare", "count", "find", "get", "list", "search")
Operation = dict[str, Any]


@cache
def operations() -> list[tuple[str, Operation]]:
    app = FastAPI()
    router(RowStore(engine_for("sqlite://"), PROJECTIONS), {}, system_clock, system_clock).add_to(app)
    return [(path, methods["get"]) for path, methods in app.openapi()["paths"].items()]


OPERATIONS = [pytest.param(operation, id=path) for path, operation in operations()]


def shortcomings(operation: Operation) -> list[str]:
    """What the operation leaves out."""
    missing = [word for word in ("operationId", "summary", "description", "tags") if not operation.get(word)]
    if not re.fullmatch(rf"({'|'.join(VERBS)})([A-Z][a-z]+)+", operation["operationId"]):
        missing.append(f"verb and noun in {operation['operationId']}")
    for parameter in operation.get("parameters", ()):
        missing += [
            f"{word} of {parameter['name']}"
            for word in ("description", "examples")
            if not parameter["schema"].get(word)
        ]
    if "schema" not in operation["responses"]["200"]["content"]["application/json"]:
        missing.append("schema of 200")
    return missing


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_question_is_described(operation: Operation) -> None:
    assert shortcomings(operation) == []


def test_what_is_left_out_is_noticed() -> None:
    bare = {
        "operationId": "rotations_open",
        "summary": "Open rotations",
        "parameters": [{"name": "place", "schema": {"type": "string"}}],
        "responses": {"200": {"content": {"application/json": {}}}},
    }
    assert shortcomings(bare) == [
        *("description", "tags", "verb and noun in rotations_open"),
        *("description of place", "examples of place", "schema of 200"),
    ]


def test_every_question_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) > 50
    assert len(set(names)) == len(names)


def test_only_what_is_asked_by_its_id_can_be_missing() -> None:
    missing = {path for path, operation in operations() if "404" in operation["responses"]}
    assert missing == {
        "/org-chart",
        "/units/{unit}/versions",
        "/decisions/{decision}",
        "/facts/{topic}/{stream}/{event_id}",
        "/contests/{contest}",
        "/reorganisations/{reorganisation}/balance",
        "/cadres/{cadre}/life",
    }


def test_days_are_dates_that_may_be_left_out() -> None:
    [units] = [operation for path, operation in operations() if path == "/units"]
    [as_of] = [each for each in units["parameters"] if each["name"] == "as_of"]
    assert not as_of["required"]
    assert as_of["schema"]["anyOf"][0]["format"] == "date"
    assert "default" not in as_of["schema"], "an empty text is no date"
