"""What the published questions are answered with is what the OpenAPI document says of it, and so are the refusals."""

import re
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from services.demo.published.bac_giang import PROVINCE
from services.demo.published.thu_dau_mot import _CITY
from tests.five_places.rows import ROWS

YEARS = "from=2015-01-01&to=2025-12-31"
URLS = (
    *(row.url for row in ROWS),
    *(f"/org-chart?unit={_CITY}&depth=2", f"/units?parent={_CITY}", f"/units/{_CITY}/versions"),
    *(f"/lineage?unit={_CITY}", f"/holders?unit={_CITY}", f"/term-history?unit={_CITY}"),
    *("/who-held?title=chu tich&place=thu dau mot&date=2019-06-30", "/search?q=nguyen", "/labels"),
    *(
        f"/diff?unit={_CITY}&from=2019-01-01&to=2020-01-01",
        "/decisions?limit=5",
        "/decision-register?limit=5",
    ),
    *("/decision-gaps?limit=5", "/tasks", "/rules", "/findings", "/conflicts", "/disciplines"),
    *(f"/due?place={_CITY}", f"/forecast?place={_CITY}", f"/reports/cadre-work?place={_CITY}&{YEARS}"),
    *(f"/rotations?place={_CITY}", "/rotations", "/rotations/open", "/rotation-plans", f"/ballots?{YEARS}"),
    *("/planning-entries", f"/planning-structure?place={_CITY}", f"/contests?{YEARS}", "/paired-posts"),
    *(f"/balances?place={PROVINCE}&of=post&{YEARS}", f"/unit-counts?place={PROVINCE}"),
    *("/concurrent-holders", f"/deep-reviews?{YEARS}", "/evaluation-distribution?period=2019"),
    *("/org-chart?unit=nowhere", "/contests/none", "/units?cursor=x", "/rotation-flows?by=nothing", "/diff"),
)


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def faults(document: Any, path: str, status: int, media_type: str, answer: Any) -> list[str]:
    """Where an answer is not what the document says. Its refusals are described without a schema."""
    templates = [each for each in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
    template = path if path in templates else templates[0]
    operation = document["paths"][template]["get"]
    response = operation["responses"].get(str(status))
    if response is None:
        return [f"status {status}"]
    if status != 200:
        return [] if media_type == "application/problem+json" else [f"media type {media_type}"]
    schema = {**response["content"][media_type]["schema"], "components": document["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}"[:200] for error in validator.iter_errors(answer)]


@pytest.mark.parametrize("url", URLS)
def test_an_answer_is_what_the_document_says(client: TestClient, document: Any, url: str) -> None:
    response = client.get(url)
    media_type = response.headers["content-type"].partition(";")[0]
    assert faults(document, response.url.path, response.status_code, media_type, response.json()) == []


def test_an_answer_that_is_not_so_is_noticed(client: TestClient, document: Any) -> None:
    answer = client.get("/rotations").json()
    assert {type(line["open"]) for line in answer["items"]} == {bool}
    answer["items"][0]["open"] = 0
    [fault] = faults(document, "/rotations", 200, "application/json", answer)
    assert fault.startswith("$.items[0].open: 0 is not of type 'boolean'")
    assert faults(document, "/rotations", 404, "application/problem+json", {}) == ["status 404"]
